import type { AnyValue, LogRow } from '@hanok/contract';
import { anyValueText, cut } from '../../format/any-value.ts';
import { formatInstant } from '../../format/instants.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import type { Column } from '../../kit/grid/column.ts';
import { ServiceTag } from '../../kit/service-tag.tsx';
import { Visible } from '../../kit/visible.tsx';
import styles from './log-cells.module.css';

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

/** To the millisecond, so that lines of one request can be put in order by eye. */
export function formatLogTime(nanos: string): string {
  const micros = (BigInt(nanos) / 1_000n) % 1_000_000n;
  return `${formatInstant(nanos)}.${String(micros).padStart(6, '0').slice(0, 3)}`;
}

/** A level's colour is on the row's edge and in its word; failures have a tinted row too. */
export const logToken = (row: LogRow): `--${string}` => `--severity-${row.severityText}`;
export const logTone = (row: LogRow): string | undefined =>
  row.severityText === 'error' || row.severityText === 'fatal' ? 'bad' : undefined;
export const logId = (row: LogRow): string => row.id;

/** `extra` stand between the service and the text: attribute or field names. */
export function logColumns(
  extra: readonly string[],
  formatTime: (nanos: string) => string = formatLogTime,
  timeWidth = 176,
): readonly Column<LogRow>[] {
  return [
    {
      id: 'time',
      header: t('logs.col.time'),
      width: timeWidth,
      narrow: 158,
      fixed: true,
      cell: (row) => <span className={styles.time}>{formatTime(row.timestamp)}</span>,
    },
    {
      id: 'level',
      header: t('logs.col.level'),
      width: 68,
      narrow: 64,
      cell: (row) => (
        <span className={styles.level} data-severity={row.severityText}>
          {row.severityText === 'unspecified' ? '' : row.severityText}
        </span>
      ),
    },
    {
      id: 'service',
      header: t('logs.col.service'),
      width: 140,
      narrow: 96,
      cell: (row) => <ServiceTag name={row.serviceName} />,
    },
    ...extra.map(
      (name): Column<LogRow> => ({
        id: `attribute ${name}`,
        header: visibleName(name),
        width: 150,
        narrow: 'hide',
        cell: (row) => {
          const value = columnValue(row, name);
          return (
            <span className={styles.cell}>
              {value !== undefined && <Visible text={cut(anyValueText(value), 256).text} />}
            </span>
          );
        },
      }),
    ),
    {
      id: 'message',
      header: t('logs.col.message'),
      width: 260,
      grow: 1,
      narrow: 'below',
      fixed: true,
      cell: (row) => <Message row={row} />,
    },
  ];
}

function Message({ row }: { row: LogRow }) {
  const body = cut(anyValueText(row.body));
  return (
    <span className={styles.body}>
      {row.eventName && (
        <span className={styles.event}>
          <Visible text={row.eventName} name />
        </span>
      )}
      <Visible text={body.text} />
      {body.cut > 0 && <span className={styles.more}>{t('logs.more', { count: body.cut })}</span>}
    </span>
  );
}
