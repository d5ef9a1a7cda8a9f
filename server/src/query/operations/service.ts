import {
  type OperationRow,
  type ServiceRow,
  type ServiceSeries,
  serviceRequest,
  serviceResponse,
} from '@hanok/contract';
import { z } from 'zod';
import { type Route, route } from '#base';
import { bind, type Fragment, name, select, sql } from '#store';
import { KINDS } from '../language/columns.ts';
import type { Queries } from '../queries.ts';
import type { QuerySession } from '../query-session.ts';
import { cellOf, type Grid, pickGrid, type Range, within } from '../range.ts';
import { numberOf, textOf } from '../rows.ts';
import { coveredBy, MINUTE, secondsOf, withinMinutes } from './minutes.ts';
import { inEnvironment, readServices } from './services.ts';
import { measured, SPAN_SUMS, SUMS, seriesOf, Tally, tallyCells } from './tally.ts';

/** Points of a chart: enough to see a shape, few enough to point at one. */
const LEAST_POINTS = 60;
const MOST_POINTS = 120;
/** Spans counted one by one for finer points than the roll-up's minutes: a quarter of a second on one core. */
const MOST_COUNTED = 2_000_000;
/** Operations shown, those that take most time first. */
const MOST_OPERATIONS = 500;

export function service(queries: Queries): Route {
  return route({
    method: 'GET',
    path: '/api/v1/services/:service',
    access: 'tenant',
    summary: 'One service: rate, errors and durations over time, and its operations',
    input: serviceRequest.extend({ service: z.string().min(1).max(1_024) }),
    output: serviceResponse,
    async handle(context) {
      const range = queries.range(context.input);
      const session = queries.session(context);
      const now = queries.clock.nanos();
      const covered = coveredBy(range, now);
      const where = [
        ...inEnvironment(context.input.environment),
        sql`service_name = ${bind.string(context.input.service)}`,
      ];
      const minutes = pickGrid(range, MOST_POINTS, MINUTE);
      const [found, operations] = await Promise.all([
        readServices(session, range, minutes, where, now),
        readOperations(session, range, where, secondsOf(covered)),
      ]);
      const row = found[0];
      const spans = operations.reduce((sum, one) => sum + one.requests, 0);
      const finer = minutes.count < LEAST_POINTS && spans <= MOST_COUNTED;
      const grid = finer ? pickGrid(range, MOST_POINTS) : minutes;
      const seen = finer ? { from: range.from, to: now < range.to ? now : range.to } : covered;
      return {
        service: row ? withoutSeries(row) : null,
        operations,
        series: await readSeries(session, range, grid, where, finer),
        start: String(grid.start),
        step: String(grid.step),
        seriesFrom: String(seen.from),
        seriesTo: String(seen.to),
        coveredFrom: String(covered.from),
        coveredTo: String(covered.to),
        stats: session.stats(),
      };
    },
  });
}

/** Its points are the answer's own. */
function withoutSeries({ series: _, ...figures }: ServiceRow): Omit<ServiceRow, 'series'> {
  return figures;
}

/** Points from the roll-up, or from the spans themselves where the roll-up's minutes are too coarse. */
async function readSeries(
  session: QuerySession,
  range: Range,
  grid: Grid,
  where: readonly Fragment[],
  fromSpans: boolean,
): Promise<ServiceSeries> {
  const rows = await session.rows(
    fromSpans
      ? select({
          columns: {
            isEntry: sql`toUInt8(kind IN (2, 5) OR parent_span_id = toFixedString('', 8))`,
            cell: cellOf(grid),
            ...SPAN_SUMS,
          },
          from: 'spans',
          where: [...within(range), ...where],
          groupBy: [name('isEntry'), name('cell')],
        })
      : select({
          columns: {
            isEntry: name('entry'),
            cell: sql`intDiv(toInt64(toUnixTimestamp(time)) * 1000000000 - ${bind.int(grid.start)}, ${bind.int(grid.step)})`,
            ...SUMS,
          },
          from: 'operations',
          where: [...withinMinutes(range), ...where],
          groupBy: [name('isEntry'), name('cell')],
        }),
  );
  return seriesOf(tallyCells(measured(rows), grid));
}

async function readOperations(
  session: QuerySession,
  range: Range,
  where: readonly Fragment[],
  seconds: number,
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
      ...tally.red(seconds),
      timeShare: total === 0 ? 0 : numberOf(row['time_spent']) / total,
    };
  });
}
