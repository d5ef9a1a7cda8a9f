import type { metricAggregate } from '@hanok/contract';
import type { z } from 'zod';
import { bind, type Fragment, name, type Select, select, sql } from '#store';
import { fail } from '../errors.ts';
import type { QuerySession } from '../query-session.ts';
import { listOf, numberOf, numberOrNull, textOf } from '../rows.ts';
import { counterPlan } from './rate.ts';
import { cellAt, factorOf, groupOf, type MetricScope, NANOS, pointConditions, windowsOf } from './scope.ts';

export type Aggregate = z.infer<typeof metricAggregate>;

/** A group's values per cell, by the group's labels as JSON. */
export interface Groups {
  readonly series: ReadonlyArray<{ readonly group: string; readonly values: (number | null)[] }>;
  readonly more: number;
  /** A series has points of several processes at once. */
  readonly mixed: boolean;
}

export const NUMBER = sql`if(number_type = 2, toFloat64(int_value), value)`;
/**
 * A value that counts. Points without one end a series; NaN and the infinities are none: no sum or average has a finite
 * value after them, and JSON cannot hold them. `value` of an integer is finite.
 */
const RECORDED = sql`number_type != 3 AND isFinite(value)`;
const QUANTILES: Readonly<Partial<Record<Aggregate, number>>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };

function seriesValue(scope: MetricScope): Fragment {
  const factor = factorOf(scope, name('series_id'));
  return factor ? sql`(${NUMBER}) * ${factor}` : NUMBER;
}

/** Gauges and sums, aggregated by the store. */
export async function readSamples(
  session: QuerySession,
  scope: MetricScope,
  aggregate: Aggregate,
  limit: number,
): Promise<Groups> {
  const { type, temporality, monotonic, name: metric } = scope.form;
  const counter = type === 'sum' && temporality !== 'delta' && monotonic;
  const delta = type === 'sum' && temporality === 'delta';
  if ((aggregate === 'rate' || aggregate === 'increase') && !(delta && monotonic) && !counter)
    throw fail('query.aggregate', `${aggregate} needs a sum that only grows; ${metric} is not one`, {
      at: 'aggregate',
      fix: 'Use avg, sum, min, max or last.',
      reason: 'not-growing',
      values: { aggregate, metric },
    });
  if (aggregate === 'rate' || aggregate === 'increase')
    return collect(
      session,
      scope,
      delta
        ? addedPlan(scope, 'samples', seriesValue(scope), RECORDED, aggregate === 'rate')
        : counterPlan(scope, { table: 'samples', value: seriesValue(scope), where: RECORDED }, aggregate === 'rate'),
      limit,
    );
  if (aggregate === 'sum')
    return collect(
      session,
      scope,
      delta ? addedPlan(scope, 'samples', seriesValue(scope), RECORDED, false) : latestPlan(scope),
      limit,
    );
  const points = select({
    columns: { sid: name('series_id'), ts: NANOS, v: seriesValue(scope) },
    from: 'samples',
    where: [...pointConditions(scope), RECORDED],
  });
  const plan = select({
    columns: {
      g: groupOf(scope, name('sid')),
      c: cellAt(scope, name('ts')),
      r: overPoints(aggregate),
      mixed: sql`0`,
    },
    from: points,
    groupBy: [name('g'), name('c')],
  });
  return collect(session, scope, plan, limit);
}

/**
 * Deltas: a point counts whole in the windows that its time falls in, and nothing is extrapolated. The rate is their
 * sum over the window's length.
 */
export function addedPlan(
  scope: MetricScope,
  table: 'samples' | 'histograms',
  value: Fragment,
  where: Fragment,
  perSecond: boolean,
): Select {
  const perCell = select({
    columns: { cell_group: groupOf(scope, name('series_id')), cell: cellAt(scope, NANOS), added: sql`sum(${value})` },
    from: table,
    where: [...pointConditions(scope), where],
    groupBy: [name('cell_group'), name('cell')],
  });
  const { grid, windowSteps, end } = scope;
  const step = bind.int(grid.step);
  const windowEnd = sql`least(${bind.int(grid.start)} + (c + 1) * ${step}, ${bind.int(end)})`;
  const windowStart = sql`(${bind.int(grid.start)} + (c + 1 - ${bind.int(windowSteps)}) * ${step})`;
  return select({
    columns: {
      g: name('cell_group'),
      c: name('window_cell'),
      r: perSecond ? sql`sum(added) / ((${windowEnd} - ${windowStart}) / 1e9)` : sql`sum(added)`,
      mixed: sql`0`,
    },
    from: perCell,
    arrayJoin: { window_cell: windowsOf(scope, name('cell')) },
    groupBy: [name('g'), name('c')],
  });
}

/**
 * The latest value of each series within the window, added up: a series that is late for one step is still counted,
 * as PromQL's look-back does, and one that ended is not.
 */
function latestPlan(scope: MetricScope): Select {
  const perCell = select({
    columns: {
      sid: name('series_id'),
      cell: cellAt(scope, NANOS),
      cell_last: sql`max(${NANOS})`,
      cell_value: sql`argMax(if(${RECORDED}, ${seriesValue(scope)}, nan), timestamp)`,
    },
    from: 'samples',
    where: pointConditions(scope),
    groupBy: [name('sid'), name('cell')],
  });
  const perWindow = select({
    columns: { sid: name('sid'), w: name('window_cell'), latest: sql`argMax(cell_value, cell_last)` },
    from: perCell,
    arrayJoin: { window_cell: windowsOf(scope, name('cell')) },
    groupBy: [name('sid'), name('w')],
  });
  return select({
    columns: { g: groupOf(scope, name('sid')), c: name('w'), r: sql`sum(latest)`, mixed: sql`0` },
    from: perWindow,
    where: [sql`NOT isNaN(latest)`],
    groupBy: [name('g'), name('c')],
  });
}

function overPoints(aggregate: Aggregate): Fragment {
  switch (aggregate) {
    case 'min':
      return sql`min(v)`;
    case 'max':
      return sql`max(v)`;
    case 'count':
      return sql`toFloat64(count())`;
    case 'last':
      return sql`argMax(v, ts)`;
    case 'avg':
      return sql`avg(v)`;
    default:
      return sql`quantileExactInclusive(${bind.float(QUANTILES[aggregate] ?? 0.5)})(v)`;
  }
}

/**
 * Largest groups first, each with all its cells in one row; how many more there are comes with every row. `plan` has
 * rows `g`, `c`, `r`, `mixed`.
 */
export async function collect(session: QuerySession, scope: MetricScope, plan: Select, limit: number): Promise<Groups> {
  const rows = await session.rows(
    select({
      columns: {
        grp: name('g'),
        cells: sql`groupArray(tuple(toInt32(c), r))`,
        weight: sql`sum(abs(if(isFinite(r), r, 0)))`,
        groups: sql`count() OVER ()`,
        any_mixed: sql`max(max(mixed)) OVER ()`,
      },
      from: plan,
      groupBy: [name('g')],
      orderBy: [sql`weight DESC`, name('grp')],
      limit,
    }),
  );
  return {
    series: rows.map((row) => {
      const values = new Array<number | null>(scope.grid.count).fill(null);
      for (const pair of listOf(row['cells'])) {
        const [c, r] = listOf(pair);
        const cell = numberOf(c);
        const value = numberOrNull(r);
        if (cell >= 0 && cell < values.length) values[cell] = value !== null && Number.isFinite(value) ? value : null;
      }
      return { group: textOf(row['grp']), values };
    }),
    more: rows.length === 0 ? 0 : numberOf(rows[0]!['groups']) - rows.length,
    mixed: numberOf(rows[0]?.['any_mixed']) > 0,
  };
}
