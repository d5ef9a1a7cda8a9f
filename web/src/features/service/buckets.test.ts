import { describe, expect, it } from 'vitest';
import { ratePerBucket } from './buckets.ts';

describe('ratePerBucket', () => {
  it('divides the bucket that is still filling by what has passed of it', () => {
    expect(ratePerBucket([600, 600, 300], 0, 60_000, 150_000)).toEqual([10, 10, 10]);
  });
  it('says nothing of a bucket that has hardly begun', () => {
    expect(ratePerBucket([600, 3], 0, 60_000, 61_000)).toEqual([10, null]);
  });
  it('knows whole buckets of the past', () => {
    expect(ratePerBucket([0, 120], 0, 60_000, 9_000_000)).toEqual([0, 2]);
  });
});
