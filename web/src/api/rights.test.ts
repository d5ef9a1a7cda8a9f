import { describe, expect, it } from 'vitest';
import { waitUntil } from './rights.ts';

describe('the end of an access', () => {
  const ns = (ms: number) => `${ms}000000`;
  it('is looked for right after it', () => {
    expect(waitUntil(ns(1_700_000_060_000), 1_700_000_000_000)).toBe(60_250);
  });
  it('is asked for again after a while where the clock of the browser is ahead', () => {
    expect(waitUntil(ns(1_700_000_000_000), 1_700_000_500_000)).toBe(2_000);
  });
  it('fits a timer', () => {
    expect(waitUntil(ns(1_900_000_000_000), 0)).toBe(2_147_483_647);
  });
});
