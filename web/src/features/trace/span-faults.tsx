import type { LogRow, Span } from '@hanok/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { logsQuery } from '../../api/signal-queries.ts';
import { anyValueText } from '../../format/any-value.ts';
import { formatClockMillis } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import styles from './span-panel.module.css';
import { exceptionsOf, type Fault } from './summary.ts';

/** Log lines of one span that say what went wrong; more are on the logs tab. */
const MOST_LINES = 10;

/** Why the span failed: exceptions it recorded, and what its own logs say at error and above. */
export function SpanFaults({
  tenant,
  span,
  around,
}: {
  readonly tenant: string;
  readonly span: Span;
  readonly around: { readonly from: string; readonly to: string };
}) {
  const query = `trace_id:${span.traceId} span_id:${span.spanId} severity_number:>=17`;
  const logs = useInfiniteQuery(logsQuery(tenant, { ...around, query, order: 'oldest', limit: MOST_LINES }));
  const exceptions = exceptionsOf(span);
  const told = new Set(exceptions.map((one) => one.stack || one.message));
  const lines = (logs.data?.pages[0]?.rows ?? [])
    .map((row) => ({ row, fault: faultOfLog(row) }))
    .filter(({ fault }) => !told.has(fault.stack || fault.message));
  return (
    <>
      {exceptions.map((fault) => (
        <Exception key={fault.id} fault={fault} />
      ))}
      {lines.map(({ row, fault }) => (
        <Exception key={`${row.id} ${row.timestamp}`} fault={fault} from={row} />
      ))}
    </>
  );
}

function faultOfLog(row: LogRow): Fault {
  const text = (key: string) => {
    const value = row.attributes[key];
    return value === undefined || value === null ? '' : anyValueText(value);
  };
  return {
    id: row.id,
    type: text('exception.type'),
    message: anyValueText(row.body) || text('exception.message'),
    stack: text('exception.stacktrace'),
  };
}

function Exception({ fault, from }: { readonly fault: Fault; readonly from?: LogRow }) {
  return (
    <div className={styles.exception}>
      <p>
        <strong>{fault.type || (from ? t('trace.faultLog') : t('trace.exception'))}</strong>{' '}
        {from && <span className={styles.when}>{formatClockMillis(from.timestamp)}</span>}
      </p>
      {fault.message !== '' && <p className={styles.message}>{fault.message}</p>}
      {fault.stack !== '' && (
        <pre className={styles.stack} tabIndex={0} role="region" aria-label={t('trace.stack')}>
          {fault.stack}
        </pre>
      )}
    </div>
  );
}
