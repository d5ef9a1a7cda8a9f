import { useQuery } from '@tanstack/react-query';
import { ask } from '../../api/ask.ts';
import { t } from '../../i18n/index.ts';
import { IconButton } from '../../kit/button.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { Visible } from '../../kit/visible.tsx';
import { tokenOfService } from '../../theme/service-colours.ts';
import type { TraceModel } from './model.ts';
import { SPAN_TABS, type SpanTab } from './search.ts';
import { SpanOverview } from './span-overview.tsx';
import styles from './span-panel.module.css';
import { SpanAttributes, SpanEvents, SpanLinks, SpanRaw } from './span-tabs.tsx';
import { TraceLogs } from './trace-logs.tsx';

interface Props {
  readonly tenant: string;
  readonly model: TraceModel;
  readonly row: number;
  readonly tab: SpanTab;
  readonly onTab: (tab: SpanTab) => void;
  readonly onClose: () => void;
  readonly onSelectSpan: (spanId: string) => void;
  readonly onFindSimilar: (field: string, value: string) => void;
  readonly onOpenLogs: (query: string) => void;
  readonly onOpenTrace: (traceId: string, spanId: string) => void;
}

/** Everything about one span, beside the waterfall. */
export function SpanPanel(props: Props) {
  const { tenant, model, row, tab, onTab, onClose } = props;
  const span = model.spans[row]!;
  const around = logWindow(model);
  const count = useQuery({
    queryKey: [tenant, 'trace-log-count', span.traceId],
    queryFn: ({ signal }) =>
      ask(
        'POST /api/v1/logs/histogram',
        { ...around, query: `trace_id:${span.traceId}`, buckets: 1 },
        { tenant, signal },
      ),
    staleTime: 60_000,
  });
  const badge: Partial<Record<SpanTab, number>> = {
    attributes: [span.attributes, span.resource.attributes, span.scope?.attributes ?? {}].reduce(
      (sum, one) => sum + Object.keys(one).length,
      0,
    ),
    events: span.events.length,
    links: span.links.length,
    ...(count.data ? { logs: count.data.total } : {}),
  };

  return (
    <section
      className={styles.panel}
      aria-label={t('trace.panel')}
      style={{ '--span': `var(${tokenOfService(span.serviceName)})` } as React.CSSProperties}
    >
      <header className={styles.header}>
        <div>
          <p className={styles.service}>
            <Visible text={span.serviceName} name />
          </p>
          <h3 className={styles.name}>
            <Visible text={span.name} name />
          </h3>
        </div>
        <IconButton icon="close" label={t('trace.close')} onClick={onClose} />
      </header>
      <Tabs
        label={t('trace.panel')}
        value={tab}
        onChange={onTab}
        items={SPAN_TABS.map((one) => ({ value: one, label: <TabLabel tab={one} count={badge[one]} /> }))}
      >
        {tab === 'overview' && (
          <SpanOverview
            tenant={tenant}
            model={model}
            row={row}
            span={span}
            around={around}
            onSelectSpan={props.onSelectSpan}
            onLogs={() => onTab('logs')}
          />
        )}
        {tab === 'attributes' && <SpanAttributes span={span} onFindSimilar={props.onFindSimilar} />}
        {tab === 'logs' && (
          <TraceLogs
            tenant={tenant}
            traceId={span.traceId}
            spanId={span.spanId}
            range={around}
            onOpenLogs={props.onOpenLogs}
            onSelectSpan={props.onSelectSpan}
          />
        )}
        {tab === 'events' && <SpanEvents span={span} />}
        {tab === 'links' && <SpanLinks span={span} onOpenTrace={props.onOpenTrace} />}
        {tab === 'raw' && <SpanRaw span={span} />}
      </Tabs>
    </section>
  );
}

/** Nothing behind a tab is said too: it saves the look. */
function TabLabel({ tab, count }: { readonly tab: SpanTab; readonly count: number | undefined }) {
  return (
    <>
      {t(`trace.tab.${tab}`)}
      {count !== undefined && (
        <span className={styles.badge} data-none={count === 0 || undefined}>
          {count}
        </span>
      )}
    </>
  );
}

/** Logs of a trace are looked for from five minutes before it to five after, in nanoseconds. */
function logWindow(model: TraceModel): { readonly from: string; readonly to: string } {
  const margin = 300_000_000_000n;
  return { from: String(model.origin - margin), to: String(model.origin + BigInt(Math.ceil(model.duration)) + margin) };
}
