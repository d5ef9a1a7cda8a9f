import type { LogServiceRow, OperationRow } from '@hanok/contract';
import { type Route, serve } from '#base';
import { bind, type Fragment, name, select, sql } from '#store';
import { KINDS } from '../language/columns.ts';
import type { Queries } from '../queries.ts';
import type { QuerySession } from '../query-session.ts';
import { cellOf, type Grid, pickGrid, type Range, within } from '../range.ts';
import { numberOf, type Row, textOf } from '../rows.ts';
import { readLogServices } from './log-services.ts';
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
  return serve('GET /api/v1/services/:service', async (context) => {
    const range = queries.range(context.input);
    const session = queries.session(context);
    const now = queries.clock.nanos();
    const covered = coveredBy(range, now);
    const where = [
      ...inEnvironment(context.input.environment),
      sql`service_name = ${bind.string(context.input.service)}`,
    ];
    const minutes = pickGrid(range, MOST_POINTS, MINUTE);
    const [[found], rows] = await Promise.all([
      readServices(session, range, minutes, where, now),
      readOperations(session, range, where),
    ]);
    const operations = operationsOf(rows, secondsOf(covered), found?.spent ?? 0);
    const spans = operations.reduce((sum, one) => sum + one.requests, 0);
    const finer = minutes.count < LEAST_POINTS && spans <= MOST_COUNTED;
    const grid = finer ? pickGrid(range, MOST_POINTS) : minutes;
    const seen = finer ? { from: range.from, to: now < range.to ? now : range.to } : covered;
    const cells = finer ? await countCells(session, range, grid, where) : (found?.cells ?? tallyCells([], grid));
    return {
      service: found?.figures ?? null,
      logs: found ? null : await readLogs(session, range, context.input, now),
      operations,
      series: seriesOf(cells),
      start: String(grid.start),
      step: String(grid.step),
      seriesFrom: String(seen.from),
      seriesTo: String(seen.to),
      coveredFrom: String(covered.from),
      coveredTo: String(covered.to),
      stats: session.stats(),
    };
  });
}

/** Points from the spans themselves, where the roll-up's minutes are too coarse. */
async function countCells(
  session: QuerySession,
  range: Range,
  grid: Grid,
  where: readonly Fragment[],
): Promise<readonly Tally[]> {
  const rows = await session.rows(
    select({
      columns: {
        isEntry: sql`toUInt8(kind IN (2, 5) OR parent_span_id = toFixedString('', 8))`,
        cell: cellOf(grid),
        ...SPAN_SUMS,
      },
      from: 'spans',
      where: [...within(range), ...where],
      groupBy: [name('isEntry'), name('cell')],
    }),
  );
  return tallyCells(measured(rows), grid);
}

async function readLogs(
  session: QuerySession,
  range: Range,
  { service, environment }: { readonly service: string; readonly environment?: string | undefined },
  now: bigint,
): Promise<LogServiceRow | null> {
  const [row] = await readLogServices(session, range, [service], inEnvironment(environment), now);
  return row ?? null;
}

function readOperations(session: QuerySession, range: Range, where: readonly Fragment[]): Promise<Row[]> {
  return session.rows(
    select({
      columns: { operation: name('name'), k: name('kind'), isEntry: name('entry'), ...SUMS },
      from: 'operations',
      where: [...withinMinutes(range), ...where],
      groupBy: [name('operation'), name('k'), name('isEntry')],
      orderBy: [sql`spent DESC`, name('operation')],
      limit: MOST_OPERATIONS,
    }),
  );
}

/** @param total nanoseconds of all the service's spans, of operations beyond the limit too. */
function operationsOf(rows: readonly Row[], seconds: number, total: number): OperationRow[] {
  return rows.map((row) => {
    const tally = new Tally();
    tally.add(row);
    return {
      name: textOf(row['operation']),
      kind: KINDS[numberOf(row['k'])] ?? 'unspecified',
      entry: numberOf(row['isEntry']) === 1,
      ...tally.red(seconds),
      timeShare: total === 0 ? 0 : numberOf(row['spent']) / total,
    };
  });
}
