import { type Route, serve } from '#base';
import { type Fragment, sql } from '#store';
import { cursorScope, readCursor, writeCursor } from '../cursor.ts';
import { SPAN_ROW_COLUMNS, spanFromRow } from '../decode/records.ts';
import { SPAN_HASH, toSpanRow } from '../decode/shapes.ts';
import { readPage } from '../page.ts';
import type { Queries } from '../queries.ts';
import { bigOf } from '../rows.ts';

export type View = 'spans' | 'roots' | 'entries';

export function inView(view: View): Fragment[] {
  if (view === 'spans') return [];
  const root = sql`parent_span_id = toFixedString('', 8)`;
  return [view === 'roots' ? root : sql`(kind IN (2, 5) OR ${root})`];
}

export function tracesSearch(queries: Queries): Route {
  return serve('POST /api/v1/traces/search', async (context) => {
    const { query, limit, order, view, cursor } = context.input;
    const scope = cursorScope('traces', query, order, view);
    const session = queries.session(context);
    const range = queries.range(context.input);
    const { where, rare } = await queries.asked(session, query, 'traces', range);
    const page = await readPage(session, {
      table: 'spans',
      columns: { ...SPAN_ROW_COLUMNS, page_tie: SPAN_HASH },
      tie: SPAN_HASH,
      decode: spanFromRow,
      tieOf: (_span, row) => bigOf(row['page_tie']),
      rare,
      estimate: queries.windowEstimate(session, scope),
      where: [...inView(view), ...where],
      range,
      order: { by: order === 'slowest' ? 'duration' : 'time', direction: order === 'oldest' ? 'up' : 'down' },
      after: cursor === undefined ? undefined : readCursor(cursor, scope),
      limit,
    });
    return {
      rows: page.rows.map(({ record }) => toSpanRow(record)),
      cursor: page.next ? writeCursor(page.next, scope) : null,
      stats: session.stats(),
    };
  });
}
