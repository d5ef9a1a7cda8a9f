import { withFilter } from '@hanok/contract/query';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import { completionSource, contextQuery, facetsQuery, histogramQuery, logsQuery } from '../../api/signal-queries.ts';
import { formatClock, formatInstant, viewerZone } from '../../format/instants.ts';
import { formatCount, formatShare } from '../../format/numbers.ts';
import { currentLocale, t } from '../../i18n/index.ts';
import { useShortcuts } from '../../keyboard/registry.ts';
import { Button } from '../../kit/button.tsx';
import { type BarSeries, StackedBars } from '../../kit/chart/stacked-bars.tsx';
import frame from '../../kit/explorer.module.css';
import { Facets } from '../../kit/facets/facets.tsx';
import { NothingFound } from '../../kit/nothing-found.tsx';
import { queryFault } from '../../kit/query-bar/fault.ts';
import { QueryBar } from '../../kit/query-bar/query-bar.tsx';
import { Dimmed, Failure, PartialNote, Skeleton } from '../../kit/states.tsx';
import { tokenOfService } from '../../theme/service-colours.ts';
import type { TimeRange } from '../../time/range.ts';
import { LogPanel } from './log-panel.tsx';
import { LogTable, type LogTableHandle } from './log-table.tsx';
import styles from './logs-page.module.css';
import type { LogsSearch } from './search.ts';
import { useTail } from './use-tail.ts';

interface Props {
  readonly tenant: string;
  readonly range: TimeRange;
  readonly search: LogsSearch;
  readonly onSearch: (change: Partial<LogsSearch>, replace?: boolean) => void;
  readonly onRange: (fromMs: number, toMs: number) => void;
  readonly onStretch: () => void;
  readonly onOpenTrace: (traceId: string, spanId: string, around: string) => void;
  readonly onSetUp: () => void;
}

const FACET_FIELDS = ['level', 'service.name', 'deployment.environment', 'host.name', 'event_name', 'scope.name'];
const LEVELS = ['unspecified', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** Search and watch log lines: histogram, facets, table, a panel for one line, and a live tail. */
export function LogsPage({ tenant, range, search, onSearch, onRange, onStretch, onOpenTrace, onSetUp }: Props) {
  const client = useQueryClient();
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
  });
  const facets = useQuery({
    ...facetsQuery(tenant, 'logs', { ...request, fields: FACET_FIELDS, limit: 8 }),
    enabled: valid,
  });
  const completion = useMemo(() => completionSource(client, tenant, 'logs', range), [client, tenant, range]);
  const [atTop, setAtTop] = useState(true);
  const tail = useTail({ on: live && valid, tenant, query, following: atTop && search.log === undefined });
  const table = useRef<LogTableHandle>(null);

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
  const series = useMemo(() => barSeries(histogram.data?.series ?? []), [histogram.data]);
  const words = useMemo(
    () => ({
      time: t('logs.col.time'),
      service: t('logs.col.service'),
      message: t('logs.col.message'),
      level: (severity: string) => (severity === 'unspecified' ? '' : severity),
      more: (count: number) => t('logs.more', { count }),
    }),
    [],
  );
  const resume = () => {
    table.current?.scrollToTop();
    onSearch({ log: undefined }, true);
    tail.follow();
  };
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
    <div className={frame.page}>
      <div className={frame.bar}>
        <QueryBar
          value={query}
          signal="logs"
          completion={completion}
          words={{
            label: t('logs.query'),
            placeholder: t('logs.placeholder'),
            clear: t('logs.clearQuery'),
          }}
          onRun={(text) => text !== query && onSearch({ query: text || undefined })}
        />
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
      </div>
      <div className={frame.columns}>
        <aside className={frame.side}>
          <Facets
            label={t('logs.facets')}
            loading={facets.isFetching}
            facets={(facets.data?.facets ?? [])
              .filter((one) => one.values.length > 0)
              .map((one) => ({
                ...one,
                label: one.field,
                values: one.values.map((value) => ({
                  ...value,
                  token:
                    one.field === 'service.name'
                      ? tokenOfService(value.value)
                      : one.field === 'level'
                        ? levelToken(value.value)
                        : undefined,
                })),
              }))}
            note={
              facets.data && facets.data.sampled < 1
                ? t('logs.sampled', { share: formatShare(facets.data.sampled) })
                : undefined
            }
            formatCount={formatCount}
            words={{
              include: (value) => t('logs.include', { value }),
              exclude: (value) => t('logs.exclude', { value }),
              empty: t('logs.noValues'),
              blank: t('logs.blank'),
              search: t('logs.findValue'),
            }}
            onFilter={filter}
          />
        </aside>
        <div className={styles.main} data-panel={open !== undefined || undefined}>
          <div className={styles.list}>
            {histogram.isError && <Failure error={histogram.error} onRetry={() => void histogram.refetch()} />}
            {histogram.isPending && valid && <Skeleton height={116} />}
            {histogram.data && (
              <Dimmed when={histogram.isPlaceholderData} className={styles.histogram ?? ''}>
                <p className={frame.count}>{t('logs.found', { count: formatCount(histogram.data.total) })}</p>
                <StackedBars
                  start={Number(BigInt(histogram.data.start) / 1_000_000n)}
                  step={Number(BigInt(histogram.data.step)) / 1e6}
                  series={series}
                  locale={currentLocale()}
                  timeZone={viewerZone()}
                  label={t('logs.histogram')}
                  formatCount={formatCount}
                  describe={describeBucket}
                  onBrush={onRange}
                />
              </Dimmed>
            )}
            {live && <LiveBar tail={tail} paused={!atTop || search.log !== undefined} onResume={resume} />}
            <PartialNote stats={list.data?.pages.at(-1)?.stats} />
            {columns.length > 0 && (
              <div className={styles.chips}>
                {columns.map((column) => (
                  <button
                    key={column}
                    type="button"
                    aria-label={t('logs.removeColumn', { column })}
                    onClick={() =>
                      onSearch({ columns: columns.filter((one) => one !== column).join(',') || undefined }, true)
                    }
                  >
                    {column} ×
                  </button>
                ))}
              </div>
            )}
            {!live && list.isError ? (
              <Failure error={list.error} onRetry={() => void list.refetch()} />
            ) : !live && list.isPending && valid ? (
              <Skeleton rows={16} />
            ) : rows.length === 0 && !live ? (
              <NothingFound
                filtered={query !== ''}
                words={{
                  empty: t('logs.empty'),
                  emptyWhy: t('logs.emptyWhy'),
                  none: t('logs.none'),
                  noneWhy: t('logs.noneWhy'),
                  stretch: t('logs.stretch'),
                  clear: t('logs.clear'),
                  setUp: t('logs.setUp'),
                }}
                onClear={() => onSearch({ query: undefined })}
                onStretch={onStretch}
                onSetUp={onSetUp}
              />
            ) : (
              <LogTable
                ref={table}
                rows={rows}
                columns={columns}
                selected={search.log ?? null}
                wrap={wrap}
                label={t('logs.table')}
                formatTime={formatLogTime}
                words={words}
                onSelect={(log) => onSearch({ log }, true)}
                onOpen={(log) => onSearch({ log }, search.log !== undefined)}
                onEnd={
                  !live && list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined
                }
                onTop={setAtTop}
              />
            )}
          </div>
          {open && (
            <LogPanel
              tenant={tenant}
              row={open}
              tab={search.tab ?? 'details'}
              onTab={(tab) => onSearch({ tab: tab === 'details' ? undefined : tab }, true)}
              onClose={() => onSearch({ log: undefined, tab: undefined }, true)}
              onFilter={filter}
              onAddColumn={(column) =>
                onSearch({ columns: [...columns.filter((one) => one !== column), column].join(',') }, true)
              }
              onOpenTrace={onOpenTrace}
            />
          )}
        </div>
      </div>
    </div>
  );
}

/** To the microsecond, so that lines of one request can be put in order by eye. */
export function formatLogTime(nanos: string): string {
  const micros = (BigInt(nanos) / 1_000n) % 1_000_000n;
  return `${formatInstant(nanos)}.${String(micros).padStart(6, '0').slice(0, 3)}`;
}

function levelToken(level: string): `--${string}` | undefined {
  return (LEVELS as readonly string[]).includes(level) ? `--severity-${level}` : undefined;
}

/** Least severe at the bottom, so that errors stand on top where they are seen. */
function barSeries(series: ReadonlyArray<{ readonly key: string; readonly counts: readonly number[] }>): BarSeries[] {
  const rank = (key: string) => (LEVELS as readonly string[]).indexOf(key);
  return series
    .toSorted((a, b) => rank(a.key) - rank(b.key))
    .map((one) => ({ key: one.key, counts: one.counts, token: levelToken(one.key) ?? '--severity-unspecified' }));
}

const describeBucket: Parameters<typeof StackedBars>[0]['describe'] = ({ from, to, total, parts }) =>
  t('logs.bucket', {
    from: formatClock(from, true),
    to: formatClock(to, true),
    total: formatCount(total),
    parts: parts.map((part) => `${part.key} ${formatCount(part.count)}`).join(' · '),
  });

function LiveBar({
  tail,
  paused,
  onResume,
}: {
  readonly tail: ReturnType<typeof useTail>;
  readonly paused: boolean;
  readonly onResume: () => void;
}) {
  return (
    <div className={styles.live} data-state={tail.state} role="status">
      {tail.state === 'lost' ? (
        t('logs.liveLost')
      ) : paused ? (
        <>
          {t('logs.livePaused')}{' '}
          <Button size="s" tone="primary" onClick={onResume}>
            {t('logs.resume', { count: tail.waiting })}
          </Button>
        </>
      ) : tail.rows.length === 0 ? (
        t('logs.liveOn')
      ) : (
        t('logs.liveRate', { rate: formatCount(tail.rate) })
      )}
      {tail.skipped > 0 && <span>{t('logs.liveSkipped', { count: formatCount(tail.skipped) })}</span>}
    </div>
  );
}
