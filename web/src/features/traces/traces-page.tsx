import { withRange } from '@hanok/contract/query';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { heatmapQuery, tracesQuery } from '../../api/signal-queries.ts';
import { formatDuration, queryDurations } from '../../format/durations.ts';
import { formatClock, viewerZone } from '../../format/instants.ts';
import { formatCount } from '../../format/numbers.ts';
import { currentLocale, t } from '../../i18n/index.ts';
import { Heatmap, type HeatmapBox } from '../../kit/chart/heatmap.tsx';
import frame from '../../kit/explorer/explorer.module.css';
import { Explorer } from '../../kit/explorer/explorer.tsx';
import { DataGrid } from '../../kit/grid/data-grid.tsx';
import { queryFault } from '../../kit/query-bar/fault.ts';
import { Tabs } from '../../kit/tabs.tsx';
import { tokenOfService } from '../../theme/service-colours.ts';
import { absoluteRange, type TimeRange } from '../../time/range.ts';
import { spanColumns, spanKey } from './columns.tsx';
import { TRACE_ORDERS, TRACE_VIEWS, type TracesSearch } from './search.ts';

interface Props {
  readonly tenant: string;
  readonly range: TimeRange;
  readonly search: TracesSearch;
  readonly onSearch: (change: Partial<TracesSearch>) => void;
  readonly onRange: (range: TimeRange) => void;
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
export function TracesPage({ tenant, range, search, onSearch, onRange, onOpen, onSetUp }: Props) {
  const query = search.query ?? '';
  const view = search.view ?? 'entries';
  const order = search.order ?? 'newest';
  const request = useMemo(() => ({ ...range, query, view }), [range, query, view]);
  const valid = queryFault(query) === undefined;
  const list = useInfiniteQuery({ ...tracesQuery(tenant, { ...request, order, limit: 100 }), enabled: valid });
  const heat = useQuery({ ...heatmapQuery(tenant, { ...request, columns: 72 }), enabled: valid });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const total = heat.data?.counts.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0) ?? 0;
  const slowest = useMemo(() => rows.reduce((most, row) => Math.max(most, row.duration), 1), [rows]);
  const columns = useMemo(() => spanColumns(slowest), [slowest]);
  const onBox = useCallback(
    (box: HeatmapBox) => {
      // Time goes into the range, duration into the query, so that both stand in the link.
      const { low, high } = queryDurations(box.low, box.high);
      onSearch({ query: withRange(query, 'duration', low, high) });
      onRange(absoluteRange(box.from, box.to));
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
    <Explorer
      signal="traces"
      tenant={tenant}
      range={range}
      query={query}
      view={view}
      facetFields={FACET_FIELDS}
      facetToken={facetToken}
      onQuery={(next) => onSearch({ query: next })}
      onRange={onRange}
      onAllSpans={() => onSearch({ view: 'spans' })}
      onSetUp={onSetUp}
      toolbar={
        <>
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
        </>
      }
      chart={{
        answer: heat,
        height: 196,
        draw: () =>
          heat.data && (
            <>
              <p className={frame.count}>{t('traces.found', { n: total, count: formatCount(total) })}</p>
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
            </>
          ),
      }}
      list={{ answer: list, rows: rows.length, stats: list.data?.pages.at(-1)?.stats }}
      grid={() => (
        <DataGrid
          keys
          rows={rows}
          rowId={spanKey}
          columns={columns}
          layoutName="traces"
          label={t('traces.list')}
          rowHeight={30}
          busy={list.isPlaceholderData}
          onOpen={onOpen}
          onEnd={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
        />
      )}
    />
  );
}

function facetToken(field: string, value: string): `--${string}` | undefined {
  return field === 'service.name' ? tokenOfService(value) : undefined;
}
