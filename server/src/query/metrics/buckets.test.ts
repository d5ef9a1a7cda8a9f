import { describe, expect, it } from 'vitest';
import { Buckets } from './buckets.ts';

const BOUNDS = [5, 10, 25];

function bucketsOf(...counts: readonly number[]): Buckets {
  const buckets = new Buckets();
  buckets.addExplicit(BOUNDS, counts);
  return buckets;
}

describe('quantiles of buckets', () => {
  it('are the finite end of an open interval whose other end is unknown', () => {
    expect(bucketsOf(0, 0, 0, 10).quantile(0.5)).toBe(25);
    expect(bucketsOf(10, 0, 0, 0).quantile(0.5)).toBe(2.5);
  });

  it('take the largest value as the end of the last interval, and the smallest as the beginning of the first', () => {
    expect(bucketsOf(0, 0, 0, 10).quantile(0.5, 5, 125)).toBe(75);
    expect(bucketsOf(10, 0, 0, 0).quantile(0.5, -3, 30)).toBe(1);
    expect(bucketsOf(0, 0, 0, 10).quantile(0.5, 900, 900)).toBe(900);
    expect(bucketsOf(10, 0, 0, 0).quantile(0.99, 1, 3)).toBeCloseTo(2.98);
  });

  it('are never outside the extremes', () => {
    expect(bucketsOf(0, 0, 10, 0).quantile(0.99, 11, 12)).toBe(12);
    expect(bucketsOf(0, 0, 10, 0).quantile(0.01, 24, 25)).toBe(24);
  });

  it('do not follow extremes that contradict each other', () => {
    expect(bucketsOf(0, 0, 10, 0).quantile(0.5, 30, 2)).toBe(17.5);
  });
});
