import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { logsQuery } from '../../api/signal-queries.ts';
import { anyValueText, cut } from '../../format/any-value.ts';
import { formatClockMillis } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import { Failure } from '../../kit/states.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { Visible } from '../../kit/visible.tsx';
import styles from './span-panel.module.css';

interface Props {
  readonly tenant: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly range: { readonly from: string; readonly to: string };
  readonly onOpenLogs: (query: string) => void;
  readonly onSelectSpan: (spanId: string) => void;
}

/** The log lines of the very request, in time order; those of the selected span stand out. */
export function TraceLogs({ tenant, traceId, spanId, range, onOpenLogs, onSelectSpan }: Props) {
  const [only, setOnly] = useState(false);
  const query = only ? `trace_id:${traceId} span_id:${spanId}` : `trace_id:${traceId}`;
  const logs = useInfiniteQuery(logsQuery(tenant, { ...range, query, order: 'oldest', limit: 200 }));
  const rows = logs.data?.pages.flatMap((page) => page.rows) ?? [];
  // Equal lines have equal ids; their place among equals tells them apart.
  const seen = new Map<string, number>();
  const distinct = rows.map((row) => {
    const nth = (seen.get(row.id) ?? 0) + 1;
    seen.set(row.id, nth);
    return [`${row.id} ${nth}`, row] as const;
  });
  return (
    <>
      <div className={styles.logBar}>
        <Tabs
          label={t('trace.tab.logs')}
          look="segments"
          value={only ? 'span' : 'trace'}
          items={[
            { value: 'trace', label: t('trace.logsOfTrace') },
            { value: 'span', label: t('trace.logsOfSpan') },
          ]}
          onChange={(value) => setOnly(value === 'span')}
        />
        <button type="button" className={styles.link} onClick={() => onOpenLogs(query)}>
          {t('trace.openLogs')}
        </button>
      </div>
      {logs.isError && <Failure error={logs.error} onRetry={() => void logs.refetch()} />}
      {logs.isSuccess && rows.length === 0 && (
        <div className={styles.note}>
          <p>{t('trace.noLogs')}</p>
          <p>{t('trace.noLogsFix')}</p>
        </div>
      )}
      <ol className={styles.lines}>
        {distinct.map(([key, row]) => (
          <li
            key={key}
            style={{ '--severity': `var(--severity-${row.severityText})` } as React.CSSProperties}
            data-mine={row.spanId === spanId || undefined}
          >
            <button type="button" onClick={() => row.spanId && onSelectSpan(row.spanId)}>
              <span className={styles.when}>{formatClockMillis(row.timestamp)}</span>
              <span className={styles.level}>{row.severityText}</span>
              <span className={styles.who}>
                <Visible text={row.serviceName} name />
              </span>
              <span className={styles.text}>
                <Visible text={cut(anyValueText(row.body)).text} />
              </span>
            </button>
          </li>
        ))}
      </ol>
      {logs.hasNextPage && (
        <button type="button" className={styles.link} onClick={() => void logs.fetchNextPage()}>
          {t('trace.moreLogs')}
        </button>
      )}
    </>
  );
}
