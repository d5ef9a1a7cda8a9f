import { describe, expect, it } from 'vitest';
import { parseInstant } from './time.ts';

const now = 1_790_000_000_000_000_000n;

describe('parseInstant', () => {
  it.each([
    ['now', now],
    ['now-15m', now - 900_000_000_000n],
    ['now + 2h', now + 7_200_000_000_000n],
    ['1790000000', 1_790_000_000_000_000_000n],
    ['1790000000123', 1_790_000_000_123_000_000n],
    ['1790000000123456', 1_790_000_000_123_456_000n],
    ['1790000000123456789', 1_790_000_000_123_456_789n],
    ['2026-11-21T08:00:00Z', 1_795_248_000_000_000_000n],
    ['2026-11-21T17:00:00.000000001+09:00', 1_795_248_000_000_000_001n],
    ['2026-11-21', 1_795_219_200_000_000_000n],
  ])('%s', (text, expected) => {
    expect(parseInstant(text, now)).toBe(expected);
  });

  it.each(['', 'yesterday', 'now-15x', '-5', '12.5', '2026-13-45T00:00:00Z'])('refuses %j', (text) => {
    expect(parseInstant(text, now)).toBeUndefined();
  });
});
