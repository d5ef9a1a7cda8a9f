import { type KeyboardEvent, type PointerEvent, useCallback, useId, useMemo, useRef, useState } from 'react';
import { readToken } from '../../theme/canvas-colours.ts';
import styles from './stacked-bars.module.css';
import { type Surface, useSurface } from './surface.ts';
import { timeTicks } from './time-axis.ts';

export interface HeatmapBox {
  /** Unix milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Bounds of the measure, for durations in nanoseconds. */
  readonly low: number;
  readonly high: number;
}

interface Props {
  readonly start: number;
  readonly step: number;
  /** Row r covers [bounds[r], bounds[r + 1]). */
  readonly bounds: readonly number[];
  /** counts[row][column] */
  readonly counts: ReadonlyArray<readonly number[]>;
  /** Cells with failures carry a mark in the error colour. */
  readonly errors: ReadonlyArray<readonly number[]>;
  readonly height?: number;
  readonly locale: string;
  readonly timeZone?: string | undefined;
  readonly label: string;
  readonly formatBound: (value: number) => string;
  readonly describe: (box: HeatmapBox & { readonly count: number; readonly errors: number }) => string;
  readonly onBox: (box: HeatmapBox) => void;
}

const AXIS = 18;
const LEFT = 56;
const HEATS = ['--heat-1', '--heat-2', '--heat-3', '--heat-4', '--heat-5'] as const;

interface Cell {
  readonly column: number;
  readonly row: number;
}

/** A measure over time as a matrix. Drag a box to keep what is in it; arrows, Shift and Enter do the same. */
export function Heatmap(props: Props) {
  const {
    start,
    step,
    bounds,
    counts,
    errors,
    height = 180,
    locale,
    timeZone,
    label,
    formatBound,
    describe,
    onBox,
  } = props;
  const rows = counts.length;
  const columns = counts[0]?.length ?? 0;
  const most = useMemo(() => counts.reduce((top, row) => row.reduce((a, b) => Math.max(a, b), top), 0), [counts]);
  const [cursor, setCursor] = useState<Cell | null>(null);
  const [anchor, setAnchor] = useState<Cell | null>(null);
  const dragging = useRef(false);
  const tip = useId();

  const box = useMemo(() => {
    if (cursor === null) return null;
    const other = anchor ?? cursor;
    return {
      left: Math.min(cursor.column, other.column),
      right: Math.max(cursor.column, other.column),
      bottom: Math.min(cursor.row, other.row),
      top: Math.max(cursor.row, other.row),
    };
  }, [cursor, anchor]);

  const draw = useCallback(
    ({ context, width, height: full }: Surface) => {
      const plot = full - AXIS;
      const cellWidth = (width - LEFT) / Math.max(1, columns);
      const cellHeight = plot / Math.max(1, rows);
      // Counts differ by orders of magnitude; even steps of their logarithm keep single slow requests visible.
      const level = (count: number) =>
        Math.min(HEATS.length - 1, Math.floor((Math.log1p(count) / Math.log1p(Math.max(most, 4))) * HEATS.length));
      for (let r = 0; r < rows; r++) {
        const y = plot - (r + 1) * cellHeight;
        for (let c = 0; c < columns; c++) {
          const count = counts[r]![c]!;
          if (count <= 0) continue;
          context.fillStyle = readToken(HEATS[level(count)]!);
          context.fillRect(
            LEFT + c * cellWidth + 0.5,
            y + 0.5,
            Math.max(1, cellWidth - 1),
            Math.max(1, cellHeight - 1),
          );
          if ((errors[r]?.[c] ?? 0) > 0) {
            context.fillStyle = readToken('--mark-bad');
            const tall = Math.max(2, (errors[r]![c]! / count) * (cellHeight - 1));
            context.fillRect(
              LEFT + c * cellWidth + 0.5,
              y + cellHeight - tall - 0.5,
              Math.max(1, Math.min(4, cellWidth - 1)),
              tall,
            );
          }
        }
      }
      context.font = `11px ${readToken('--font')}`;
      context.fillStyle = readToken('--ink-3');
      context.textBaseline = 'middle';
      context.textAlign = 'right';
      const every = Math.max(1, Math.ceil(rows / Math.max(1, Math.floor(plot / 22))));
      for (let r = 0; r < rows; r += every) {
        const y = plot - r * cellHeight;
        context.fillText(formatBound(bounds[r]!), LEFT - 6, Math.min(plot - 5, Math.max(6, y)));
      }
      context.strokeStyle = readToken('--line-strong');
      context.beginPath();
      context.moveTo(LEFT, plot + 0.5);
      context.lineTo(width, plot + 0.5);
      context.stroke();
      context.textAlign = 'center';
      const end = start + columns * step;
      for (const tick of timeTicks(start, end, Math.max(1, Math.floor((width - LEFT) / 90)), locale, timeZone)) {
        const x = LEFT + ((tick.at - start) / (end - start)) * (width - LEFT);
        if (x > LEFT + 16 && x < width - 16) context.fillText(tick.label, x, full - 7);
      }
      if (box) {
        context.strokeStyle = readToken('--accent');
        context.lineWidth = 1.5;
        context.strokeRect(
          LEFT + box.left * cellWidth,
          plot - (box.top + 1) * cellHeight,
          (box.right - box.left + 1) * cellWidth,
          (box.top - box.bottom + 1) * cellHeight,
        );
        context.lineWidth = 1;
      }
    },
    [counts, errors, bounds, rows, columns, most, start, step, locale, timeZone, formatBound, box],
  );
  const { ref, width } = useSurface(draw);

  const cellAt = (event: PointerEvent): Cell => {
    const area = event.currentTarget.getBoundingClientRect();
    const clamp = (value: number, limit: number) => Math.min(limit - 1, Math.max(0, Math.floor(value)));
    return {
      column: clamp(((event.clientX - area.left - LEFT) / Math.max(1, area.width - LEFT)) * columns, columns),
      row: clamp(((area.height - AXIS - (event.clientY - area.top)) / Math.max(1, area.height - AXIS)) * rows, rows),
    };
  };
  const facts = box && {
    from: start + box.left * step,
    to: start + (box.right + 1) * step,
    low: bounds[box.bottom]!,
    high: bounds[box.top + 1] ?? Number.POSITIVE_INFINITY,
  };
  const sum = (matrix: ReadonlyArray<readonly number[]>) =>
    box === null
      ? 0
      : matrix
          .slice(box.bottom, box.top + 1)
          .reduce((all, row) => all + row.slice(box.left, box.right + 1).reduce((a, b) => a + b, 0), 0);
  const text = facts ? describe({ ...facts, count: sum(counts), errors: sum(errors) }) : '';

  const choose = () => {
    if (facts) onBox(facts);
    setAnchor(null);
    setCursor(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || columns === 0) return;
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.code] ?? [
      0, 0,
    ];
    if (dx !== 0 || dy !== 0) {
      event.preventDefault();
      const from = cursor ?? { column: columns - 1, row: 0 };
      setAnchor(event.shiftKey ? (anchor ?? from) : null);
      setCursor({
        column: Math.min(columns - 1, Math.max(0, from.column + dx!)),
        row: Math.min(rows - 1, Math.max(0, from.row + dy!)),
      });
    } else if (event.code === 'Enter' && cursor) {
      event.preventDefault();
      choose();
    } else if (event.code === 'Escape' && cursor) {
      event.stopPropagation();
      setCursor(null);
      setAnchor(null);
    }
  };
  const left = cursor === null ? 0 : LEFT + ((cursor.column + 0.5) / Math.max(1, columns)) * (width - LEFT);

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
          if (event.button !== 0 || columns === 0) return;
          dragging.current = true;
          event.currentTarget.setPointerCapture(event.pointerId);
          setAnchor(cellAt(event));
          setCursor(cellAt(event));
        }}
        onPointerMove={(event) => columns > 0 && setCursor(cellAt(event))}
        onPointerUp={() => {
          if (!dragging.current) return;
          dragging.current = false;
          choose();
        }}
        onPointerLeave={() => !dragging.current && setCursor(null)}
      />
      <div
        id={tip}
        role="status"
        aria-live="polite"
        className={text === '' ? styles.silent : styles.tip}
        style={{ left: Math.min(Math.max(left, 110), Math.max(110, width - 110)) }}
      >
        {text}
      </div>
    </div>
  );
}
