import { describe, expect, it } from 'vitest';
import { decideState, liveInterval, widerRangeWith } from './decide.ts';

const calm = { fault: false, failed: false, pending: false, rows: 3, live: false };

describe('decideState', () => {
  it.each([
    [{ ...calm }, 'rows'],
    [{ ...calm, rows: 0 }, 'nothing'],
    [{ ...calm, pending: true, rows: 0 }, 'loading'],
    [{ ...calm, failed: true }, 'failed'],
    [{ ...calm, fault: true, failed: true, rows: 0 }, 'fault'],
    [{ ...calm, live: true, rows: 0 }, 'rows'],
    [{ ...calm, live: true, fault: true }, 'fault'],
  ] as const)('%o shows %s', (seen, state) => {
    expect(decideState(seen)).toBe(state);
  });
});

it('asks again while live, the seldomer the more it costs', () => {
  expect(liveInterval(false, 10)).toBe(false);
  expect(liveInterval(true, undefined)).toBe(5_000);
  expect(liveInterval(true, 40)).toBe(5_000);
  expect(liveInterval(true, 2_000)).toBe(40_000);
});

describe('widerRangeWith', () => {
  const now = Date.UTC(2026, 10, 21);
  const hours = (count: number) => now - count * 3_600_000;

  it.each([
    [hours(2), hours(1), 'now-6h'],
    [hours(30), hours(1), 'now-7d'],
    // Before now but after a range of the past that was asked: the range asked stays in it.
    [hours(3), hours(20), 'now-24h'],
    [hours(24 * 200), hours(1), undefined],
  ])('holds what is nearest', (at, from, wider) => {
    expect(widerRangeWith(at, from, now)).toBe(wider);
  });
});
