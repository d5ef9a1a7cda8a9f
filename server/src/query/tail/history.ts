import type { TenantId } from '@hanok/contract';
import { isHanokError } from '#base';
import type { Budget } from '#store';
import { toLogRow } from '../decode/shapes.ts';
import { pageOfLogs } from '../logs/page-of-logs.ts';
import type { Queries } from '../queries.ts';
import type { QuerySession } from '../query-session.ts';
import type { Range } from '../range.ts';
import type { Line, Wanted } from './messages.ts';

/** Lines a tail begins with, and how long they may be together: they pass through the main thread. */
export const HISTORY: Wanted = { lines: 100, characters: 1 << 20 };
/** Bytes of an answer of the store; beyond it fewer lines are asked for. JSON escapes a character as six at most. */
const MOST_BYTES = 2 << 20;
const FEWER = [HISTORY.lines, 10, 1] as const;
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

/** What of a session asks for last lines. */
export const HISTORY_BUDGET: Budget = { resultBytes: MOST_BYTES };

/** The newest lines in the store. A tail is worth having without them, but not with a query that is refused. */
export async function storedLines(
  queries: Queries,
  session: QuerySession,
  query: string,
  signal: AbortSignal,
): Promise<Stored> {
  const tenant: TenantId = session.caller.tenant;
  try {
    const range = historyRange(queries.clock.nanos());
    const asked = await queries.asked(session, query, 'logs', range);
    const { rows, whole } = await page(async (limit) => {
      const { rows } = await pageOfLogs(session, {
        where: asked.where,
        range,
        direction: 'down',
        after: undefined,
        limit,
        rare: asked.rare,
        estimate: queries.windowEstimate(session, `tail ${query}`),
      });
      return rows;
    });
    await queries.around.load(
      session,
      rows.map(({ record }) => record),
    );
    const lines = rows.map(({ record, tie }): Line => {
      const row = toLogRow(record, queries.around, tenant, tie);
      return { time: record.timestamp, id: row.id, data: JSON.stringify(row) };
    });
    return { lines: lines.reverse(), whole: whole && !session.partial };
  } catch (error) {
    if (isHanokError(error) && error.code === 'query.syntax') throw error;
    if (isHanokError(error) || signal.aborted)
      queries.log.debug({ error: String(error) }, 'a live tail begins without its last lines');
    else queries.log.error({ error }, 'a live tail begins without its last lines');
    return { lines: [], whole: false };
  }
}

/** As many rows as fit: long ones are few. */
async function page<T>(
  read: (limit: number) => Promise<T[] | readonly T[]>,
): Promise<{ rows: readonly T[]; whole: boolean }> {
  for (const limit of FEWER) {
    try {
      return { rows: await read(limit), whole: limit === HISTORY.lines };
    } catch (error) {
      if (!isHanokError(error) || error.code !== 'store.rows') throw error;
    }
  }
  return { rows: [], whole: false };
}
