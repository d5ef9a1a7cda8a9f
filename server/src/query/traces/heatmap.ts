import { type Route, serve } from '#base';
import { name, select, sql } from '#store';
import type { Queries } from '../queries.ts';
import { cellOf, pickGrid, within } from '../range.ts';
import { numberOf } from '../rows.ts';
import { inView } from './search.ts';

/** Rows per doubling of the duration as counted by the store; neighbours are joined until at most `MOST_ROWS` remain. */
const PER_OCTAVE = 8;
const MOST_ROWS = 48;

/** Latency over time from the spans themselves, rows spaced by the logarithm of the duration. */
export function heatmap(queries: Queries): Route {
  return serve('POST /api/v1/traces/heatmap', async (context) => {
    const { query, view, columns } = context.input;
    const range = queries.range(context.input);
    const grid = pickGrid(range, columns);
    const session = queries.session(context);
    const { where } = await queries.asked(session, query, 'traces', range);
    const rows = await session.rows(
      select({
        columns: {
          cell: cellOf(grid),
          // A negative duration (the clock went back) counts as the shortest.
          band: sql`toInt32(floor(8 * log2(greatest(duration, 1))))`,
          n: sql`count()`,
          bad: sql`countIf(status_code = 2)`,
        },
        from: 'spans',
        where: [...within(range), ...inView(view), ...where],
        groupBy: [name('cell'), name('band')],
      }),
    );
    const bands = rows.map((row) => numberOf(row['band']));
    const base = { start: String(grid.start), step: String(grid.step) };
    if (bands.length === 0) return { ...base, bounds: [], counts: [], errors: [], stats: session.stats() };
    const least = bands.reduce((a, b) => Math.min(a, b));
    const most = bands.reduce((a, b) => Math.max(a, b));
    let width = 1;
    while (Math.floor(most / width) - Math.floor(least / width) + 1 > MOST_ROWS) width *= 2;
    const first = Math.floor(least / width);
    const height = Math.floor(most / width) - first + 1;
    const matrix = () => Array.from({ length: height }, () => new Array<number>(grid.count).fill(0));
    const counts = matrix();
    const errors = matrix();
    for (const row of rows) {
      const at = Math.floor(numberOf(row['band']) / width) - first;
      const cell = numberOf(row['cell']);
      counts[at]![cell]! += numberOf(row['n']);
      errors[at]![cell]! += numberOf(row['bad']);
    }
    return {
      ...base,
      bounds: Array.from({ length: height + 1 }, (_, i) => 2 ** (((first + i) * width) / PER_OCTAVE)),
      counts,
      errors,
      stats: session.stats(),
    };
  });
}
