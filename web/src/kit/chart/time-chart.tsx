import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { formatClock, formatInstant } from '../../format/instants.ts';
import { visibleName } from '../../format/visible.ts';
import { currentLocale, t } from '../../i18n/index.ts';
import { usePreferences } from '../../preferences/preferences.ts';
import { onThemeChange } from '../../theme/canvas-colours.ts';
import { join } from '../join.ts';
import { type Measure, plainScale } from './measure.ts';
import type { Plot } from './plot.ts';
import styles from './time-chart.module.css';
import { ValueTable } from './value-table.tsx';

export interface ChartSeries {
  readonly key: string;
  readonly label: string;
  readonly token: `--${string}`;
  /** One per step; null where nothing is known. */
  readonly values: ReadonlyArray<number | null>;
  readonly dashed?: boolean;
}

/** A point of its own on the chart, such as an exemplar that leads to a trace. */
export interface ChartMarker {
  readonly id: string;
  readonly atMs: number;
  readonly value: number;
  readonly label: string;
}

interface Props {
  /** Spoken name. */
  readonly label: string;
  readonly startMs: number;
  readonly stepMs: number;
  readonly series: readonly ChartSeries[];
  /** How values are written, in one unit for the whole chart. */
  readonly measure?: Measure;
  /** Instead of `measure`, where values are written one by one. */
  readonly format?: (value: number) => string;
  readonly height?: number;
  readonly zeroBased?: boolean;
  readonly syncKey?: string;
  readonly markers?: readonly ChartMarker[];
  /** `none` where the panel's title says it all. */
  readonly legend?: 'list' | 'none';
  /** Key of the series that a row elsewhere points at; the others fade. */
  readonly highlight?: string | undefined;
  /** The first step that had not ended; it and those behind it are marked. */
  readonly incompleteFrom?: number | undefined;
  /** Missing steps that a line is drawn across: no more than lie between two points that are sent in time. */
  readonly bridge?: number;
  /** Top of the scale where several charts are to be compared. */
  readonly most?: number | undefined;
  readonly onZoom?: (fromMs: number, toMs: number) => void;
  /** A point was pressed, or Enter at the cursor: the step it stands for. */
  readonly onPick?: (fromMs: number, toMs: number) => void;
  readonly onMarker?: (marker: ChartMarker) => void;
}

/** More lines than this are unreadable and slow; the rest is counted under the chart. */
const MOST_DRAWN = 250;
const MOST_IN_TIP = 10;
const NO_MARKERS: readonly ChartMarker[] = [];

let themes = 0;
const subscribeTheme = (listener: () => void) =>
  onThemeChange(() => {
    themes++;
    listener();
  });

/**
 * Lines over time. Dragging zooms (the caller writes the URL); arrow keys move a cursor whose value is spoken;
 * the same values stand in a table for whoever cannot see the picture. The drawing library loads on first use.
 */
export function TimeChart(props: Props) {
  const {
    label,
    startMs,
    stepMs,
    height = 180,
    markers = NO_MARKERS,
    legend = 'list',
    onZoom,
    onPick,
    onMarker,
  } = props;
  const { zeroBased = true, syncKey, highlight, most, measure, incompleteFrom, bridge = 0 } = props;
  const series = useMemo(
    () => props.series.slice(0, MOST_DRAWN).map((one) => ({ ...one, label: visibleName(one.label) })),
    [props.series],
  );
  const more = props.series.length - series.length;
  const points = series[0]?.values.length ?? 0;
  const write = props.format;
  const scale = useMemo(() => {
    const largest = series.reduce((top, one) => Math.max(top, largestOf(one.values)), most ?? 0);
    return measure ? measure(largest) : plainScale(write ?? String);
  }, [measure, write, series, most]);
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | undefined>(undefined);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState<{ index: number; left: number; own: boolean } | undefined>();
  const [anchor, setAnchor] = useState<number | undefined>();
  const [spoken, setSpoken] = useState('');
  const theme = useSyncExternalStore(subscribeTheme, () => themes);
  const zone = usePreferences((state) => state.zone);
  const events = useRef({ onZoom, onPick, onMarker });
  events.current = { onZoom, onPick, onMarker };
  const zoomable = onZoom !== undefined;
  const pickable = onPick !== undefined;

  useEffect(() => {
    const element = frame.current;
    if (!element || points === 0) return;
    let gone = false;
    let observer: ResizeObserver | undefined;
    void theme;
    void import('./plot.ts').then(({ createPlot }) => {
      if (gone) return;
      const drawn = createPlot(
        element,
        {
          startMs,
          stepMs,
          series,
          markers,
          width: element.clientWidth,
          height,
          locale: currentLocale(),
          timeZone: zone === 'UTC' ? 'UTC' : undefined,
          scale,
          incompleteFrom: incompleteFrom ?? points,
          bridge,
          zeroBased,
          syncKey,
          hidden,
          most,
        },
        {
          onCursor: (index, left, own) => setCursor(index === null ? undefined : { index, left, own }),
          onZoom: zoomable ? (from, to) => events.current.onZoom?.(from, to) : undefined,
          onPick: pickable
            ? (at) => events.current.onPick?.(startMs + at * stepMs, startMs + (at + 1) * stepMs)
            : undefined,
          onMarker: (marker) => events.current.onMarker?.(marker),
        },
      );
      plot.current = drawn;
      observer = new ResizeObserver(() => {
        if (element.clientWidth > 0) drawn.resize(element.clientWidth, height);
      });
      observer.observe(element);
    });
    return () => {
      gone = true;
      observer?.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [
    startMs,
    stepMs,
    series,
    markers,
    points,
    height,
    scale,
    incompleteFrom,
    bridge,
    zeroBased,
    syncKey,
    hidden,
    most,
    theme,
    zone,
    zoomable,
    pickable,
  ]);

  useEffect(() => plot.current?.highlight(highlight ?? null), [highlight]);

  const timeAt = (index: number) => startMs + (index + 0.5) * stepMs;
  const onKeyDown = (event: KeyboardEvent) => {
    const at = cursor?.index ?? points;
    const next = { ArrowLeft: at - 1, ArrowRight: at >= points ? 0 : at + 1, Home: 0, End: points - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      const index = Math.max(0, Math.min(points - 1, next));
      setAnchor(event.shiftKey ? (anchor ?? Math.min(at, points - 1)) : undefined);
      plot.current?.point(index);
      setSpoken(
        `${formatInstant(timeAt(index))}: ${series
          .slice(0, 5)
          .map((one) => `${one.label} ${show(one.values[index])}`)
          .join(', ')}`,
      );
    } else if (event.key === 'Enter' && anchor !== undefined && cursor && onZoom) {
      event.preventDefault();
      onZoom(
        startMs + Math.min(anchor, cursor.index) * stepMs,
        startMs + (Math.max(anchor, cursor.index) + 1) * stepMs,
      );
      setAnchor(undefined);
    } else if (event.key === 'Enter' && cursor && onPick) {
      event.preventDefault();
      onPick(startMs + cursor.index * stepMs, startMs + (cursor.index + 1) * stepMs);
    } else if (event.key === 'Escape' && cursor) {
      event.preventDefault();
      plot.current?.point(null);
      setAnchor(undefined);
    }
  };
  const show = (value: number | null | undefined) =>
    value === null || value === undefined ? '–' : scale.format(value);

  if (points === 0 || series.length === 0)
    return (
      <div className={styles.empty} style={{ height }}>
        {t('kit.chart.noData')}
      </div>
    );
  return (
    <figure className={styles.figure}>
      <div
        ref={frame}
        className={styles.frame}
        style={{ height }}
        tabIndex={0}
        role="img"
        aria-label={label}
        aria-describedby={`${id}-help`}
        onKeyDown={onKeyDown}
        onBlur={() => plot.current?.point(null)}
      >
        {cursor?.own && (
          <Tip
            cursor={cursor}
            series={series}
            hidden={hidden}
            at={timeAt(cursor.index)}
            width={frame.current?.clientWidth ?? 0}
            show={show}
            incomplete={cursor.index >= (incompleteFrom ?? points)}
            seconds={stepMs < 60_000}
          />
        )}
      </div>
      <p id={`${id}-help`} className="visually-hidden">
        {t('kit.chart.help')}
        {onPick && ` ${t('kit.chart.help.pick')}`}
      </p>
      <div className="visually-hidden" role="status" aria-live="polite">
        {spoken}
      </div>
      {legend === 'list' && (
        <Legend
          series={series}
          hidden={hidden}
          index={cursor?.index}
          show={show}
          onToggle={(key) => setHidden(toggled(hidden, key))}
        />
      )}
      {more > 0 && <p className={styles.more}>{t('kit.chart.more', { count: more })}</p>}
      <ValueTable
        label={label}
        series={series}
        timeAt={timeAt}
        format={show}
        incompleteFrom={incompleteFrom ?? points}
      />
    </figure>
  );
}

function largestOf(values: ReadonlyArray<number | null>): number {
  return values.reduce<number>((top, value) => Math.max(top, Math.abs(value ?? 0)), 0);
}

function toggled(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(key)) next.add(key);
  return next;
}

interface TipProps {
  readonly cursor: { readonly index: number; readonly left: number };
  readonly series: readonly ChartSeries[];
  readonly hidden: ReadonlySet<string>;
  readonly at: number;
  readonly width: number;
  readonly seconds: boolean;
  readonly incomplete: boolean;
  readonly show: (value: number | null | undefined) => string;
}

function Tip({ cursor, series, hidden, at, width, seconds, incomplete, show }: TipProps) {
  const rows = series
    .filter((one) => !hidden.has(one.key) && one.values[cursor.index] !== null)
    .sort((a, b) => (b.values[cursor.index] ?? 0) - (a.values[cursor.index] ?? 0));
  const flips = cursor.left > width * 0.6;
  return (
    <div
      className={styles.tip}
      aria-hidden="true"
      style={flips ? { right: width - cursor.left + 12 } : { left: cursor.left + 12 }}
    >
      <div className={styles.tipTime}>{formatClock(at, seconds)}</div>
      {rows.length === 0 && <div className={styles.tipTime}>{t('kit.chart.noValue')}</div>}
      {rows.slice(0, MOST_IN_TIP).map((one) => (
        <div key={one.key} className={styles.tipRow}>
          <i style={{ background: `var(${one.token})` }} />
          <span>{one.label}</span>
          <b>{show(one.values[cursor.index])}</b>
        </div>
      ))}
      {rows.length > MOST_IN_TIP && <div className={styles.tipTime}>+{rows.length - MOST_IN_TIP}</div>}
      {incomplete && <div className={styles.tipTime}>{t('kit.chart.incomplete')}</div>}
    </div>
  );
}

interface LegendProps {
  readonly series: readonly ChartSeries[];
  readonly hidden: ReadonlySet<string>;
  readonly index: number | undefined;
  readonly show: (value: number | null | undefined) => string;
  readonly onToggle: (key: string) => void;
}

/** Names with the value under the cursor, else the latest one; a press hides or shows a line. */
function Legend({ series, hidden, index, show, onToggle }: LegendProps) {
  return (
    <ul className={styles.legend}>
      {series.map((one) => (
        <li key={one.key}>
          <button
            type="button"
            className={join(styles.item, hidden.has(one.key) && styles.off)}
            aria-pressed={!hidden.has(one.key)}
            onClick={() => onToggle(one.key)}
          >
            <i style={{ background: `var(${one.token})` }} />
            <span>{one.label}</span>
            <b>{show(index === undefined ? one.values.findLast((value) => value !== null) : one.values[index])}</b>
          </button>
        </li>
      ))}
    </ul>
  );
}
