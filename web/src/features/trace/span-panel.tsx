import type { AnyValue, Span } from '@hanok/contract';
import { useQuery } from '@tanstack/react-query';
import { Fragment, type ReactNode } from 'react';
import { callApi } from '../../api/client.ts';
import { anyValueJson, anyValueText } from '../../format/any-value.ts';
import { formatDuration } from '../../format/durations.ts';
import { formatInstantFull } from '../../format/instants.ts';
import { formatShare } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import { AttributeTable } from '../../kit/attribute-table.tsx';
import { IconButton } from '../../kit/button.tsx';
import { claims, MarkList } from '../../kit/mark-list.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { tokenOfName } from '../../theme/canvas-colours.ts';
import type { TraceModel } from './model.ts';
import { SPAN_TABS, type SpanTab } from './search.ts';
import styles from './span-panel.module.css';
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
      callApi<{ total: number }>('/logs/histogram', {
        tenant,
        signal,
        body: { ...around, query: `trace_id:${span.traceId}`, buckets: 1 },
      }),
    staleTime: 60_000,
  });
  const badge: Partial<Record<SpanTab, number>> = {
    attributes: Object.keys(span.attributes).length,
    events: span.events.length,
    links: span.links.length,
    ...(count.data ? { logs: count.data.total } : {}),
  };

  return (
    <section
      className={styles.panel}
      aria-label={t('trace.panel')}
      style={{ '--span': `var(${tokenOfName(span.serviceName)})` } as React.CSSProperties}
    >
      <header className={styles.header}>
        <div>
          <p className={styles.service}>{span.serviceName}</p>
          <h3 className={styles.name}>{span.name}</h3>
        </div>
        <IconButton icon="close" label={t('trace.close')} onClick={onClose} />
      </header>
      <Tabs
        label={t('trace.panel')}
        value={tab}
        onChange={onTab}
        items={SPAN_TABS.map((one) => ({ value: one, label: <TabLabel tab={one} count={badge[one]} /> }))}
      >
        {tab === 'overview' && <Overview {...props} span={span} />}
        {tab === 'attributes' && <Attributes span={span} onFindSimilar={props.onFindSimilar} />}
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
        {tab === 'events' && <Events span={span} />}
        {tab === 'links' && <Links span={span} onOpenTrace={props.onOpenTrace} />}
        {tab === 'raw' && <pre className={styles.raw}>{JSON.stringify(rawSpan(span), null, 2)}</pre>}
      </Tabs>
    </section>
  );
}

function TabLabel({ tab, count }: { readonly tab: SpanTab; readonly count: number | undefined }) {
  return (
    <>
      {t(`trace.tab.${tab}`)}
      {count !== undefined && count > 0 && <span className={styles.badge}>{count}</span>}
    </>
  );
}

/** Logs of a trace are looked for from five minutes before it to five after, in nanoseconds. */
function logWindow(model: TraceModel): { readonly from: string; readonly to: string } {
  const margin = 300_000_000_000n;
  return { from: String(model.origin - margin), to: String(model.origin + BigInt(Math.ceil(model.duration)) + margin) };
}

function rawSpan(span: Span): unknown {
  const plain = (record: Readonly<Record<string, AnyValue>>) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, anyValueJson(value)]));
  return {
    ...span,
    attributes: plain(span.attributes),
    events: span.events.map((event) => ({ ...event, attributes: plain(event.attributes) })),
    links: span.links.map((link) => ({ ...link, attributes: plain(link.attributes) })),
    resource: { ...span.resource, attributes: plain(span.resource.attributes) },
  };
}

function Overview({ model, row, span, onSelectSpan }: Props & { readonly span: Span }) {
  const path = model.critical.time[row]!;
  const share = (part: number) => t('trace.share', { share: formatShare(part / Math.max(1, model.duration)) });
  const statement = span.attributes['db.query.text'] ?? span.attributes['db.statement'];
  const exception = span.events.find((event) => event.name === 'exception');
  const facts: Array<readonly [string, ReactNode]> = [
    [t('trace.duration'), `${formatDuration(span.duration)} · ${share(model.length[row]!)}`],
    [t('trace.self'), formatDuration(model.self[row]!)],
    ...(path > 0 ? [[t('trace.onPath'), `${formatDuration(path)} · ${share(path)}`] as const] : []),
    [t('trace.status'), <Status key="status" span={span} />],
    [t('trace.start'), formatInstantFull(span.startTime)],
    [t('trace.kind'), span.kind],
    [t('trace.environment'), span.environment],
    [t('trace.host'), span.hostName],
    ...claims(span).map((claim) => [t('trace.claimed'), claim] as const),
    ...(span.scope?.name
      ? [[t('trace.scope'), `${span.scope.name}${span.scope.version ? ` ${span.scope.version}` : ''}`] as const]
      : []),
    [t('trace.spanId'), <code key="id">{span.spanId}</code>],
    ...(span.parentSpanId
      ? [
          [
            t('trace.parentId'),
            <button key="parent" type="button" className={styles.link} onClick={() => onSelectSpan(span.parentSpanId)}>
              <code>{span.parentSpanId}</code>
            </button>,
          ] as const,
        ]
      : []),
    ...(span.traceState ? [[t('trace.traceState'), span.traceState] as const] : []),
    ...(span.marks && span.marks.length > 0
      ? [[t('trace.marks'), <MarkList key="m" marks={span.marks} />] as const]
      : []),
  ];
  return (
    <>
      {statement !== undefined && <pre className={styles.statement}>{anyValueText(statement)}</pre>}
      {exception && (
        <div className={styles.exception}>
          <strong>{anyValueText(exception.attributes['exception.type'] ?? 'exception')}</strong>{' '}
          {anyValueText(exception.attributes['exception.message'] ?? '')}
          {exception.attributes['exception.stacktrace'] !== undefined && (
            <pre>{anyValueText(exception.attributes['exception.stacktrace'])}</pre>
          )}
        </div>
      )}
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
    </>
  );
}

function Status({ span }: { readonly span: Span }) {
  return (
    <span className={styles.status} data-status={span.statusCode}>
      {span.statusCode}
      {span.statusMessage ? `: ${span.statusMessage}` : ''}
    </span>
  );
}

function Attributes({ span, onFindSimilar }: { readonly span: Span; readonly onFindSimilar: Props['onFindSimilar'] }) {
  const actions = (prefix: string) => [
    {
      label: t('trace.findSimilar'),
      glyph: '⌕',
      run: (key: string, value: AnyValue) => onFindSimilar(prefix + key, anyValueText(value)),
    },
    {
      label: t('trace.copy'),
      glyph: '⧉',
      run: (_: string, value: AnyValue) => void navigator.clipboard.writeText(anyValueText(value)),
    },
  ];
  const all = t('trace.showAll');
  return (
    <>
      <AttributeTable
        attributes={span.attributes}
        caption={t('trace.spanAttributes')}
        actions={actions('')}
        showAll={all}
      />
      {span.droppedAttributesCount ? (
        <p className={styles.note}>{t('trace.dropped', { count: span.droppedAttributesCount })}</p>
      ) : null}
      <AttributeTable
        attributes={span.resource.attributes}
        caption={t('trace.resourceAttributes')}
        actions={actions('resource.')}
        showAll={all}
      />
      <AttributeTable
        attributes={span.scope?.attributes ?? {}}
        caption={t('trace.scopeAttributes')}
        actions={[]}
        showAll={all}
      />
    </>
  );
}

function Events({ span }: { readonly span: Span }) {
  if (span.events.length === 0) return <p className={styles.note}>{t('trace.noEvents')}</p>;
  const start = BigInt(span.startTime);
  return (
    <ol className={styles.events}>
      {span.events.map((event) => (
        <li key={`${event.time} ${event.name} ${JSON.stringify(event.attributes)}`}>
          <p>
            <strong>{event.name}</strong>{' '}
            <span className={styles.note}>+{formatDuration(Number(BigInt(event.time) - start))}</span>
          </p>
          <AttributeTable attributes={event.attributes} caption="" actions={[]} showAll={t('trace.showAll')} />
        </li>
      ))}
    </ol>
  );
}

function Links({ span, onOpenTrace }: { readonly span: Span; readonly onOpenTrace: Props['onOpenTrace'] }) {
  if (span.links.length === 0) return <p className={styles.note}>{t('trace.noLinks')}</p>;
  return (
    <ol className={styles.events}>
      {span.links.map((link) => (
        <li key={`${link.traceId} ${link.spanId}`}>
          <button type="button" className={styles.link} onClick={() => onOpenTrace(link.traceId, link.spanId)}>
            <code>
              {link.traceId} / {link.spanId}
            </code>
          </button>
          <AttributeTable attributes={link.attributes} caption="" actions={[]} showAll={t('trace.showAll')} />
        </li>
      ))}
    </ol>
  );
}
