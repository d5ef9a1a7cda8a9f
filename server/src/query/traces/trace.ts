import { traceRequest, traceResponse } from '@hanok/contract';
import { z } from 'zod';
import { type Route, route } from '#base';
import { name, select, sql } from '#store';
import { SPAN_COLUMNS, spanFromRow } from '../decode/records.ts';
import { toSpan } from '../decode/shapes.ts';
import { fail } from '../errors.ts';
import { unhexed } from '../language/compile.ts';
import { readInstant, within } from '../range.ts';
import type { Room } from '../room.ts';
import { numberOf } from '../rows.ts';

/** A span may begin this long before or after the moment a link to its trace names. */
const SLACK = 3_600n * 1_000_000_000n;

export function trace(room: Room): Route {
  return route({
    method: 'GET',
    path: '/api/v1/traces/:traceId',
    access: 'tenant',
    summary: 'All spans of one trace, in start order',
    input: traceRequest.extend({ traceId: z.string().max(64) }),
    output: traceResponse,
    async handle(context) {
      const { from, to, limit } = context.input;
      const traceId = context.input.traceId.toLowerCase();
      if (!/^[0-9a-f]{32}$/.test(traceId))
        throw fail('query.bad-id', 'a trace id has 32 hex digits', { at: 'traceId', fix: 'Send all 32 of them.' });
      const where = [sql`${name('trace_id')} = ${unhexed(traceId, 16)}`];
      if (from !== undefined && to !== undefined) {
        const range = { from: readInstant(from, 'from', room.clock), to: readInstant(to, 'to', room.clock) };
        if (range.from > range.to) throw fail('query.range', 'from is not before to', { at: 'from' });
        where.push(...within({ from: range.from > SLACK ? range.from - SLACK : 0n, to: range.to + SLACK }));
      }
      const ask = room.ask(context);
      const [count] = await ask.rows(select({ columns: { n: sql`count()` }, from: 'spans', where }));
      const total = numberOf(count?.['n']);
      const rows =
        total === 0
          ? []
          : await ask.rows(
              select({
                columns: SPAN_COLUMNS,
                from: 'spans',
                where,
                orderBy: [name('timestamp'), name('span_id')],
                limit,
              }),
            );
      const spans = rows.map(spanFromRow);
      await room.around.load(ask, spans);
      return {
        traceId,
        spans: spans.map((span) => toSpan(span, room.around, ask.caller.tenant)),
        total,
        stats: ask.stats(),
      };
    },
  });
}
