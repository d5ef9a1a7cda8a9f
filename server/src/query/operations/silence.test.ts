import { expect, it } from 'vitest';
import { decideSilent } from './silence.ts';

const MINUTE = 60_000_000_000n;
const NOW = 1_000n * MINUTE;
const range = (to: bigint) => ({ from: NOW - 60n * MINUTE, to });

it.each([
  ['seen this minute', NOW + MINUTE / 2n, NOW, false],
  ['seen five minutes ago', NOW - 5n * MINUTE, NOW, false],
  ['seen six minutes ago', NOW - 6n * MINUTE, NOW, true],
  ['a browser whose clock is 40 s behind', NOW - 6n * MINUTE, NOW - 40_000_000_000n, true],
  ['a range of the past', NOW - 50n * MINUTE, NOW - 30n * MINUTE, false],
])('%s', (_, lastSeen, to, silent) => {
  expect(decideSilent(lastSeen, range(to), NOW)).toBe(silent);
});
