import type { AnyValue, LogRow } from '@hanok/contract';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, type ReactNode, type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import { anyValueText, cut } from '../../format/any-value.ts';
import { tokenOfService } from '../../theme/service-colours.ts';
import styles from './log-table.module.css';

export interface LogTableHandle {
  focus(): void;
  scrollToTop(): void;
}

interface Props {
  readonly rows: readonly LogRow[];
  /** Columns between the service and the text: attribute or field names. */
  readonly columns: readonly string[];
  readonly selected: string | null;
  /** Row that stays marked, for the context view. */
  readonly origin?: string | undefined;
  readonly wrap: boolean;
  readonly label: string;
  readonly formatTime: (nanos: string) => string;
  readonly words: {
    readonly time: string;
    readonly service: string;
    readonly message: string;
    readonly level: (severity: string) => string;
    readonly more: (characters: number) => string;
  };
  readonly footer?: ReactNode;
  readonly onSelect: (id: string) => void;
  readonly onOpen: (id: string) => void;
  /** The last row came into view. */
  readonly onEnd?: (() => void) | undefined;
  /** True while the first row is in view: a live tail stops following when the reader scrolls away. */
  readonly onTop?: ((atTop: boolean) => void) | undefined;
  readonly ref?: Ref<LogTableHandle>;
}

const LINE = 24;

/** The value of a column for a row: a top-level field, an attribute, then a resource attribute. */
export function columnValue(row: LogRow, column: string): AnyValue | undefined {
  switch (column) {
    case 'host.name':
      return row.hostName;
    case 'deployment.environment':
      return row.environment;
    case 'trace_id':
      return row.traceId;
    case 'span_id':
      return row.spanId;
    case 'event_name':
      return row.eventName;
  }
  const own = (record: Readonly<Record<string, AnyValue>>, key: string) =>
    Object.hasOwn(record, key) ? record[key] : undefined;
  const name = column.replace(/^(?:attributes|resource)\./, '');
  return column.startsWith('resource.')
    ? own(row.resource.attributes, name)
    : (own(row.attributes, name) ?? own(row.resource.attributes, name));
}

/** Log lines, newest first as they are given; only what is in view is in the document. */
export function LogTable(props: Props) {
  const { rows, columns, selected, wrap, label, words, onSelect, onOpen, onEnd, onTop, ref } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    getItemKey: (index) => rows[index]!.id + index,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (onEnd && rows.length > 0 && lastShown >= rows.length - 1) onEnd();
  }, [lastShown, rows.length, onEnd]);
  useImperativeHandle(ref, () => ({
    focus: () => scroller.current?.focus(),
    scrollToTop: () => scroller.current?.scrollTo({ top: 0 }),
  }));

  const at = selected === null ? -1 : rows.findIndex((row) => row.id === selected);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.metaKey || event.ctrlKey || event.altKey || rows.length === 0) return;
    const step = {
      ArrowDown: 1,
      KeyJ: 1,
      ArrowUp: -1,
      KeyK: -1,
      PageDown: 20,
      PageUp: -20,
      Home: -rows.length,
      End: rows.length,
    }[event.code];
    if (step !== undefined) {
      event.preventDefault();
      const next = Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step));
      onSelect(rows[next]!.id);
      virtual.scrollToIndex(next, { align: 'auto' });
    } else if (event.code === 'Enter' && at >= 0) {
      event.preventDefault();
      onOpen(rows[at]!.id);
    }
  };

  const template = `168px 58px minmax(90px, 140px) ${columns.map(() => 'minmax(80px, 160px)').join(' ')} minmax(260px, 1fr)`;
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onScroll={(event) => onTop?.(event.currentTarget.scrollTop < LINE)}
      style={{ '--columns': template } as React.CSSProperties}
    >
      <div className={styles.head} role="row" aria-rowindex={1}>
        <span role="columnheader">{words.time}</span>
        <span role="columnheader" />
        <span role="columnheader">{words.service}</span>
        {columns.map((column) => (
          <span key={column} role="columnheader" title={column}>
            {column}
          </span>
        ))}
        <span role="columnheader">{words.message}</span>
      </div>
      <div className={styles.canvas} style={{ height: virtual.getTotalSize() }} role="rowgroup">
        {items.map((item) => {
          const row = rows[item.index]!;
          return (
            <div
              key={item.key}
              ref={wrap ? virtual.measureElement : undefined}
              data-index={item.index}
              className={styles.place}
              style={{ transform: `translateY(${item.start}px)`, ...(wrap ? {} : { height: LINE }) }}
            >
              <Line
                row={row}
                index={item.index}
                current={row.id === selected}
                origin={row.id === props.origin}
                wrap={wrap}
                columns={columns}
                formatTime={props.formatTime}
                words={words}
                onOpen={onOpen}
              />
            </div>
          );
        })}
      </div>
      {props.footer}
    </div>
  );
}

interface LineProps extends Pick<Props, 'columns' | 'formatTime' | 'words' | 'wrap' | 'onOpen'> {
  readonly row: LogRow;
  readonly index: number;
  readonly current: boolean;
  readonly origin: boolean;
}

const Line = memo(function Line({ row, index, current, origin, columns, formatTime, words, wrap, onOpen }: LineProps) {
  const body = cut(anyValueText(row.body));
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid around it handles the keys
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={current}
      tabIndex={-1}
      className={styles.line}
      data-current={current || undefined}
      data-origin={origin || undefined}
      data-wrap={wrap || undefined}
      data-severity={row.severityText}
      onClick={() => onOpen(row.id)}
      style={{ '--severity': `var(--severity-${row.severityText})` } as React.CSSProperties}
    >
      <span role="gridcell" className={styles.time}>
        {formatTime(row.timestamp)}
      </span>
      <span role="gridcell" className={styles.level}>
        {words.level(row.severityText)}
      </span>
      <span
        role="gridcell"
        className={styles.service}
        style={{ '--service': `var(${tokenOfService(row.serviceName)})` } as React.CSSProperties}
      >
        {row.serviceName}
      </span>
      {columns.map((column) => {
        const value = columnValue(row, column);
        return (
          <span key={column} role="gridcell" className={styles.cell}>
            {value === undefined ? '' : cut(anyValueText(value), 256).text}
          </span>
        );
      })}
      <span role="gridcell" className={styles.body}>
        {row.eventName && <span className={styles.event}>{row.eventName}</span>}
        {body.text}
        {body.cut > 0 && <span className={styles.more}>{words.more(body.cut)}</span>}
      </span>
    </div>
  );
});
