import type { metricAggregate } from '@hanok/contract';
import type { z } from 'zod';
import { bind, type Fragment, name, type Select, select, sql } from '#store';
import { fail } from '../errors.ts';
import type { QuerySession } from '../query-session.ts';
import { listOf, numberOf, numberOrNull, textOf } from '../rows.ts';
import { cellSeconds, groupOf, LOOKBACK, type MetricScope, pointConditions, readRangeOf } from './scope.ts';

export type Aggregate = z.infer<typeof metricAggregate>;

/** A group's values per cell, by the group's labels as JSON. */
export interface Groups {
  readonly series: ReadonlyArray<{ readonly group: string; readonly values: (number | null)[] }>;
  readonly more: number;
}

const VALUE = sql`if(number_type = 2, toFloat64(int_value), value)`;
const NANOS = sql`toUnixTimestamp64Nano(timestamp)`;
const QUANTILES: Readonly<Partial<Record<Aggregate, number>>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };

/** Gauges and sums, aggregated by the store. */
export async function readSamples(
  session: QuerySession,
  scope: MetricScope,
  aggregate: Aggregate,
  limit: number,
): Promise<Groups> {
  const counter = scope.info.type === 'sum' && scope.info.temporality === 'cumulative';
  const delta = scope.info.type === 'sum' && scope.info.temporality === 'delta';
  if ((aggregate === 'rate' || aggregate === 'increase') && !delta && !(counter && scope.info.monotonic))
    throw fail('query.aggregate', `${aggregate} needs a sum that only grows; ${scope.info.name} is not one`, {
      at: 'aggregate',
      fix: 'Use avg, sum, min, max or last.',
    });

  const points = select({
    columns: { sid: name('series_id'), ts: NANOS, v: VALUE },
    from: 'samples',
    where: [...pointConditions(scope, readRangeOf(scope)), sql`number_type != 3`],
  });
  const cell = sql`intDiv(ts - ${bind.int(scope.grid.start)}, ${bind.int(scope.grid.step)})`;
  const byGroup = (source: Select, value: Fragment): Select =>
    select({
      columns: { g: groupOf(scope, name('sid')), c: cell, r: value },
      from: source,
      groupBy: [name('g'), name('c')],
    });

  let plan: Select;
  if (aggregate === 'rate' || aggregate === 'increase' || (aggregate === 'sum' && delta)) {
    plan = byGroup(delta ? points : increases(scope), delta ? sql`sum(v)` : sql`sum(increase)`);
  } else if (aggregate === 'sum') {
    // Each series says one thing per cell, and those are added up: the last value of a counter, else the mean.
    const perSeries = select({
      columns: { s: name('sid'), c: cell, one: counter ? sql`argMax(v, ts)` : sql`avg(v)` },
      from: points,
      groupBy: [name('s'), name('c')],
    });
    plan = select({
      columns: { g: groupOf(scope, name('s')), c: name('c'), r: sql`sum(one)` },
      from: perSeries,
      groupBy: [name('g'), name('c')],
    });
  } else plan = byGroup(points, overPoints(aggregate));

  return collect(session, scope, plan, limit, aggregate === 'rate');
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
      return sql`quantile(${bind.float(QUANTILES[aggregate] ?? 0.5)})(v)`;
  }
}

/**
 * How much each point of a cumulative counter adds to the one before it in its series. A value below the one before,
 * or a start after it, is a restart: all of the value is new. The first point of a series counts when the series
 * began within what is read, else only as the one before.
 */
function increases(scope: MetricScope): Select {
  const range = readRangeOf(scope, LOOKBACK);
  const points = select({
    columns: { sid: name('series_id'), ts: NANOS, v: VALUE, began: sql`toInt64(start_time)` },
    from: 'samples',
    where: [...pointConditions(scope, range), sql`number_type != 3`],
  });
  const inOrder = sql`OVER (PARTITION BY sid ORDER BY ts ASC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)`;
  const withBefore = select({
    columns: {
      sid: name('sid'),
      ts: name('ts'),
      v: name('v'),
      began: name('began'),
      before: sql`lagInFrame(v, 1, 0.) ${inOrder}`,
      before_ts: sql`lagInFrame(ts, 1, toInt64(0)) ${inOrder}`,
    },
    from: points,
  });
  return select({
    columns: {
      sid: name('sid'),
      ts: name('ts'),
      increase: sql`multiIf(before_ts = 0, if(began > 0 AND began >= ${bind.int(range.from)}, v, 0.), began > before_ts OR v < before, v, v - before)`,
    },
    from: withBefore,
    where: [sql`ts >= ${bind.int(scope.grid.start)}`],
  });
}

/** Largest groups first, each with all its cells in one row; how many more there are comes with every row. */
async function collect(
  session: QuerySession,
  scope: MetricScope,
  plan: Select,
  limit: number,
  perSecond: boolean,
): Promise<Groups> {
  const rows = await session.rows(
    select({
      columns: {
        grp: name('g'),
        cells: sql`groupArray(tuple(toInt32(c), r))`,
        weight: sql`sum(abs(if(isFinite(r), r, 0)))`,
        groups: sql`count() OVER ()`,
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
        if (cell < 0 || cell >= values.length) continue;
        values[cell] =
          value === null || !Number.isFinite(value) ? null : perSecond ? value / cellSeconds(scope, cell) : value;
      }
      return { group: textOf(row['grp']), values };
    }),
    more: rows.length === 0 ? 0 : numberOf(rows[0]!['groups']) - rows.length,
  };
}
