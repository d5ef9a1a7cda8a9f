import { expect, it } from 'vitest';
import { LOOKS, levelFor, rankTest } from './rank-test.ts';

/** A generator of its own (mulberry32), so that the test says the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
/** Answer times of a busy machine: 8 ms and some, now and then a hundred. */
const times = (next: () => number, more: number) => () =>
  8 + more - 2 * Math.log(1 - next()) + (next() < 0.03 ? 100 * next() : 0);
const sample = (draw: () => number, n: number) => Array.from({ length: n }, draw);

it('agrees with values worked out by hand', () => {
  // U = 3 of 25; mean 12.5, variance 25 × 11 / 12.
  const { z, p } = rankTest([1, 2, 3, 4, 9], [5, 6, 7, 8, 10]);
  expect(z).toBeCloseTo((4 - 12.5) / Math.sqrt((25 * 11) / 12), 6);
  expect(p).toBeCloseTo(0.0758, 3);
  expect(rankTest([1, 1, 1], [1, 1, 1])).toEqual({ z: 0, p: 1 });
});

it('takes honest pairs for oracles as seldom as is said, and finds an oracle of one millisecond', () => {
  const next = random(7);
  const level = levelFor(60);
  // 60 × level × (level / 2)² = 1 / 10,000
  expect(60 * level * (level / 2) ** (LOOKS - 1)).toBeCloseTo(1e-4, 9);
  let first = 0;
  for (let i = 0; i < 2_000; i++)
    if (rankTest(sample(times(next, 0), 200), sample(times(next, 0), 200)).p < level) first++;
  // Among 2,000 single looks; each has probability `level`, within four standard deviations.
  expect(first / 2_000).toBeLessThan(level + 4 * Math.sqrt((level * (1 - level)) / 2_000));
  let found = 0;
  for (let i = 0; i < 200; i++)
    if (rankTest(sample(times(next, 1), 200), sample(times(next, 0), 200)).p < level) found++;
  expect(found).toBeGreaterThan(180);
});
