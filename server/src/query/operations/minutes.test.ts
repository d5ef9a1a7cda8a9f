import { describe, expect, it } from 'vitest';
import { coveredBy, MINUTE, secondsOf } from './minutes.ts';

const at = (minutes: number) => BigInt(Math.round(minutes * 60)) * 1_000_000_000n;

describe('coveredBy', () => {
  it.each([
    // A range that begins and ends within minutes counts both of them whole.
    [10.5, 15.5, 100, 10, 16],
    // What has not come yet is not covered.
    [10.5, 15.5, 15.5, 10, 15.5],
    [10, 15, 15, 10, 15],
    [10, 15, 12.25, 10, 12.25],
    // A range of the future covers nothing.
    [20, 25, 12, 20, 20],
  ])('%d to %d at %d is %d to %d', (from, to, now, coveredFrom, coveredTo) => {
    expect(coveredBy({ from: at(from), to: at(to) }, at(now))).toEqual({ from: at(coveredFrom), to: at(coveredTo) });
  });

  it('makes a steady rate the same rate, whatever second it is asked at', () => {
    for (let second = 0; second < 60; second++) {
      const now = at(100) + BigInt(second) * 1_000_000_000n;
      const covered = coveredBy({ from: now - 5n * MINUTE, to: now }, now);
      // One request a second, counted by minutes that begin at or after the covered beginning.
      expect(Number(now / 1_000_000_000n - covered.from / 1_000_000_000n) / secondsOf(covered)).toBe(1);
    }
  });
});
