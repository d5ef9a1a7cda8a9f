import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { readToken } from '../../theme/canvas-colours.ts';
import type { Scale } from './measure.ts';
import { timeTicks } from './time-axis.ts';
import type { ChartMarker, ChartSeries } from './time-chart.tsx';

export interface PlotInput {
  readonly startMs: number;
  readonly stepMs: number;
  readonly series: readonly ChartSeries[];
  readonly markers: readonly ChartMarker[];
  readonly width: number;
  readonly height: number;
  readonly locale: string;
  readonly timeZone: string | undefined;
  readonly scale: Scale;
  /** Steps from here on had not ended; the number of steps when all had. */
  readonly incompleteFrom: number;
  /** Missing steps that a line is drawn across. */
  readonly bridge: number;
  readonly zeroBased: boolean;
  /** Charts of one key move their cursors together. */
  readonly syncKey: string | undefined;
  readonly hidden: ReadonlySet<string>;
  /** Top of the scale where several charts share one; absent: the largest value. */
  readonly most: number | undefined;
}

export interface PlotEvents {
  /** `own` when the pointer is over this chart and not over one that it follows; `left` in CSS pixels of the chart. */
  readonly onCursor: (index: number | null, left: number, own: boolean) => void;
  readonly onZoom: ((fromMs: number, toMs: number) => void) | undefined;
  /** The sample under the pointer was pressed. */
  readonly onPick: ((index: number) => void) | undefined;
  readonly onMarker: ((marker: ChartMarker) => void) | undefined;
}

export interface Plot {
  resize(width: number, height: number): void;
  /** Shows the cursor at a sample, for the keyboard. */
  point(index: number | null): void;
  /** Fades all lines but this one; `null` ends it. */
  highlight(key: string | null): void;
  destroy(): void;
}

const AXIS_WIDTH = 56;
const MARKER_REACH = 9;
/** Opacity of the lines that are not meant. */
const FADED = 0.16;
/** Series beyond which filled areas would only be mud. */
const MOST_FILLED = 3;

export function createPlot(element: HTMLElement, input: PlotInput, events: PlotEvents): Plot {
  const { startMs, stepMs, series, scale, locale, timeZone } = input;
  const points = series[0]?.values.length ?? 0;
  // Samples stand in the middle of the step that they sum up.
  const x = Array.from({ length: points }, (_, i) => startMs + (i + 0.5) * stepMs);
  const from = startMs;
  const to = startMs + points * stepMs;
  const font = `11px ${readToken('--font')}`;
  const ink = readToken('--ink-3');
  const grid = { stroke: readToken('--line'), width: 1 };
  const fill = series.length <= MOST_FILLED;

  const plot = new uPlot(
    {
      width: input.width,
      height: input.height,
      padding: [8, 10, 0, 0],
      legend: { show: false },
      focus: { alpha: FADED },
      cursor: {
        y: false,
        drag: { x: events.onZoom !== undefined, y: false, setScale: false, dist: 4 },
        points: { size: 7, width: 1.5, fill: readToken('--surface') },
        ...(input.syncKey ? { sync: { key: input.syncKey, setSeries: false } } : {}),
      },
      scales: {
        x: { time: false, range: [from, to] },
        y: { range: (_plot, min, max) => valueRange(min, input.most ?? max, input.zeroBased) },
      },
      axes: [
        {
          font,
          stroke: ink,
          size: 26,
          gap: 4,
          grid: { show: false },
          ticks: { ...grid, size: 4 },
          splits: (self) => ticksOf(self.width).map((tick) => tick.at),
          values: (self, splits) => {
            const labels = new Map(ticksOf(self.width).map((tick) => [tick.at, tick.label]));
            return splits.map((at) => labels.get(at) ?? '');
          },
        },
        {
          font,
          stroke: ink,
          size: AXIS_WIDTH,
          gap: 6,
          space: 34,
          grid,
          ticks: { show: false },
          incrs: [...scale.steps],
          values: (_self, splits) => scale.ticks(splits),
        },
      ],
      series: [
        {},
        ...series.map((one) => {
          const colour = readToken(one.token);
          return {
            label: one.label,
            show: !input.hidden.has(one.key),
            stroke: colour,
            width: 1.5,
            ...(one.dashed ? { dash: [4, 4] } : {}),
            ...(fill && !one.dashed ? { fill: `${colour}1f` } : {}),
            points: {
              show: false,
              size: 4,
              fill: colour,
              filter: (_self: uPlot, index: number) => lonePoints(series[index - 1], input.bridge),
            },
          };
        }),
      ],
      hooks: {
        setCursor: [
          (self) => {
            const { idx, left } = self.cursor;
            const inside = left !== undefined && left >= 0 && idx !== null && idx !== undefined;
            events.onCursor(
              inside ? idx : null,
              (left ?? 0) + self.bbox.left / devicePixelRatio,
              self.over.matches(':hover'),
            );
          },
        ],
        setSelect: [
          (self) => {
            const { left, width } = self.select;
            if (width < 4) return;
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            events.onZoom?.(self.posToVal(left, 'x'), self.posToVal(left + width, 'x'));
          },
        ],
        drawClear: [(self) => drawIncomplete(self, startMs + input.incompleteFrom * stepMs, to)],
        draw: [(self) => drawMarkers(self, input.markers)],
        ready: [
          (self) => {
            // A drag ends in a click too; it has zoomed and picks nothing.
            let pressedAt = 0;
            self.over.addEventListener('mousedown', (event) => {
              pressedAt = event.clientX;
            });
            self.over.addEventListener('click', (event) => {
              const near = nearestMarker(self, input.markers, event.offsetX, event.offsetY);
              if (near) events.onMarker?.(near);
              else if (Math.abs(event.clientX - pressedAt) < 4 && typeof self.cursor.idx === 'number')
                events.onPick?.(self.cursor.idx);
            });
            self.over.addEventListener('mousemove', (event) => {
              const near = nearestMarker(self, input.markers, event.offsetX, event.offsetY);
              self.over.style.cursor = near || events.onPick ? 'pointer' : '';
              self.over.title = near?.label ?? '';
            });
          },
        ],
      },
    },
    [x, ...series.map((one) => bridged(one.values, input.bridge))],
    element,
  );

  function ticksOf(width: number) {
    return timeTicks(from, to, Math.max(2, Math.floor((width - AXIS_WIDTH) / 68)), locale, timeZone);
  }

  return {
    resize: (width, height) => plot.setSize({ width, height }),
    point(index) {
      const at = index === null ? undefined : x[index];
      plot.setCursor({ left: at === undefined ? -10 : plot.valToPos(at, 'x'), top: 10 });
    },
    highlight(key) {
      const index = series.findIndex((one) => one.key === key);
      plot.setSeries(index < 0 ? null : index + 1, { focus: true });
    },
    destroy: () => plot.destroy(),
  };
}

/** From zero, unless the values keep so close together far away from it that all movement would vanish. */
function valueRange(min: number | null, max: number | null, zeroBased: boolean): [number, number] {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  const spread = max - min;
  if (min < 0) return [min - spread * 0.08, Math.max(max + spread * 0.08, 0)];
  if (!zeroBased && spread > 0 && spread < max * 0.25) return [Math.max(0, min - spread * 0.25), max + spread * 0.25];
  return [0, max > 0 ? max * 1.08 : 1];
}

/**
 * Short runs of missing steps between two values become `undefined`, which the drawing library draws across; `null` is
 * a gap to it.
 */
export function bridged(values: ReadonlyArray<number | null>, most: number): Array<number | null | undefined> {
  const result: Array<number | null | undefined> = [...values];
  let last = -1;
  values.forEach((value, i) => {
    if (value === null) return;
    if (last >= 0 && i - last - 1 <= most) result.fill(undefined, last + 1, i);
    last = i;
  });
  return result;
}

/** A band behind the steps that had not ended. */
function drawIncomplete(plot: uPlot, fromMs: number, toMs: number): void {
  if (fromMs >= toMs) return;
  const { ctx, bbox } = plot;
  const left = Math.max(bbox.left, plot.valToPos(fromMs, 'x', true));
  ctx.save();
  ctx.fillStyle = readToken('--line');
  ctx.globalAlpha = 0.5;
  ctx.fillRect(left, bbox.top, bbox.left + bbox.width - left, bbox.height);
  ctx.restore();
}

/** Values with a gap on either side have no line to be seen by; they are drawn as dots. */
function lonePoints(series: ChartSeries | undefined, bridge: number): number[] {
  if (!series) return [];
  const known = series.values.flatMap((value, i) => (value === null ? [] : [i]));
  const reach = bridge + 1;
  return known.filter(
    (at, i) => !(at - (known[i - 1] ?? -Infinity) <= reach || (known[i + 1] ?? Infinity) - at <= reach),
  );
}

/** Half a marker's height and width, in CSS pixels. */
const MARKER_SIZE = 4.5;

/** Where a marker stands, in CSS pixels of the plot; one beyond the scale stands at its edge instead of nowhere. */
function markerTop(plot: uPlot, marker: ChartMarker): number {
  const room = plot.bbox.height / devicePixelRatio;
  return Math.min(Math.max(plot.valToPos(marker.value, 'y'), MARKER_SIZE + 1), room - MARKER_SIZE - 1);
}

function drawMarkers(plot: uPlot, markers: readonly ChartMarker[]): void {
  if (markers.length === 0) return;
  const { ctx } = plot;
  const size = MARKER_SIZE * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
  ctx.clip();
  ctx.fillStyle = readToken('--surface');
  ctx.strokeStyle = readToken('--mark-warn');
  ctx.lineWidth = 1.5 * devicePixelRatio;
  for (const marker of markers) {
    const left = plot.valToPos(marker.atMs, 'x', true);
    const top = plot.bbox.top + markerTop(plot, marker) * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(left, top - size);
    ctx.lineTo(left + size, top);
    ctx.lineTo(left, top + size);
    ctx.lineTo(left - size, top);
    ctx.closePath();
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

function nearestMarker(
  plot: uPlot,
  markers: readonly ChartMarker[],
  left: number,
  top: number,
): ChartMarker | undefined {
  let best: ChartMarker | undefined;
  let reach = MARKER_REACH;
  for (const marker of markers) {
    const distance = Math.hypot(plot.valToPos(marker.atMs, 'x') - left, markerTop(plot, marker) - top);
    if (distance < reach) {
      best = marker;
      reach = distance;
    }
  }
  return best;
}
