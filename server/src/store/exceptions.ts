import type { ErrorDetail, HanokError } from '#base';
import { StoreException, StoreUnreachable } from './clickhouse.ts';
import { fail } from './errors.ts';

/** What a statement was run with; named to whoever ran into it. */
export interface EngineLimits {
  readonly timeMs: number;
  readonly memoryBytes: number;
  readonly resultBytes: number;
}

interface Meaning {
  readonly code: Parameters<typeof fail>[0];
  readonly reason: string;
  readonly message: string;
  /** Which of the limits it ran into. */
  readonly names?: keyof EngineLimits;
}

const TIME: Meaning = {
  code: 'store.timeout',
  reason: 'time',
  message: 'the query takes longer than it may',
  names: 'timeMs',
};
const MEMORY: Meaning = {
  code: 'store.memory',
  reason: 'memory',
  message: 'the query needs more memory than it may have',
  names: 'memoryBytes',
};
const RESULT: Meaning = {
  code: 'store.rows',
  reason: 'result-size',
  message: 'the answer is longer than one may be',
  names: 'resultBytes',
};
const READS: Meaning = { code: 'store.rows', reason: 'rows-to-read', message: 'the query reads more rows than it may' };
const LARGE: Meaning = {
  code: 'store.too-large',
  reason: 'too-large',
  message: 'the query is too large for the store',
};
const BUSY: Meaning = { code: 'store.busy', reason: 'busy', message: 'the store is busy with other queries' };
const UNWELL: Meaning = { code: 'store.unavailable', reason: 'unwell', message: 'the store cannot answer at present' };
const GONE: Meaning = { code: 'store.cancelled', reason: 'cancelled', message: 'the query was cancelled' };
const REFUSED: Meaning = { code: 'store.refused', reason: 'refused', message: 'the store could not run the query' };

/** ClickHouse's exception codes, https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  // Too many rows to read; rows or bytes of an answer beyond the limit are 396.
  158: READS,
  307: READS,
  396: RESULT,
  159: TIME,
  160: TIME,
  // Cancelled, and not by whoever asked, who is told before this is looked at: one thread failed and took the others along.
  394: REFUSED,
  202: BUSY,
  439: BUSY,
  // Too deep, too big or too long for the parser, or for its stack.
  167: LARGE,
  168: LARGE,
  306: LARGE,
  // Files that cannot be read, written or opened, a disk without room, memory that the system does not give, an
  // exception that is not the engine's own (bad_alloc is one): the store is unwell, the question is not at fault.
  74: UNWELL,
  75: UNWELL,
  76: UNWELL,
  173: UNWELL,
  243: UNWELL,
  1000: UNWELL,
  1001: UNWELL,
  1002: UNWELL,
  // Aborted, shutting down, cannot connect, network, read-only: it comes back.
  209: UNWELL,
  210: UNWELL,
  236: UNWELL,
  242: UNWELL,
  279: UNWELL,
};

const MEMORY_LIMIT_EXCEEDED = 241;
const SYNTAX_ERROR = 62;

function meaningOf(error: StoreException): Meaning {
  const { exceptionCode: code, message } = error;
  // One code for a query beyond its own budget, which is the caller's, and for an engine beyond what it may use in all,
  // which passes when others are done. Only the text tells them apart.
  if (code === MEMORY_LIMIT_EXCEEDED) return /\(total\) memory limit exceeded/.test(message) ? BUSY : MEMORY;
  // And one for text that is no SQL and for text that is too long.
  if (code === SYNTAX_ERROR && /Max query size exceeded|a statement longer than/.test(message)) return LARGE;
  return MEANINGS[code] ?? REFUSED;
}

/**
 * What a failed statement means to our callers, in our words. The engine's own text, which names tables, settings and
 * whatever it had in hand, is the error's cause: for the log, never for an answer.
 */
export function storeError(error: unknown, limits?: EngineLimits, detail: ErrorDetail = {}): HanokError {
  if (error instanceof StoreException) {
    const { code, reason, message, names } = meaningOf(error);
    const values = limits && names ? { values: { [names]: limits[names] } } : {};
    return fail(code, message, { cause: error, reason, ...values, ...detail });
  }
  if (error instanceof StoreUnreachable) {
    const message = 'the store does not answer';
    return fail('store.unavailable', message, { cause: error, reason: 'no-answer', retryAfter: 2, ...detail });
  }
  if (error instanceof Error && error.name === 'AbortError')
    return fail('store.cancelled', GONE.message, { cause: error, reason: GONE.reason, ...detail });
  return fail('store.refused', REFUSED.message, { cause: error, reason: REFUSED.reason, ...detail });
}
