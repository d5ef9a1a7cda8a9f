import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decideWait, fullBucket, promiseTurn, refill } from './bucket.ts';

const limits = { recordsPerSecond: 100, bytesPerSecond: 10_000, requestsPerSecond: 1_000, burstSeconds: 5 };

it('lets through at most the burst and the rate, whatever the pattern', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ pause: fc.integer({ min: 0, max: 3_000 }), records: fc.integer({ min: 1, max: 400 }) }), {
        minLength: 50,
        maxLength: 200,
      }),
      (steps) => {
        const bucket = fullBucket(limits, 0);
        let now = 0;
        let passed = 0;
        let last = 0;
        for (const { pause, records } of steps) {
          now += pause;
          refill(bucket, limits, now);
          if (decideWait(bucket, limits) > 0) continue;
          bucket.records -= records;
          passed += records;
          last = records;
        }
        // One request may go into debt by its own size.
        expect(passed).toBeLessThanOrEqual(limits.recordsPerSecond * (limits.burstSeconds + now / 1_000) + last + 1e-6);
      },
    ),
  );
});

it('says how long to wait, and is right', () => {
  const bucket = fullBucket(limits, 0);
  bucket.bytes -= 65_000;
  const wait = decideWait(bucket, limits);
  expect(wait).toBeCloseTo(1.5, 3);
  refill(bucket, limits, wait * 1_000 - 1);
  expect(decideWait(bucket, limits)).toBeGreaterThan(0);
  refill(bucket, limits, wait * 1_000 + 1);
  expect(decideWait(bucket, limits)).toBe(0);
});

it('tells those who are refused moments at which each of them comes in', () => {
  const bucket = fullBucket(limits, 0);
  bucket.records -= 700;
  const senders = Array.from({ length: 3 }, () => Math.ceil(promiseTurn(bucket, limits, 150, 1, 0)));
  // A debt of 200 records at 100 a second, then a second and a half for each of those before.
  expect(senders).toEqual([3, 4, 6]);
  for (const seconds of senders) {
    refill(bucket, limits, seconds * 1_000);
    expect(decideWait(bucket, limits), `after ${seconds} s`).toBe(0);
    bucket.records -= 150;
  }
});

it('promises no further than ten seconds ahead, whoever keeps asking', () => {
  const bucket = fullBucket(limits, 0);
  bucket.records -= 700;
  for (let n = 0; n < 1_000; n++) promiseTurn(bucket, limits, 400, 1, 0);
  expect(promiseTurn(bucket, limits, 1, 1, 0)).toBeCloseTo(2.01 + 10, 3);
  refill(bucket, limits, 20_000);
  bucket.records = 0;
  expect(promiseTurn(bucket, limits, 1, 1, 20_000)).toBeCloseTo(0.01, 3);
});

it('forgives a debt that would take hours', () => {
  const bucket = fullBucket(limits, 0);
  bucket.records -= 10_000_000;
  refill(bucket, limits, 1_000);
  expect(decideWait(bucket, limits)).toBeLessThanOrEqual(300);
});

it('is not fooled by a clock that stands or goes back', () => {
  const bucket = fullBucket(limits, 1_000);
  bucket.records = -50;
  refill(bucket, limits, 500);
  expect(bucket.records).toBe(-50);
});
