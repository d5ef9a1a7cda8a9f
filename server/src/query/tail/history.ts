import type { TenantId } from '@hanok/contract';
import { isHanokError } from '#base';
import { toLogRow } from '../decode/shapes.ts';
import { pageOfLogs } from '../logs/page-of-logs.ts';
import type { Queries } from '../queries.ts';
import type { QuerySession } from '../query-session.ts';
import type { Range } from '../range.ts';
import type { Line } from './messages.ts';

/** Lines a tail begins with. */
export const HISTORY = 100;
const SECOND = 1_000_000_000n;
/** How far back lines are looked for, and how far ahead: senders' clocks differ from ours. */
const BACK = 86_400n * SECOND;
const AHEAD = 300n * SECOND;

export function historyRange(now: bigint): Range {
  return { from: now > BACK ? now - BACK : 0n, to: now + AHEAD };
}

export interface Stored {
  readonly lines: readonly Line[];
  /** False when the store did not answer in time, or not wholly. */
  readonly whole: boolean;
}

/** The newest lines in the store. Never rejects: a tail is worth having without them. */
export async function storedLines(queries: Queries, session: QuerySession, query: string): Promise<Stored> {
  const tenant: TenantId = session.caller.tenant;
  try {
    const range = historyRange(queries.clock.nanos());
    const asked = await queries.asked(session, query, 'logs', range);
    const { rows } = await pageOfLogs(session, {
      where: asked.where,
      range,
      direction: 'down',
      after: undefined,
      limit: HISTORY,
      rare: asked.rare,
      estimate: queries.windowEstimate(session, `tail ${query}`),
    });
    await queries.around.load(
      session,
      rows.map(({ record }) => record),
    );
    const lines = rows.map(({ record, tie }): Line => {
      const row = toLogRow(record, queries.around, tenant, tie);
      return { time: record.timestamp, id: row.id, data: JSON.stringify(row) };
    });
    return { lines: lines.reverse(), whole: !session.partial };
  } catch (error) {
    if (isHanokError(error)) queries.log.debug({ error: String(error) }, 'a live tail begins without its last lines');
    else queries.log.error({ error }, 'a live tail begins without its last lines');
    return { lines: [], whole: false };
  }
}
