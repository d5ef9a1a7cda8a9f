import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, type Ref, useEffect, useImperativeHandle, useMemo, useRef } from 'react';
import { visibleName } from '../../format/visible.ts';
import { isComposing, useShortcuts } from '../../keyboard/registry.ts';
import { decideMove } from '../../kit/grid/move.ts';
import { Icon } from '../../kit/icon.tsx';
import { Visible } from '../../kit/visible.tsx';
import { tokenOfService } from '../../theme/service-colours.ts';
import type { TraceModel } from './model.ts';
import { faultOf, summaryOf } from './summary.ts';
import styles from './waterfall.module.css';

export const ROW_HEIGHT = 26;
/** Deeper rows keep this indent, so that the names of a chain of a thousand spans stay readable. */
const DEEPEST_INDENT = 18;

/** The stretch of the trace that is drawn, nanoseconds after its origin. */
export interface Zoom {
  readonly from: number;
  readonly to: number;
}

export interface WaterfallHandle {
  focus(): void;
}

interface Props {
  readonly model: TraceModel;
  /** Rows to draw, from `visibleRows`. */
  readonly rows: Int32Array;
  readonly collapsed: ReadonlySet<number>;
  /** Where the cursor is; -1: nowhere yet. */
  readonly current: number;
  /** Rows that match the filter; the others are dimmed. Undefined: no filter. */
  readonly matches?: ReadonlySet<number> | undefined;
  readonly showCritical: boolean;
  readonly zoom: Zoom;
  readonly label: string;
  readonly formatDuration: (nanos: number) => string;
  readonly words: {
    readonly collapse: string;
    readonly expand: string;
    readonly orphan: string;
    readonly error: string;
  };
  /** The cursor goes there. */
  readonly onMove: (row: number) => void;
  /** Everything about it is wanted: a click or Enter. */
  readonly onOpen: (row: number) => void;
  readonly onToggle: (row: number, all: boolean) => void;
  readonly ref?: Ref<WaterfallHandle>;
}

/**
 * The spans of a trace as bars over time. Only the rows in view are in the document. A tree for assistive software:
 * arrows up and down walk, left and right fold and unfold, Home and End jump, Enter opens. `j`, `k` and Enter work from
 * anywhere on the page, arrows while nothing has the focus.
 */
export function Waterfall(props: Props) {
  const { model, rows, collapsed, current, zoom, label, onMove, onOpen, onToggle, ref } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });
  const indexOf = useMemo(() => {
    const map = new Map<number, number>();
    for (let i = 0; i < rows.length; i++) map.set(rows[i]!, i);
    return map;
  }, [rows]);

  useImperativeHandle(ref, () => ({ focus: () => scroller.current?.focus({ preventScroll: true }) }));
  const at = indexOf.get(current) ?? -1;
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
  }, [at, virtual]);

  /** Whether the key was one of the tree's. */
  const press = (code: string): boolean => {
    const next = decideMove(code, at, rows.length);
    if (next !== undefined) onMove(rows[next]!);
    else if (at < 0) return false;
    else if (code === 'Enter') onOpen(current);
    else if (code === 'ArrowRight') {
      if (collapsed.has(current)) onToggle(current, false);
      else if (model.subtree[current]! > 1) onMove(rows[Math.min(rows.length - 1, at + 1)]!);
    } else if (code === 'ArrowLeft') {
      if (model.subtree[current]! > 1 && !collapsed.has(current)) onToggle(current, false);
      else if (model.parent[current]! >= 0) onMove(model.parent[current]!);
    } else return false;
    return true;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent) || event.metaKey || event.ctrlKey || event.altKey || event.shiftKey) return;
    if (press(event.code)) event.preventDefault();
  };
  const fromPage = (code: string) => {
    scroller.current?.focus({ preventScroll: true });
    press(code);
  };
  useShortcuts([
    { keys: 'j', label: 'app.keys.down', group: 'app.keys.lists', run: () => fromPage('KeyJ') },
    { keys: 'k', label: 'app.keys.up', group: 'app.keys.lists', run: () => fromPage('KeyK') },
    ...ARROWS.map((keys) => ({
      keys,
      label: 'app.keys.down' as const,
      group: 'app.keys.lists' as const,
      unfocused: true,
      run: () => fromPage(keys),
    })),
    { keys: 'Enter', label: 'app.keys.open', group: 'app.keys.lists', run: () => fromPage('Enter') },
  ]);

  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="tree"
      aria-label={label}
      aria-activedescendant={at >= 0 ? `span-${current}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      data-spans={model.count}
      data-visible={rows.length}
    >
      <div className={styles.canvas} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index]!;
          return (
            <Row
              key={row}
              row={row}
              top={item.start}
              folded={collapsed.has(row)}
              current={row === current}
              dim={props.matches !== undefined && !props.matches.has(row)}
              zoomFrom={zoom.from}
              zoomTo={zoom.to}
              model={model}
              showCritical={props.showCritical}
              formatDuration={props.formatDuration}
              words={props.words}
              onOpen={onOpen}
              onToggle={onToggle}
            />
          );
        })}
      </div>
    </div>
  );
}

const ARROWS = ['ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight'] as const;

interface RowProps extends Pick<Props, 'model' | 'showCritical' | 'formatDuration' | 'words' | 'onOpen' | 'onToggle'> {
  readonly row: number;
  readonly top: number;
  readonly folded: boolean;
  readonly current: boolean;
  readonly dim: boolean;
  readonly zoomFrom: number;
  readonly zoomTo: number;
}

const Row = memo(function Row(props: RowProps) {
  const { row, top, folded, current, dim, zoomFrom, zoomTo, model, words } = props;
  const span = model.spans[row]!;
  const depth = model.depth[row]!;
  const children = model.subtree[row]! - 1;
  const width = Math.max(1, zoomTo - zoomFrom);
  const left = ((model.start[row]! - zoomFrom) / width) * 100;
  const long = (model.length[row]! / width) * 100;
  const error = model.errors[row] === 1;
  const below = folded ? model.errorsBelow[row]! : 0;
  const fault = faultOf(span);
  const summary = summaryOf(span);
  // Beside the bar where there is room, else inside it.
  const place = left + long < 82 ? 'after' : left > 18 ? 'before' : 'inside';

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it handles the keys
    <div
      id={`span-${row}`}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={current}
      aria-expanded={children > 0 ? !folded : undefined}
      aria-label={`${visibleName(`${span.serviceName} ${span.name}`)}, ${props.formatDuration(span.duration)}${error ? `, ${words.error}` : ''}`}
      tabIndex={-1}
      className={styles.row}
      data-current={current || undefined}
      data-dim={dim || undefined}
      data-error={error || undefined}
      title={[span.name, fault, summary]
        .filter((line) => line !== '')
        .map(visibleName)
        .join('\n')}
      style={
        {
          transform: `translateY(${top}px)`,
          height: ROW_HEIGHT,
          '--span': `var(${tokenOfService(span.serviceName)})`,
        } as React.CSSProperties
      }
      onClick={() => props.onOpen(row)}
    >
      <div className={styles.name} style={{ paddingInlineStart: 8 + Math.min(depth, DEEPEST_INDENT) * 12 }}>
        {children > 0 ? (
          <button
            type="button"
            tabIndex={-1}
            className={styles.fold}
            aria-label={folded ? words.expand : words.collapse}
            onClick={(event) => {
              event.stopPropagation();
              props.onToggle(row, event.altKey);
            }}
          >
            <span className={styles.count}>{children}</span>
          </button>
        ) : (
          <span className={styles.leaf} />
        )}
        {model.orphan[row] === 1 && (
          <span className={styles.orphan} title={words.orphan}>
            <Icon name="link" size={12} />
          </span>
        )}
        <span className={styles.service}>
          <Visible text={span.serviceName} name />
        </span>
        <span className={styles.operation}>
          <Visible text={span.name} name />
        </span>
        {(error || below > 0) && (
          <span className={styles.error} title={words.error}>
            <Icon name="warning" size={12} />
            {below > 0 ? below : ''}
          </span>
        )}
      </div>
      <div className={styles.lane}>
        <div className={styles.bar} style={{ left: `${left}%`, width: `max(2px, ${long}%)` }}>
          {span.events.map((event) => {
            const at = Number(BigInt(event.time) - model.origin) - model.start[row]!;
            return (
              <span
                key={`${event.time}${event.name}`}
                className={styles.event}
                data-exception={event.name === 'exception' || undefined}
                style={{ left: `${(at / Math.max(1, model.length[row]!)) * 100}%` }}
                title={visibleName(event.name)}
              />
            );
          })}
        </div>
        {props.showCritical && <CriticalPieces model={model} row={row} from={zoomFrom} width={width} />}
        <span
          className={styles[place]}
          style={
            place === 'after'
              ? { left: `calc(${Math.max(0, left + long)}% + 6px)` }
              : place === 'before'
                ? { right: `calc(${100 - left}% + 6px)` }
                : { left: `calc(${Math.max(0, left)}% + 8px)` }
          }
        >
          {props.formatDuration(span.duration)}
          {place === 'after' && <Said fault={fault} summary={summary} />}
        </span>
        {place !== 'after' && left > 30 && (
          <span className={styles.lead} style={{ right: `calc(${100 - left}% + 64px)` }}>
            <Said fault={fault} summary={summary} />
          </span>
        )}
      </div>
    </div>
  );
});

/** Beside the bar: why it failed, else what it ran. */
function Said({ fault, summary }: { readonly fault: string; readonly summary: string }) {
  if (fault !== '')
    return (
      <span className={styles.fault}>
        <Visible text={fault} name />
      </span>
    );
  return summary === '' ? null : (
    <span className={styles.summary}>
      <Visible text={summary} name />
    </span>
  );
}

function CriticalPieces({
  model,
  row,
  from,
  width,
}: {
  readonly model: TraceModel;
  readonly row: number;
  readonly from: number;
  readonly width: number;
}) {
  const { critical } = model;
  const pieces = critical.piecesOf.get(row);
  if (!pieces) return null;
  return pieces.map((i) => {
    const begin = ((critical.from[i]! - from) / width) * 100;
    return (
      <span
        key={i}
        className={styles.critical}
        style={{ left: `${begin}%`, width: `max(1px, ${((critical.to[i]! - critical.from[i]!) / width) * 100}%)` }}
      />
    );
  });
}
