import type { SpanRow } from '@hanok/contract';
import { withFilter } from '@hanok/contract/query';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { completionSource, facetsQuery, heatmapQuery, tracesQuery } from '../../api/signal-queries.ts';
import { formatDuration } from '../../format/durations.ts';
import { formatClock, viewerZone } from '../../format/instants.ts';
import { formatCount, formatShare } from '../../format/numbers.ts';
import { currentLocale, t } from '../../i18n/index.ts';
import { Heatmap, type HeatmapBox } from '../../kit/chart/heatmap.tsx';
import frame from '../../kit/explorer.module.css';
import { Facets } from '../../kit/facets/facets.tsx';
import { NothingFound } from '../../kit/nothing-found.tsx';
import { queryFault } from '../../kit/query-bar/fault.ts';
import { QueryBar } from '../../kit/query-bar/query-bar.tsx';
import { Dimmed, Failure, PartialNote, Skeleton } from '../../kit/states.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { tokenOfService } from '../../theme/service-colours.ts';
import type { TimeRange } from '../../time/range.ts';
import { TRACE_ORDERS, TRACE_VIEWS, type TracesSearch } from './search.ts';
import { SpanTable } from './span-table.tsx';
import styles from './traces-page.module.css';

interface Props {
  readonly tenant: string;
  readonly range: TimeRange;
  readonly search: TracesSearch;
  readonly onSearch: (change: Partial<TracesSearch>) => void;
  /** Unix milliseconds. */
  readonly onRange: (fromMs: number, toMs: number) => void;
  readonly onStretch: () => void;
  readonly onOpen: (span: { readonly traceId: string; readonly spanId: string; readonly startTime: string }) => void;
  readonly onSetUp: () => void;
}

const FACET_FIELDS = [
  'service.name',
  'name',
  'status',
  'kind',
  'deployment.environment',
  'http.route',
  'http.response.status_code',
  'db.system',
  'host.name',
];

/** Find slow or failing requests: a heat map to see them, facets and a query to narrow, a list to open. */
export function TracesPage({ tenant, range, search, onSearch, onRange, onStretch, onOpen, onSetUp }: Props) {
  const client = useQueryClient();
  const query = search.query ?? '';
  const view = search.view ?? 'entries';
  const order = search.order ?? 'newest';
  const request = useMemo(() => ({ ...range, query, view }), [range, query, view]);
  const valid = queryFault(query) === undefined;
  const list = useInfiniteQuery({ ...tracesQuery(tenant, { ...request, order, limit: 100 }), enabled: valid });
  const heat = useQuery({ ...heatmapQuery(tenant, { ...request, columns: 72 }), enabled: valid });
  const facets = useQuery({
    ...facetsQuery(tenant, 'traces', { ...range, query, fields: FACET_FIELDS, limit: 8 }),
    enabled: valid,
  });
  const completion = useMemo(() => completionSource(client, tenant, 'traces', range), [client, tenant, range]);

  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const total = heat.data?.counts.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0) ?? 0;
  const filter = (field: string, value: string, negate: boolean) =>
    onSearch({ query: withFilter(query, field, value, { negate }) });
  const onBox = useCallback(
    (box: HeatmapBox) => {
      // Time goes into the range, duration into the query, so that both stand in the link.
      const bounds = [
        box.low > 0 ? `duration:>=${Math.round(box.low)}ns` : '',
        Number.isFinite(box.high) ? `duration:<${Math.round(box.high)}ns` : '',
      ]
        .filter(Boolean)
        .join(' ');
      const rest = query.replace(/\s*\bduration:(?:>=|<)\d+ns\b/g, '').trim();
      onSearch({ query: `${rest} ${bounds}`.trim() });
      onRange(box.from, box.to);
    },
    [query, onSearch, onRange],
  );
  const describe = useCallback(
    (box: HeatmapBox & { readonly count: number; readonly errors: number }) =>
      t('traces.box', {
        from: formatClock(box.from, true),
        to: formatClock(box.to, true),
        low: formatDuration(box.low),
        high: Number.isFinite(box.high) ? formatDuration(box.high) : '∞',
        count: box.count,
        errors: box.errors,
      }),
    [],
  );

  return (
    <div className={frame.page}>
      <div className={frame.bar}>
        <QueryBar
          value={query}
          signal="traces"
          completion={completion}
          words={{
            label: t('traces.query'),
            placeholder: t('traces.placeholder'),
            clear: t('traces.clearQuery'),
          }}
          onRun={(text) => text !== query && onSearch({ query: text || undefined })}
        />
        <Tabs
          label={t('traces.view')}
          look="segments"
          value={view}
          items={TRACE_VIEWS.map((one) => ({ value: one, label: t(`traces.view.${one}`) }))}
          onChange={(one) => onSearch({ view: one === 'entries' ? undefined : one })}
        />
        <Tabs
          label={t('traces.order')}
          look="segments"
          value={order}
          items={TRACE_ORDERS.map((one) => ({ value: one, label: t(`traces.order.${one}`) }))}
          onChange={(one) => onSearch({ order: one === 'newest' ? undefined : one })}
        />
      </div>
      <div className={frame.columns}>
        <aside className={frame.side}>
          <Facets
            label={t('traces.facets')}
            loading={facets.isFetching}
            facets={(facets.data?.facets ?? [])
              .filter((one) => one.values.length > 0)
              .map((one) => ({
                ...one,
                label: one.field,
                values: one.values.map((value) => ({
                  ...value,
                  token: one.field === 'service.name' ? tokenOfService(value.value) : undefined,
                })),
              }))}
            note={
              facets.data && facets.data.sampled < 1
                ? t('traces.sampled', { share: formatShare(facets.data.sampled) })
                : undefined
            }
            formatCount={formatCount}
            words={{
              include: (value) => t('traces.include', { value }),
              exclude: (value) => t('traces.exclude', { value }),
              empty: t('traces.noValues'),
              blank: t('traces.blank'),
              search: t('traces.findValue'),
            }}
            onFilter={filter}
          />
        </aside>
        <div className={styles.main}>
          {heat.isError && <Failure error={heat.error} onRetry={() => void heat.refetch()} />}
          {heat.isPending && valid && <Skeleton height={180} />}
          {heat.data && (
            <Dimmed when={heat.isPlaceholderData} className={styles.heat ?? ''}>
              <p className={frame.count}>{t('traces.found', { count: formatCount(total) })}</p>
              <Heatmap
                start={Number(BigInt(heat.data.start) / 1_000_000n)}
                step={Number(BigInt(heat.data.step)) / 1e6}
                bounds={heat.data.bounds}
                counts={heat.data.counts}
                errors={heat.data.errors}
                locale={currentLocale()}
                timeZone={viewerZone()}
                label={t('traces.heatmap')}
                formatBound={formatDuration}
                describe={describe}
                onBox={onBox}
              />
            </Dimmed>
          )}
          <PartialNote stats={list.data?.pages.at(-1)?.stats} />
          {list.isError ? (
            <Failure error={list.error} onRetry={() => void list.refetch()} />
          ) : list.isPending && valid ? (
            <Skeleton rows={12} />
          ) : rows.length === 0 ? (
            <NothingFound
              filtered={query !== ''}
              words={{
                empty: t('traces.empty'),
                emptyWhy: t('traces.emptyWhy'),
                none: t('traces.none'),
                noneWhy: t('traces.noneWhy'),
                stretch: t('traces.stretch'),
                clear: t('traces.clear'),
                setUp: t('traces.setUp'),
              }}
              onClear={() => onSearch({ query: undefined })}
              onStretch={onStretch}
              onSetUp={onSetUp}
            />
          ) : (
            <SpanTable
              rows={rows}
              dimmed={list.isPlaceholderData}
              onOpen={(row: SpanRow) => onOpen(row)}
              onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
            />
          )}
        </div>
      </div>
    </div>
  );
}
