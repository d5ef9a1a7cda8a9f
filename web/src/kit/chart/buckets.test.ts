import { describe, expect, it } from 'vitest';
import { ratePerBucket } from './buckets.ts';

describe('ratePerBucket', () => {
  const counted = { fromMs: 0, toMs: 600_000 };

  it('divides by the step', () => expect(ratePerBucket([60, 120], 0, 60_000, counted)).toEqual([1, 2]));

  it('divides the ends by what was counted of them', () => {
    expect(ratePerBucket([30, 60, 15], 0, 60_000, { fromMs: 30_000, toMs: 135_000 })).toEqual([1, 1, 1]);
  });

  it('says nothing of less than a tenth of a step', () => {
    expect(ratePerBucket([60, 1, 0], 0, 60_000, { fromMs: 0, toMs: 64_000 })).toEqual([1, null, null]);
  });
});
