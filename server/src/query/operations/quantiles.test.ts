import { describe, expect, it } from 'vitest';
import { DurationBuckets } from './quantiles.ts';

const MILLI = 1e6;

function bucketsOf(durations: readonly number[]): DurationBuckets {
  const buckets = new DurationBuckets();
  for (const nanos of durations) buckets.add([Math.floor(8 * Math.log2(nanos))], [1]);
  return buckets;
}

/** Within the half of a bucket that its middle is away from its ends. */
const expectNear = (actual: number, nanos: number): void => {
  expect(Math.abs(actual / nanos - 1)).toBeLessThan(0.045);
};

describe('quantiles of durations', () => {
  it('are of the nearest rank: the longer of two is their p95 and p99, the shorter their median', () => {
    const two = bucketsOf([1 * MILLI, 4 * MILLI]);
    expectNear(two.quantile(0.5), 1 * MILLI);
    expectNear(two.quantile(0.95), 4 * MILLI);
    expectNear(two.quantile(0.99), 4 * MILLI);
  });

  it.each([
    [1, 0.5, 1],
    [1, 0.99, 1],
    [3, 0.5, 2],
    [19, 0.95, 19],
    [20, 0.95, 19],
    [21, 0.95, 20],
    [100, 0.07, 7],
    [100, 0.99, 99],
    [101, 0.99, 100],
  ])('of %i durations at %f are the duration of rank %i', (count, q, rank) => {
    const durations = Array.from({ length: count }, (_, i) => 1.2 ** i * 1_000);
    expectNear(bucketsOf(durations).quantile(q), durations[rank - 1]!);
  });

  it('of nothing are zero', () => {
    expect(new DurationBuckets().quantile(0.99)).toBe(0);
  });
});
