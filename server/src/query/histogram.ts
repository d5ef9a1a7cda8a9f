import { severity } from '@hanok/contract';
import { targetOf } from '@hanok/contract/query';
import { type Route, serve } from '#base';
import { bind, type Fragment, name, select, sql } from '#store';
import { labelOf } from './language/label.ts';
import type { Queries } from './queries.ts';
import { cellOf, pickGrid, within } from './range.ts';
import { numbersOf, textOf } from './rows.ts';

/** Series beside `other`. */
const MOST_SERIES = 9;
export const OTHER = 'other';

export function histogram(queries: Queries, signal: 'logs' | 'traces'): Route {
  return serve(`POST /api/v1/${signal}/histogram` as const, async (context) => {
    const { query, buckets, by } = context.input;
    const range = queries.range(context.input);
    const grid = pickGrid(range, buckets);
    const table = signal === 'logs' ? 'logs' : 'spans';
    const session = queries.session(context);
    const asked = await queries.asked(session, query, signal, range, by === undefined ? [] : [by]);
    const where = [...within(range), ...asked.where];

    let label: Fragment | undefined;
    let keys: readonly string[] = [];
    if (by !== undefined) {
      const value = labelOf(by, signal, asked.known);
      const target = targetOf(signal, by);
      if (target.source === 'field' && target.field.type === 'level') {
        keys = severity.options;
        label = value;
      } else {
        const top = await session.rows(
          select({
            columns: { v: value, n: sql`count()` },
            from: table,
            where,
            groupBy: [name('v')],
            orderBy: [sql`n DESC`, name('v')],
            limit: MOST_SERIES + 1,
          }),
        );
        keys = top.slice(0, MOST_SERIES).map((row) => textOf(row['v']));
        label = sql`if(has(${bind.strings(keys)}, ${value}), ${value}, ${bind.string(OTHER)})`;
      }
    }
    // Counted into cells within each group: grouping by cell and value at once costs twice as much.
    const perCell = sql`countResample(0, ${bind.uint(BigInt(grid.count))}, 1)(${cellOf(grid)})`;
    const rows = await session.rows(
      select({ columns: { v: label ?? sql`''`, n: perCell }, from: table, where, groupBy: [name('v')] }),
    );

    const series = new Map<string, number[]>();
    if (by === undefined) series.set('', new Array<number>(grid.count).fill(0));
    let total = 0;
    for (const row of rows) {
      const counts = numbersOf(row['n']);
      series.set(textOf(row['v']), counts);
      for (const count of counts) total += count;
    }
    const rank = (key: string): number => (keys.includes(key) ? keys.indexOf(key) : keys.length);
    return {
      start: String(grid.start),
      step: String(grid.step),
      series: [...series].map(([key, counts]) => ({ key, counts })).sort((a, b) => rank(a.key) - rank(b.key)),
      total,
      stats: session.stats(),
    };
  });
}
