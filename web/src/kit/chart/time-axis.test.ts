import { expect, it } from 'vitest';
import { niceCeiling, timeTicks } from './time-axis.ts';

const from = Date.UTC(2026, 10, 21, 7, 3, 20);

it('puts labels on round moments and names the day at midnight', () => {
  expect(timeTicks(from, from + 3_600_000, 6, 'en', 'UTC').map((tick) => tick.label)).toEqual([
    '07:10',
    '07:20',
    '07:30',
    '07:40',
    '07:50',
    '08:00',
  ]);
  const night = timeTicks(Date.UTC(2026, 10, 21, 20), Date.UTC(2026, 10, 22, 4), 8, 'en', 'UTC').map(
    (tick) => tick.label,
  );
  expect(night).toContain('11/22');
});

it('is round in the viewer’s zone, not in UTC', () => {
  const labels = timeTicks(from, from + 4 * 86_400_000, 5, 'en', 'Asia/Seoul').map((tick) => tick.at);
  for (const at of labels) expect((at + 9 * 3_600_000) % 86_400_000).toBe(0);
});

it('gives nothing for an empty range', () => {
  expect(timeTicks(from, from, 5, 'en')).toEqual([]);
});

it.each([
  [0, 1],
  [1, 1],
  [3, 5],
  [17, 20],
  [5_001, 10_000],
])('niceCeiling(%d) is %d', (value, expected) => {
  expect(niceCeiling(value)).toBe(expected);
});
