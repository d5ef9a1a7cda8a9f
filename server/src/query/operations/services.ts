import {
  type OperationRow,
  type ServiceRow,
  serviceRequest,
  serviceResponse,
  servicesRequest,
  servicesResponse,
} from '@hanok/contract';
import { z } from 'zod';
import { type Route, route } from '#base';
import { bind, type Fragment, name, select, sql } from '#store';
import { KINDS } from '../language/columns.ts';
import type { Queries } from '../queries.ts';
import type { QuerySession } from '../query-session.ts';
import { type Grid, pickGrid, type Range } from '../range.ts';
import { numberOf, type Row, textOf, textsOf } from '../rows.ts';
import { DurationBuckets } from './quantiles.ts';

/** Points of a sparkline. */
const POINTS = 30;
const MINUTE = 60_000_000_000n;

/** The roll-up counts per minute; a minute belongs to the range when it begins in it, or when the range begins in it. */
function withinMinutes(range: Range): Fragment[] {
  return [
    sql`time >= toDateTime(${bind.uint((range.from / MINUTE) * 60n)})`,
    sql`time < toDateTime(${bind.uint((range.to + 999_999_999n) / 1_000_000_000n)})`,
  ];
}

function inEnvironment(environment: string | undefined): Fragment[] {
  return environment === undefined ? [] : [sql`environment = ${bind.string(environment)}`];
}

export function services(queries: Queries): Route {
  return route({
    method: 'GET',
    path: '/api/v1/services',
    access: 'tenant',
    summary: 'Services with rate, errors and latency of what they were asked to do',
    input: servicesRequest,
    output: servicesResponse,
    async handle(context) {
      const range = queries.range(context.input);
      const grid = pickGrid(range, POINTS, MINUTE);
      const session = queries.session(context);
      const found = await readServices(session, range, grid, inEnvironment(context.input.environment));
      return {
        services: found.sort((a, b) => b.requests - a.requests || a.name.localeCompare(b.name)),
        start: String(grid.start),
        step: String(grid.step),
        stats: session.stats(),
      };
    },
  });
}

export function service(queries: Queries): Route {
  return route({
    method: 'GET',
    path: '/api/v1/services/:service',
    access: 'tenant',
    summary: 'One service and its operations',
    input: serviceRequest.extend({ service: z.string().min(1).max(1_024) }),
    output: serviceResponse,
    async handle(context) {
      const range = queries.range(context.input);
      const grid = pickGrid(range, POINTS, MINUTE);
      const session = queries.session(context);
      const where = [
        ...inEnvironment(context.input.environment),
        sql`service_name = ${bind.string(context.input.service)}`,
      ];
      const [found, operations] = await Promise.all([
        readServices(session, range, grid, where),
        readOperations(session, range, where),
      ]);
      return {
        service: found[0] ?? null,
        operations,
        start: String(grid.start),
        step: String(grid.step),
        stats: session.stats(),
      };
    },
  });
}

/**
 * Buckets as two lists of plain numbers: two thirds of the bytes of a map, whose counts come as texts, and read three
 * times as fast.
 */
const SUMS = {
  n: sql`sum(count)`,
  bad: sql`sum(errors)`,
  spread: sql`mapKeys(sumMap(buckets))`,
  spread_counts: sql`CAST(mapValues(sumMap(buckets)), 'Array(Float64)')`,
};

class Tally {
  requests = 0;
  errors = 0;
  readonly buckets = new DurationBuckets();

  add(row: Row): void {
    this.requests += numberOf(row['n']);
    this.errors += numberOf(row['bad']);
    this.buckets.add(row['spread'], row['spread_counts']);
  }

  red(range: Range) {
    return {
      requests: this.requests,
      rate: this.requests / (Number(range.to - range.from) / 1e9),
      errors: this.errors,
      errorRate: this.requests === 0 ? 0 : this.errors / this.requests,
      p50: this.buckets.quantile(0.5),
      p95: this.buckets.quantile(0.95),
      p99: this.buckets.quantile(0.99),
    };
  }
}

/**
 * A service is measured by its entry spans: what it was asked to do, not what it did to answer. One that only ever
 * calls others has none and is measured by all its spans.
 */
async function readServices(
  session: QuerySession,
  range: Range,
  grid: Grid,
  where: readonly Fragment[],
): Promise<ServiceRow[]> {
  const rows = await session.rows(
    select({
      columns: {
        service: name('service_name'),
        isEntry: name('entry'),
        cell: sql`intDiv(toInt64(toUnixTimestamp(time)) * 1000000000 - ${bind.int(grid.start)}, ${bind.int(grid.step)})`,
        ...SUMS,
        seen: sql`toUnixTimestamp(max(time))`,
        positions: sql`groupUniqArray(environment)`,
      },
      from: 'operations',
      where: [...withinMinutes(range), ...where],
      groupBy: [name('service'), name('isEntry'), name('cell')],
    }),
  );
  const byService = new Map<string, Row[]>();
  for (const row of rows) {
    const key = textOf(row['service']);
    const list = byService.get(key);
    if (list) list.push(row);
    else byService.set(key, [row]);
  }
  return [...byService].map(([serviceName, all]) => {
    const entries = all.filter((row) => numberOf(row['isEntry']) === 1);
    const whole = new Tally();
    const cells = Array.from({ length: grid.count }, () => new Tally());
    for (const row of entries.length > 0 ? entries : all) {
      whole.add(row);
      // A minute that began before the grid counts in its first cell.
      cells[Math.min(grid.count - 1, Math.max(0, numberOf(row['cell'])))]?.add(row);
    }
    const environments = new Set(all.flatMap((row) => textsOf(row['positions'])).filter((one) => one !== ''));
    return {
      name: serviceName,
      environments: [...environments].sort(),
      // The minute's end, for nothing finer is kept.
      lastSeen: String((BigInt(Math.max(...all.map((row) => numberOf(row['seen'])))) + 59n) * 1_000_000_000n),
      ...whole.red(range),
      series: {
        requests: cells.map((cell) => cell.requests),
        errors: cells.map((cell) => cell.errors),
        p95: cells.map((cell) => cell.buckets.quantile(0.95)),
      },
    };
  });
}

/** Operations shown, those that take most time first. */
const MOST_OPERATIONS = 500;

async function readOperations(
  session: QuerySession,
  range: Range,
  where: readonly Fragment[],
): Promise<OperationRow[]> {
  const condition = [...withinMinutes(range), ...where];
  const [rows, whole] = await Promise.all([
    session.rows(
      select({
        columns: {
          operation: name('name'),
          k: name('kind'),
          isEntry: name('entry'),
          ...SUMS,
          time_spent: sql`sum(duration_sum)`,
        },
        from: 'operations',
        where: condition,
        groupBy: [name('operation'), name('k'), name('isEntry')],
        orderBy: [sql`time_spent DESC`, name('operation')],
        limit: MOST_OPERATIONS,
      }),
    ),
    session.rows(select({ columns: { time_spent: sql`sum(duration_sum)` }, from: 'operations', where: condition })),
  ]);
  const total = numberOf(whole[0]?.['time_spent']);
  return rows.map((row) => {
    const tally = new Tally();
    tally.add(row);
    return {
      name: textOf(row['operation']),
      kind: KINDS[numberOf(row['k'])] ?? 'unspecified',
      entry: numberOf(row['isEntry']) === 1,
      ...tally.red(range),
      timeShare: total === 0 ? 0 : numberOf(row['time_spent']) / total,
    };
  });
}
