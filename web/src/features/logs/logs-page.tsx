import { withFilter } from '@hanok/contract/query';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import { contextQuery, histogramQuery, logsQuery } from '../../api/signal-queries.ts';
import { formatClock, viewerZone } from '../../format/instants.ts';
import { formatCount } from '../../format/numbers.ts';
import { visibleName } from '../../format/visible.ts';
import { currentLocale, t } from '../../i18n/index.ts';
import { useShortcuts } from '../../keyboard/registry.ts';
import { Button } from '../../kit/button.tsx';
import { StackedBars } from '../../kit/chart/stacked-bars.tsx';
import { liveInterval } from '../../kit/explorer/decide.ts';
import frame from '../../kit/explorer/explorer.module.css';
import { Explorer } from '../../kit/explorer/explorer.tsx';
import { DataGrid, type DataGridHandle } from '../../kit/grid/data-grid.tsx';
import { Icon } from '../../kit/icon.tsx';
import { levelBars, levelToken } from '../../kit/level-bars.ts';
import { queryFault } from '../../kit/query-bar/fault.ts';
import { tokenOfService } from '../../theme/service-colours.ts';
import { absoluteRange, type TimeRange } from '../../time/range.ts';
import { logColumns, logId, logToken, logTone } from './columns.tsx';
import { LiveBar } from './live-bar.tsx';
import { LogPanel } from './log-panel.tsx';
import styles from './logs-page.module.css';
import type { LogsSearch } from './search.ts';
import { useTail } from './use-tail.ts';

interface Props {
  readonly tenant: string;
  readonly range: TimeRange;
  readonly search: LogsSearch;
  readonly onSearch: (change: Partial<LogsSearch>, replace?: boolean) => void;
  readonly onRange: (range: TimeRange) => void;
  readonly onOpenTrace: (traceId: string, spanId: string, around: string) => void;
  readonly onSetUp: () => void;
}

const FACET_FIELDS = ['level', 'service.name', 'deployment.environment', 'host.name', 'event_name', 'scope.name'];

/** Search and watch log lines: histogram, facets, table, a panel for one line, and a live tail. */
export function LogsPage({ tenant, range, search, onSearch, onRange, onOpenTrace, onSetUp }: Props) {
  const query = search.query ?? '';
  const live = search.live === 1;
  const wrap = search.wrap === 1;
  const columns = useMemo(() => (search.columns ? search.columns.split(',').filter(Boolean) : []), [search.columns]);
  const request = useMemo(() => ({ ...range, query }), [range, query]);
  const valid = queryFault(query) === undefined;
  const list = useInfiniteQuery({ ...logsQuery(tenant, { ...request, limit: 200 }), enabled: valid && !live });
  const histogram = useQuery({
    ...histogramQuery(tenant, 'logs', { ...request, buckets: 72, by: 'level' }),
    enabled: valid,
    refetchInterval: ({ state }) => liveInterval(live, state.data?.stats.elapsedMs),
  });
  const [atTop, setAtTop] = useState(true);
  const tail = useTail({ on: live && valid, tenant, query, following: atTop && search.log === undefined });
  const grid = useRef<DataGridHandle>(null);

  const found = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const rows = live ? tail.rows : found;
  const listed = search.log === undefined ? undefined : rows.find((row) => row.id === search.log);
  // A link may lead to a line beyond the first page, or one that the query no longer finds.
  const lone = useQuery({
    ...contextQuery(tenant, { id: search.log ?? '', scope: 'resource', before: 1, after: 1 }),
    enabled: search.log !== undefined && listed === undefined && !list.isPending,
  });
  const open = listed ?? (search.log === undefined ? undefined : (lone.data?.row ?? undefined));
  const filter = useCallback(
    (field: string, value: string, negate: boolean) => onSearch({ query: withFilter(query, field, value, { negate }) }),
    [query, onSearch],
  );
  const series = useMemo(() => levelBars(histogram.data?.series ?? []), [histogram.data]);
  const gridColumns = useMemo(() => logColumns(columns), [columns]);
  const onBrush = useCallback((from: number, to: number) => onRange(absoluteRange(from, to)), [onRange]);
  const resume = () => {
    grid.current?.scrollToTop();
    onSearch({ log: undefined }, true);
    tail.follow();
  };
  const close = () => {
    onSearch({ log: undefined, tab: undefined }, true);
    // The panel had the focus; the list goes on where it was.
    grid.current?.focus();
  };
  useShortcuts(
    [{ keys: 'Escape', label: 'logs.close', group: 'app.keys.screen', run: close }],
    search.log !== undefined,
  );
  useShortcuts([
    {
      keys: 'l',
      label: 'logs.keys.live',
      group: 'app.keys.screen',
      run: () => onSearch({ live: live ? undefined : 1 }),
    },
    {
      keys: 'w',
      label: 'logs.keys.wrap',
      group: 'app.keys.screen',
      run: () => onSearch({ wrap: wrap ? undefined : 1 }, true),
    },
  ]);

  return (
    <Explorer
      signal="logs"
      tenant={tenant}
      range={range}
      query={query}
      facetFields={FACET_FIELDS}
      facetToken={facetToken}
      onQuery={(next) => onSearch({ query: next })}
      onRange={onRange}
      onSetUp={onSetUp}
      toolbar={
        <>
          <Button
            pressed={live}
            title={t('logs.liveHelp')}
            onClick={() => onSearch({ live: live ? undefined : 1, log: undefined })}
          >
            <span className={styles.pulse} data-on={(live && tail.state === 'open') || undefined} /> {t('logs.live')}
          </Button>
          <Button pressed={wrap} onClick={() => onSearch({ wrap: wrap ? undefined : 1 }, true)}>
            {t('logs.wrap')}
          </Button>
        </>
      }
      chart={{
        answer: histogram,
        height: 132,
        draw: () =>
          histogram.data && (
            <>
              <p className={frame.count}>
                {t('logs.found', { n: histogram.data.total, count: formatCount(histogram.data.total) })}
              </p>
              <StackedBars
                start={Number(BigInt(histogram.data.start) / 1_000_000n)}
                step={Number(BigInt(histogram.data.step)) / 1e6}
                series={series}
                locale={currentLocale()}
                timeZone={viewerZone()}
                label={t('logs.histogram')}
                formatCount={formatCount}
                describe={describeBucket}
                onBrush={onBrush}
              />
            </>
          ),
      }}
      list={{ answer: list, rows: rows.length, stats: list.data?.pages.at(-1)?.stats }}
      hints={live ? tail.hints : undefined}
      live={live}
      strip={
        <>
          {live && <LiveBar tail={tail} paused={!atTop || search.log !== undefined} onResume={resume} />}
          {columns.length > 0 && (
            <div className={styles.chips}>
              {columns.map((column) => (
                <button
                  key={column}
                  type="button"
                  aria-label={t('logs.removeColumn', { column: visibleName(column) })}
                  onClick={() =>
                    onSearch({ columns: columns.filter((one) => one !== column).join(',') || undefined }, true)
                  }
                >
                  {visibleName(column)} <Icon name="close" size={10} />
                </button>
              ))}
            </div>
          )}
        </>
      }
      grid={() => (
        <DataGrid
          ref={grid}
          keys
          rows={rows}
          rowId={logId}
          columns={gridColumns}
          layoutName="logs"
          label={t('logs.table')}
          rowHeight={24}
          wrap={wrap}
          selected={search.log}
          rowToken={logToken}
          rowTone={logTone}
          busy={list.isPlaceholderData && !live}
          onOpen={(row) => onSearch({ log: row.id }, search.log !== undefined)}
          onCurrent={(row) => search.log !== undefined && onSearch({ log: row.id }, true)}
          onEnd={!live && list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
          onTop={setAtTop}
        />
      )}
      panel={
        open && (
          <LogPanel
            tenant={tenant}
            row={open}
            tab={search.tab ?? 'details'}
            onTab={(tab) => onSearch({ tab: tab === 'details' ? undefined : tab }, true)}
            onClose={close}
            onFilter={filter}
            onAddColumn={(column) =>
              onSearch({ columns: [...columns.filter((one) => one !== column), column].join(',') }, true)
            }
            onOpenTrace={onOpenTrace}
            onOpenLine={(log) => onSearch({ log })}
          />
        )
      }
    />
  );
}

function facetToken(field: string, value: string): `--${string}` | undefined {
  if (field === 'service.name') return tokenOfService(value);
  return field === 'level' ? levelToken(value) : undefined;
}

const describeBucket: Parameters<typeof StackedBars>[0]['describe'] = ({ from, to, total, parts }) =>
  t('logs.bucket', {
    from: formatClock(from, true),
    to: formatClock(to, true),
    n: total,
    total: formatCount(total),
    parts: parts.map((part) => `${part.key} ${formatCount(part.count)}`).join(' · '),
  });
