import type { SpanRow } from '@hanok/contract';
import { anyValueText, cut } from '../../format/any-value.ts';
import { formatDuration } from '../../format/durations.ts';
import { formatInstant } from '../../format/instants.ts';
import { formatShare } from '../../format/numbers.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import type { Column } from '../../kit/grid/column.ts';
import { Icon } from '../../kit/icon.tsx';
import { ServiceTag } from '../../kit/service-tag.tsx';
import { Visible } from '../../kit/visible.tsx';
import styles from './span-cells.module.css';

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

export const spanKey = (row: SpanRow): string => `${row.traceId} ${row.spanId}`;

/** Spans found, with bars that compare their durations with the longest of the list (nanoseconds): twice as long, twice the bar. */
export function spanColumns(slowest: number): readonly Column<SpanRow>[] {
  return [
    {
      id: 'time',
      header: t('traces.col.time'),
      width: 140,
      narrow: 'hide',
      fixed: true,
      cell: (row) => <span className={styles.time}>{formatInstant(row.startTime)}</span>,
    },
    {
      id: 'service',
      header: t('traces.col.service'),
      width: 140,
      narrow: 110,
      grow: 0.4,
      cell: (row) => <ServiceTag name={row.serviceName} />,
    },
    {
      id: 'name',
      header: t('traces.col.name'),
      width: 200,
      grow: 1.4,
      narrow: 'below',
      fixed: true,
      cell: (row) => (
        <>
          <span className={styles.name} title={visibleName(row.name)}>
            <Visible text={row.name} name />
          </span>
          {row.kind !== 'unspecified' && row.kind !== 'internal' && <span className={styles.kind}>{row.kind}</span>}
        </>
      ),
    },
    {
      id: 'duration',
      header: t('traces.col.duration'),
      width: 220,
      narrow: 140,
      cell: (row) => <Duration row={row} slowest={slowest} />,
    },
    {
      id: 'status',
      header: t('traces.col.status'),
      width: 84,
      narrow: 84,
      cell: (row) => <Status row={row} />,
    },
    {
      id: 'detail',
      header: t('traces.col.detail'),
      width: 140,
      grow: 2,
      narrow: 'hide',
      cell: (row) => {
        const key = DETAIL.find((name) => row.attributes[name] !== undefined);
        return (
          <span className={styles.detail}>
            {key !== undefined && <Visible text={cut(anyValueText(row.attributes[key]!), 300).text} name />}
          </span>
        );
      },
    },
  ];
}

/** The part of a bar's track that a duration fills; a clock that went back fills none. */
export function barShare(duration: number, longest: number): number {
  return Math.min(1, Math.max(0, duration / Math.max(1, longest)));
}

function Duration({ row, slowest }: { row: SpanRow; slowest: number }) {
  const share = barShare(row.duration, slowest);
  return (
    <span className={styles.duration} title={t('traces.share', { share: formatShare(share) })}>
      <span className={styles.track}>
        <span
          className={styles.bar}
          data-error={row.statusCode === 'error' || undefined}
          style={{ width: `max(2px, ${share * 100}%)` }}
        />
      </span>
      <span className={styles.figure}>{formatDuration(row.duration)}</span>
    </span>
  );
}

/** The HTTP status where there is one, else the span's own; a failure has a sign beside its colour. */
function Status({ row }: { row: SpanRow }) {
  const code = row.attributes['http.response.status_code'] ?? row.attributes['http.status_code'];
  const failed = row.statusCode === 'error';
  return (
    <span className={styles.status} data-status={row.statusCode}>
      {failed && <Icon name="warning" size={12} />}
      {code === undefined ? (row.statusCode === 'unset' ? '' : row.statusCode) : visibleName(anyValueText(code))}
      {failed && code !== undefined && <span className="visually-hidden"> error</span>}
    </span>
  );
}
