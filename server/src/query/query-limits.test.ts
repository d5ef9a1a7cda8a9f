import { expect, it } from 'vitest';
import { within } from './query-limits.ts';

const limits = { queryMemoryBytes: 100, queryTimeMs: 1_000, queryRows: 10, queriesAtOnce: 1, tails: 1 };

it('gives a question what it wants itself, and no more than its tenant may', () => {
  expect(within({ timeMs: 10, memoryBytes: 1_000, threads: 1 }, limits)).toEqual({
    timeMs: 10,
    memoryBytes: 100,
    rowsToRead: 10,
    threads: 1,
  });
  expect(within({ timeMs: 10 }, undefined)).toEqual({ timeMs: 10 });
});
