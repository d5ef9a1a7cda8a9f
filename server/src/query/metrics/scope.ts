import type { MetricInfo } from '@hanok/contract';
import { bind, type Fragment, joined, name, type Select, select, sql } from '#store';
import { labelOf } from '../language/label.ts';
import { type Grid, type Range, withinDays } from '../range.ts';
import { TEMPORALITIES } from './catalog.ts';

/** Which series a metric query is about, and how it cuts time. */
export interface MetricScope {
  readonly info: MetricInfo;
  readonly filter: Fragment;
  readonly groupBy: readonly string[];
  readonly grid: Grid;
  /** End of the asked range; the last cell may reach beyond it. */
  readonly to: bigint;
}

/** A counter's point needs the one before it; senders report at least this often. */
export const LOOKBACK = 600n * 1_000_000_000n;
const DAY = 86_400_000_000_000n;

/** Cells are whole, so the first may begin before the asked range. */
export function readRangeOf(scope: MetricScope, lookback = 0n): Range {
  const from = scope.grid.start - lookback;
  return { from: from < 0n ? 0n : from, to: scope.to };
}

function seriesConditions(scope: MetricScope): Fragment[] {
  const { info, grid, to } = scope;
  return [
    // A series is noted once a day; its note may be of the day before or behind.
    ...withinDays({ from: grid.start > DAY ? grid.start - DAY : 0n, to: to + DAY }),
    sql`metric = ${bind.string(info.name)}`,
    sql`type = ${bind.string(info.type)}`,
    sql`temporality = ${bind.uint(TEMPORALITIES.indexOf(info.temporality))}`,
    sql`monotonic = ${bind.uint(info.monotonic ? 1 : 0)}`,
    scope.filter,
  ];
}

export function seriesIds(scope: MetricScope): Select {
  return select({ columns: { id: name('series_id') }, from: 'series', where: seriesConditions(scope) });
}

/** Conditions on `samples`, `histograms` and `exemplars`. */
export function pointConditions(scope: MetricScope, range: Range): Fragment[] {
  return [
    sql`metric = ${bind.string(scope.info.name)}`,
    sql`timestamp >= fromUnixTimestamp64Nano(${bind.int(range.from)})`,
    sql`timestamp < fromUnixTimestamp64Nano(${bind.int(range.to)})`,
    sql`series_id IN ${seriesIds(scope)}`,
  ];
}

/**
 * The group of a series as JSON text, an array of label values in the order of `groupBy`. The pairs come from a
 * scalar subquery, which the engine runs once.
 */
export function groupOf(scope: MetricScope, id: Fragment): Fragment {
  if (scope.groupBy.length === 0) return sql`'[]'`;
  const labels = scope.groupBy.map((field) => sql`toString(${labelOf(field, 'metrics')})`);
  const known = select({
    columns: { one: name('series_id'), label: sql`any(toJSONString([${joined(labels, ', ')}]))` },
    from: 'series',
    where: seriesConditions(scope),
    groupBy: [name('series_id')],
  });
  const arrays = select({
    columns: { both: sql`tuple(arrayPushBack(groupArray(one), 0), arrayPushBack(groupArray(label), '[]'))` },
    from: known,
  });
  return sql`transform(${id}, tupleElement(${arrays}, 1), tupleElement(${arrays}, 2), '[]')`;
}

/** Seconds of a cell that lie in the asked range; the last one may be cut. */
export function cellSeconds(scope: MetricScope, cell: number): number {
  const start = scope.grid.start + BigInt(cell) * scope.grid.step;
  const end = start + scope.grid.step < scope.to ? start + scope.grid.step : scope.to;
  return Math.max(Number(end - start) / 1e9, 1e-9);
}
