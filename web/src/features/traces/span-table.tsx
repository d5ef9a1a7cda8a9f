import type { SpanRow } from '@hanok/contract';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, useEffect, useMemo, useRef, useState } from 'react';
import { anyValueText, cut } from '../../format/any-value.ts';
import { formatDuration } from '../../format/durations.ts';
import { formatInstant } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import { tokenOfService } from '../../theme/service-colours.ts';
import styles from './span-table.module.css';

interface Props {
  readonly rows: readonly SpanRow[];
  readonly dimmed: boolean;
  readonly onOpen: (row: SpanRow) => void;
  readonly onEnd?: (() => void) | undefined;
}

const ROW = 30;

/** What says most about a span in a few words: the route, the statement, the queue, the message. */
const DETAIL = [
  'http.route',
  'url.path',
  'http.target',
  'db.query.text',
  'db.statement',
  'messaging.destination.name',
  'rpc.method',
];

/** Spans found, with bars that compare their durations. Enter opens the trace at the span. */
export function SpanTable({ rows, dimmed, onOpen, onEnd }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(-1);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (onEnd && last >= rows.length - 1) onEnd();
  }, [last, rows.length, onEnd]);
  // Bars on a logarithmic scale from a microsecond to the slowest: one slow span must not flatten the others.
  const slowest = useMemo(() => rows.reduce((most, row) => Math.max(most, row.duration), 1), [rows]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.metaKey || event.ctrlKey || event.altKey) return;
    const step = {
      ArrowDown: 1,
      KeyJ: 1,
      ArrowUp: -1,
      KeyK: -1,
      PageDown: 15,
      PageUp: -15,
      Home: -rows.length,
      End: rows.length,
    }[event.code];
    if (step !== undefined) {
      event.preventDefault();
      const next = Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step));
      setAt(next);
      virtual.scrollToIndex(next, { align: 'auto' });
    } else if (event.code === 'Enter' && rows[at]) {
      event.preventDefault();
      onOpen(rows[at]);
    }
  };

  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="grid"
      aria-label={t('traces.list')}
      aria-rowcount={rows.length + 1}
      aria-busy={dimmed}
      aria-activedescendant={at >= 0 ? `span-row-${at}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      data-list
    >
      <div className={styles.head} role="row" aria-rowindex={1}>
        <span role="columnheader">{t('traces.col.time')}</span>
        <span role="columnheader">{t('traces.col.service')}</span>
        <span role="columnheader">{t('traces.col.name')}</span>
        <span role="columnheader">{t('traces.col.duration')}</span>
        <span role="columnheader">{t('traces.col.status')}</span>
        <span role="columnheader">{t('traces.col.detail')}</span>
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map((item) => (
          <Line
            key={item.key}
            row={rows[item.index]!}
            index={item.index}
            top={item.start}
            current={item.index === at}
            slowest={slowest}
            onOpen={onOpen}
          />
        ))}
      </div>
    </div>
  );
}

const Line = memo(function Line({
  row,
  index,
  top,
  current,
  slowest,
  onOpen,
}: {
  readonly row: SpanRow;
  readonly index: number;
  readonly top: number;
  readonly current: boolean;
  readonly slowest: number;
  readonly onOpen: (row: SpanRow) => void;
}) {
  const share = Math.max(0, Math.log(Math.max(1, row.duration) / 1_000) / Math.log(Math.max(2, slowest / 1_000)));
  const key = DETAIL.find((name) => row.attributes[name] !== undefined);
  const code = row.attributes['http.response.status_code'] ?? row.attributes['http.status_code'];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid around it handles the keys
    <div
      id={`span-row-${index}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={current}
      className={styles.row}
      data-current={current || undefined}
      style={{ transform: `translateY(${top}px)`, height: ROW }}
      onClick={() => onOpen(row)}
    >
      <span role="gridcell" className={styles.time}>
        {formatInstant(row.startTime)}
      </span>
      <span
        role="gridcell"
        className={styles.service}
        style={{ '--service': `var(${tokenOfService(row.serviceName)})` } as React.CSSProperties}
      >
        {row.serviceName}
      </span>
      <span role="gridcell" className={styles.name} title={row.name}>
        {row.name}
        {row.kind !== 'unspecified' && row.kind !== 'internal' && <span className={styles.kind}>{row.kind}</span>}
      </span>
      <span role="gridcell" className={styles.duration}>
        <span className={styles.track}>
          <span
            className={styles.bar}
            data-error={row.statusCode === 'error' || undefined}
            style={{ width: `${share * 100}%` }}
          />
        </span>
        <span className={styles.figure}>{formatDuration(row.duration)}</span>
      </span>
      <span role="gridcell" className={styles.status} data-status={row.statusCode}>
        {code === undefined ? (row.statusCode === 'unset' ? '' : row.statusCode) : anyValueText(code)}
        {row.statusCode === 'error' && ' !'}
      </span>
      <span role="gridcell" className={styles.detail}>
        {key === undefined ? '' : cut(anyValueText(row.attributes[key]!), 300).text}
      </span>
    </div>
  );
});
