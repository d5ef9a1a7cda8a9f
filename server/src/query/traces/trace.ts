import { type Route, serve } from '#base';
import { type Budget, type Fragment, name, select, sql } from '#store';
import { SPAN_COLUMNS, spanFromRow } from '../decode/records.ts';
import { toSpan } from '../decode/shapes.ts';
import { fail } from '../errors.ts';
import { ofTrace, unhexed } from '../language/ids.ts';
import type { Queries } from '../queries.ts';
import type { QuerySession } from '../query-session.ts';
import { readInstant, within } from '../range.ts';
import { numberOf } from '../rows.ts';

/** Without what the question says already; each column costs the engine about a fifth of a millisecond. */
const { c_trace_id: _traceId, c_tenant: _tenant, ...TRACE_COLUMNS } = SPAN_COLUMNS;

/** A span may begin this long before or after the moment a link to its trace names. */
const SLACK = 3_600n * 1_000_000_000n;

/** Few rows of many columns: a second thread opens every column once more, a tenth to a fifth of the question's CPU. */
const ONE_THREAD: Budget = { threads: 1 };

export function trace(queries: Queries): Route {
  return serve('GET /api/v1/traces/:traceId', async (context) => {
    const { from, to, limit } = context.input;
    const traceId = context.input.traceId.toLowerCase();
    if (!/^[0-9a-f]{32}$/.test(traceId))
      throw fail('query.bad-id', 'a trace id has 32 hex digits', { at: 'traceId', fix: 'Send all 32 of them.' });
    const where: Fragment[] = [ofTrace(traceId)];
    if (from !== undefined && to !== undefined) {
      const range = { from: readInstant(from, 'from', queries.clock), to: readInstant(to, 'to', queries.clock) };
      if (range.from > range.to) throw fail('query.range', 'from is not before to', { at: 'from' });
      where.push(...within({ from: range.from > SLACK ? range.from - SLACK : 0n, to: range.to + SLACK }));
    } else where.push(inItsHours(traceId));
    const session = queries.session(context);
    const rows = await session.rows(
      select({
        columns: TRACE_COLUMNS,
        from: 'spans',
        where,
        orderBy: [name('timestamp'), name('span_id')],
        limit,
      }),
      ONE_THREAD,
    );
    // Counted only where the limit may have cut: nearly every trace is one question.
    const total = rows.length < limit ? rows.length : await countOf(session, where);
    const known = { c_trace_id: traceId, c_tenant: session.caller.tenant };
    const spans = rows.map((row) => spanFromRow({ ...row, ...known }));
    await queries.around.load(session, spans);
    return {
      traceId,
      spans: spans.map((span) => toSpan(span, queries.around, session.caller.tenant)),
      total,
      stats: session.stats(),
    };
  });
}

/** The key's own expression: of each part only these hours, and their filters on trace ids, are read. */
function inItsHours(traceId: string): Fragment {
  const hours = select({
    columns: { at: name('hour') },
    from: 'trace_hours',
    where: [sql`${name('trace_hash')} = toUInt32(cityHash64(${unhexed(traceId, 16)}))`],
  });
  return sql`toStartOfHour(timestamp) IN ${hours}`;
}

async function countOf(session: QuerySession, where: readonly Fragment[]): Promise<number> {
  const [count] = await session.rows(select({ columns: { n: sql`count()` }, from: 'spans', where }));
  return numberOf(count?.['n']);
}
