import type { Span } from '@hanok/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { logsQuery } from '../../api/signal-queries.ts';
import { formatClockMillis } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import { Exception } from '../../kit/exception.tsx';
import { decideFaults, ERROR_SEVERITY } from './faults.ts';
import styles from './span-panel.module.css';

/** Lines of one span that may say what went wrong; all are on the logs tab. */
const MOST_LINES = 50;

/** Why the span failed: exceptions it recorded or logged, else the worst that its logs say. */
export function SpanFaults({
  tenant,
  span,
  around,
  onLogs,
}: {
  readonly tenant: string;
  readonly span: Span;
  readonly around: { readonly from: string; readonly to: string };
  /** Shows the lines of the span. */
  readonly onLogs: () => void;
}) {
  const faulty = `severity_number:>=${ERROR_SEVERITY} OR exception.type:* OR exception.message:* OR exception.stacktrace:*`;
  const query = `trace_id:${span.traceId} span_id:${span.spanId} (${faulty})`;
  const logs = useInfiniteQuery(logsQuery(tenant, { ...around, query, order: 'oldest', limit: MOST_LINES }));
  const { shown, rest } = decideFaults(span, logs.data?.pages[0]?.rows ?? []);
  return (
    <>
      {shown.map(({ id, fault, row }) => (
        <Exception
          key={id}
          title={fault.type || t(row && fault.stack === '' ? 'trace.faultLog' : 'trace.exception')}
          when={row && formatClockMillis(row.timestamp)}
          message={fault.message}
          stack={fault.stack}
        />
      ))}
      {rest > 0 && (
        <p className={styles.rest}>
          <button type="button" className={styles.link} onClick={onLogs}>
            {t('trace.moreFaults', { count: rest })}
          </button>
        </p>
      )}
    </>
  );
}
