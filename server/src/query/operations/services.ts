import { REMEMBERED_MS, type ServiceRow } from '@hanok/contract';
import { type Route, serve } from '#base';
import { bind, type Fragment, name, select, sql } from '#store';
import type { Queries } from '../queries.ts';
import type { QuerySession } from '../query-session.ts';
import { type Grid, pickGrid, type Range } from '../range.ts';
import { numberOf, type Row, textOf, textsOf } from '../rows.ts';
import { readLogServices, readNames } from './log-services.ts';
import { coveredBy, MINUTE, secondsOf, withinMinutes } from './minutes.ts';
import { decideSilent } from './silence.ts';
import { measured, SUMS, Tally, tallyCells } from './tally.ts';

/** Points of a sparkline. */
const POINTS = 30;
const SECOND = 1_000_000_000n;
/** What a service is like now is what it was in the last minutes. */
const RECENT = 5n * MINUTE;

export function inEnvironment(environment: string | undefined): Fragment[] {
  return environment === undefined ? [] : [sql`environment = ${bind.string(environment)}`];
}

export function services(queries: Queries): Route {
  return serve('GET /api/v1/services', async (context) => {
    const range = queries.range(context.input);
    const grid = pickGrid(range, POINTS, MINUTE);
    const session = queries.session(context);
    const now = queries.clock.nanos();
    const where = inEnvironment(context.input.environment);
    const [measured, named] = await Promise.all([
      readServices(session, range, grid, where, now),
      readNames(session, range, where, now),
    ]);
    const found = measured.map(toServiceRow);
    const traced = new Set(found.map((one) => one.name));
    const unmeasured = named.filter((one) => !traced.has(one));
    const covered = coveredBy(range, now);
    return {
      services: found.sort((a, b) => b.requests - a.requests || a.name.localeCompare(b.name)),
      logServices: await readLogServices(session, range, unmeasured, where, now),
      start: String(grid.start),
      step: String(grid.step),
      coveredFrom: String(covered.from),
      coveredTo: String(covered.to),
      stats: session.stats(),
    };
  });
}

/** One service as it was counted. */
export interface MeasuredService {
  readonly figures: Omit<ServiceRow, 'series'>;
  /** Tallies of what it was asked to do, by cell of the grid. */
  readonly cells: readonly Tally[];
  /** Nanoseconds of all its spans. */
  readonly spent: number;
}

/** Services of the range, and those seen in the day before it where the range reaches until now: they went silent. */
export async function readServices(
  session: QuerySession,
  range: Range,
  grid: Grid,
  where: readonly Fragment[],
  now: bigint,
): Promise<MeasuredService[]> {
  const recentFrom = range.to - RECENT > range.from ? range.to - RECENT : range.from;
  const [rows, before] = await Promise.all([
    session.rows(
      select({
        columns: {
          service: name('service_name'),
          isEntry: name('entry'),
          cell: sql`intDiv(toInt64(toUnixTimestamp(time)) * 1000000000 - ${bind.int(grid.start)}, ${bind.int(grid.step)})`,
          ...SUMS,
          recent_n: sql`sumIf(count, time >= toDateTime(${bind.uint((recentFrom / MINUTE) * 60n)}))`,
          recent_bad: sql`sumIf(errors, time >= toDateTime(${bind.uint((recentFrom / MINUTE) * 60n)}))`,
          seen: sql`toUnixTimestamp(max(time))`,
          places: sql`groupUniqArray(environment)`,
        },
        from: 'operations',
        where: [...withinMinutes(range), ...where],
        groupBy: [name('service'), name('isEntry'), name('cell')],
      }),
    ),
    readBefore(session, range, where, now),
  ]);
  const byService = new Map<string, Row[]>();
  for (const row of rows) {
    const key = textOf(row['service']);
    const list = byService.get(key);
    if (list) list.push(row);
    else byService.set(key, [row]);
  }
  for (const row of before) if (!byService.has(textOf(row['service']))) byService.set(textOf(row['service']), [row]);
  const seconds = secondsOf(coveredBy(range, now));
  const recentSeconds = secondsOf(coveredBy({ from: recentFrom, to: range.to }, now));
  return [...byService].map(([serviceName, all]) => {
    const counted = measured(all);
    const whole = new Tally();
    for (const row of counted) whole.add(row);
    const environments = new Set(all.flatMap((row) => textsOf(row['places'])).filter((one) => one !== ''));
    // The minute's end, for nothing finer is kept.
    const lastSeen = (BigInt(Math.max(...all.map((row) => numberOf(row['seen'])))) + 59n) * SECOND;
    return {
      figures: {
        name: serviceName,
        environments: [...environments].sort(),
        lastSeen: String(lastSeen),
        silent: decideSilent(lastSeen, range, now),
        ...whole.red(seconds),
        recent: {
          seconds: recentSeconds,
          requests: counted.reduce((sum, row) => sum + numberOf(row['recent_n']), 0),
          errors: counted.reduce((sum, row) => sum + numberOf(row['recent_bad']), 0),
        },
      },
      cells: tallyCells(counted, grid),
      spent: all.reduce((sum, row) => sum + numberOf(row['spent']), 0),
    };
  });
}

function toServiceRow({ figures, cells }: MeasuredService): ServiceRow {
  return {
    ...figures,
    series: {
      requests: cells.map((cell) => cell.requests),
      errors: cells.map((cell) => cell.errors),
      p95: cells.map((cell) => cell.quantile(0.95)),
    },
  };
}

/** Names only: a service that stopped before the range began would else be on no screen. */
async function readBefore(session: QuerySession, range: Range, where: readonly Fragment[], now: bigint) {
  if (range.to < now - MINUTE) return [];
  const from = range.to - BigInt(REMEMBERED_MS) * 1_000_000n;
  if (from >= range.from) return [];
  return session.rows(
    select({
      columns: {
        service: name('service_name'),
        isEntry: sql`max(entry)`,
        seen: sql`toUnixTimestamp(max(time))`,
        places: sql`groupUniqArray(environment)`,
      },
      from: 'operations',
      where: [...withinMinutes({ from, to: range.from }), ...where],
      groupBy: [name('service')],
    }),
  );
}
