import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, type Ref, useEffect, useImperativeHandle, useMemo, useRef } from 'react';
import { visibleName } from '../../format/visible.ts';
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
  scrollToRow(row: number): void;
  focus(): void;
}

interface Props {
  readonly model: TraceModel;
  /** Rows to draw, from `visibleRows`. */
  readonly rows: Int32Array;
  readonly collapsed: ReadonlySet<number>;
  readonly selected: number;
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
  readonly onSelect: (row: number) => void;
  readonly onToggle: (row: number, all: boolean) => void;
  readonly ref?: Ref<WaterfallHandle>;
}

/**
 * The spans of a trace as bars over time. Only the rows in view are in the document. A tree for assistive software:
 * arrows up and down walk, left and right fold and unfold, Home and End jump.
 */
export function Waterfall(props: Props) {
  const { model, rows, collapsed, selected, zoom, label, onSelect, onToggle, ref } = props;
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

  useImperativeHandle(ref, () => ({
    scrollToRow(row) {
      const index = indexOf.get(row);
      if (index !== undefined) virtual.scrollToIndex(index, { align: 'center' });
    },
    focus: () => scroller.current?.focus(),
  }));
  const selectedIndex = indexOf.get(selected) ?? -1;
  useEffect(() => {
    if (selectedIndex >= 0) virtual.scrollToIndex(selectedIndex, { align: 'auto' });
  }, [selectedIndex, virtual]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || rows.length === 0 || event.metaKey || event.ctrlKey || event.altKey) return;
    const at = selectedIndex;
    const go = (index: number) => {
      event.preventDefault();
      onSelect(rows[Math.min(rows.length - 1, Math.max(0, index))]!);
    };
    switch (event.code) {
      case 'ArrowDown':
      case 'KeyJ':
        return go(at + 1);
      case 'ArrowUp':
      case 'KeyK':
        return go(at - 1);
      case 'PageDown':
        return go(at + 15);
      case 'PageUp':
        return go(at - 15);
      case 'Home':
        return go(0);
      case 'End':
        return go(rows.length - 1);
      case 'ArrowRight':
        event.preventDefault();
        if (collapsed.has(selected)) onToggle(selected, false);
        else if (model.subtree[selected]! > 1) go(at + 1);
        return;
      case 'ArrowLeft':
        event.preventDefault();
        if (model.subtree[selected]! > 1 && !collapsed.has(selected)) onToggle(selected, false);
        else if (model.parent[selected]! >= 0) onSelect(model.parent[selected]!);
        return;
    }
  };

  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="tree"
      aria-label={label}
      aria-activedescendant={selected >= 0 ? `span-${selected}` : undefined}
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
              current={row === selected}
              dim={props.matches !== undefined && !props.matches.has(row)}
              zoomFrom={zoom.from}
              zoomTo={zoom.to}
              model={model}
              showCritical={props.showCritical}
              formatDuration={props.formatDuration}
              words={props.words}
              onSelect={onSelect}
              onToggle={onToggle}
            />
          );
        })}
      </div>
    </div>
  );
}

interface RowProps
  extends Pick<Props, 'model' | 'showCritical' | 'formatDuration' | 'words' | 'onSelect' | 'onToggle'> {
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
      onClick={() => props.onSelect(row)}
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
