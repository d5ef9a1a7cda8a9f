import { type KeyboardEvent, type PointerEvent, useCallback, useId, useMemo, useRef, useState } from 'react';
import { readToken } from '../../theme/canvas-colours.ts';
import styles from './stacked-bars.module.css';
import { type Surface, useSurface } from './surface.ts';
import { niceCeiling, timeTicks } from './time-axis.ts';

export interface BarSeries {
  readonly key: string;
  /** Custom property that holds the colour. */
  readonly token: `--${string}`;
  readonly counts: readonly number[];
}

interface Props {
  /** Unix milliseconds of the first bucket's start. */
  readonly start: number;
  /** Milliseconds of a bucket. */
  readonly step: number;
  /** Bottom first. */
  readonly series: readonly BarSeries[];
  readonly height?: number;
  readonly locale: string;
  readonly timeZone?: string | undefined;
  /** Spoken and shown name of the chart. */
  readonly label: string;
  readonly describe: (bucket: {
    readonly from: number;
    readonly to: number;
    readonly total: number;
    readonly parts: ReadonlyArray<{ readonly key: string; readonly count: number }>;
  }) => string;
  readonly formatCount: (count: number) => string;
  /** A dragged or chosen stretch, Unix milliseconds. */
  readonly onBrush: (from: number, to: number) => void;
}

const AXIS = 18;
const LEFT = 44;

/** Counts over time as stacked bars. Drag to zoom; with the keyboard arrows move, Shift extends, Enter zooms. */
export function StackedBars(props: Props) {
  const { start, step, series, height = 96, locale, timeZone, label, describe, formatCount, onBrush } = props;
  const buckets = series[0]?.counts.length ?? 0;
  const totals = useMemo(
    () => Array.from({ length: buckets }, (_, i) => series.reduce((sum, one) => sum + (one.counts[i] ?? 0), 0)),
    [series, buckets],
  );
  const top = niceCeiling(Math.max(0, ...totals));
  const [cursor, setCursor] = useState<number | null>(null);
  const [anchor, setAnchor] = useState<number | null>(null);
  const dragging = useRef(false);
  const tip = useId();

  const draw = useCallback(
    ({ context, width, height: full }: Surface) => {
      const plot = full - AXIS;
      const scale = (width - LEFT) / Math.max(1, buckets);
      context.font = `11px ${readToken('--font')}`;
      context.textBaseline = 'middle';
      context.strokeStyle = readToken('--line');
      context.fillStyle = readToken('--ink-3');
      context.textAlign = 'right';
      for (const share of [0.5, 1]) {
        const y = Math.round(plot - plot * share * 0.92) + 0.5;
        context.beginPath();
        context.moveTo(LEFT, y);
        context.lineTo(width, y);
        context.stroke();
        if (top * share >= 1) context.fillText(formatCount(top * share), LEFT - 6, Math.max(7, y));
      }
      for (let i = 0; i < buckets; i++) {
        let y = plot;
        for (const one of series) {
          const count = one.counts[i] ?? 0;
          if (count <= 0) continue;
          const tall = Math.max(1, (count / top) * plot * 0.92);
          context.fillStyle = readToken(one.token);
          context.fillRect(LEFT + i * scale + 0.5, y - tall, Math.max(1, scale - 1), tall);
          y -= tall;
        }
      }
      context.strokeStyle = readToken('--line-strong');
      context.beginPath();
      context.moveTo(LEFT, plot + 0.5);
      context.lineTo(width, plot + 0.5);
      context.stroke();
      context.fillStyle = readToken('--ink-3');
      context.textAlign = 'center';
      const end = start + buckets * step;
      for (const tick of timeTicks(start, end, Math.max(1, Math.floor((width - LEFT) / 90)), locale, timeZone)) {
        const x = LEFT + ((tick.at - start) / (end - start)) * (width - LEFT);
        if (x > LEFT + 16 && x < width - 16) context.fillText(tick.label, x, full - 7);
      }
      if (cursor !== null) {
        const from = Math.min(anchor ?? cursor, cursor);
        const to = Math.max(anchor ?? cursor, cursor);
        context.fillStyle = readToken('--accent');
        context.globalAlpha = 0.16;
        context.fillRect(LEFT + from * scale, 0, (to - from + 1) * scale, plot);
        context.globalAlpha = 1;
      }
    },
    [series, buckets, top, start, step, locale, timeZone, formatCount, cursor, anchor],
  );
  const { ref, width } = useSurface(draw);

  const bucketAt = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left - LEFT) / Math.max(1, box.width - LEFT)) * buckets);
    return Math.min(buckets - 1, Math.max(0, at));
  };
  const zoom = (a: number, b: number) => onBrush(start + Math.min(a, b) * step, start + (Math.max(a, b) + 1) * step);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || buckets === 0) return;
    const move = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -buckets, End: buckets }[event.code];
    if (move !== undefined) {
      event.preventDefault();
      const at = Math.min(buckets - 1, Math.max(0, (cursor ?? (move > 0 ? -1 : buckets)) + move));
      setAnchor(event.shiftKey ? (anchor ?? cursor ?? at) : null);
      setCursor(at);
    } else if (event.code === 'Enter' && cursor !== null) {
      event.preventDefault();
      zoom(anchor ?? cursor, cursor);
    } else if (event.code === 'Escape' && cursor !== null) {
      event.stopPropagation();
      setCursor(null);
      setAnchor(null);
    }
  };

  const from = cursor === null ? 0 : Math.min(anchor ?? cursor, cursor);
  const to = cursor === null ? -1 : Math.max(anchor ?? cursor, cursor);
  const text =
    cursor === null
      ? ''
      : describe({
          from: start + from * step,
          to: start + (to + 1) * step,
          total: totals.slice(from, to + 1).reduce((sum, one) => sum + one, 0),
          parts: series
            .map((one) => ({
              key: one.key,
              count: one.counts.slice(from, to + 1).reduce((sum, count) => sum + count, 0),
            }))
            .filter((part) => part.count > 0)
            .reverse(),
        });
  const left = cursor === null ? 0 : LEFT + ((cursor + 0.5) / Math.max(1, buckets)) * (width - LEFT);

  return (
    <div className={styles.frame} style={{ height }}>
      <canvas
        ref={ref}
        className={styles.canvas}
        tabIndex={0}
        role="img"
        aria-label={label}
        aria-describedby={tip}
        onKeyDown={onKeyDown}
        onBlur={() => {
          setCursor(null);
          setAnchor(null);
        }}
        onPointerDown={(event) => {
          if (event.button !== 0 || buckets === 0) return;
          dragging.current = true;
          event.currentTarget.setPointerCapture(event.pointerId);
          setAnchor(bucketAt(event));
          setCursor(bucketAt(event));
        }}
        onPointerMove={(event) => buckets > 0 && setCursor(bucketAt(event))}
        onPointerUp={(event) => {
          if (!dragging.current) return;
          dragging.current = false;
          zoom(anchor ?? bucketAt(event), bucketAt(event));
          setAnchor(null);
          setCursor(null);
        }}
        onPointerLeave={() => !dragging.current && setCursor(null)}
      />
      <div
        id={tip}
        role="status"
        aria-live="polite"
        className={text === '' ? styles.silent : styles.tip}
        style={{ left: Math.min(Math.max(left, 90), Math.max(90, width - 90)) }}
      >
        {text}
      </div>
    </div>
  );
}
