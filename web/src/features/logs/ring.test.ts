import { describe, expect, it } from 'vitest';
import { Ring } from './ring.ts';
import { byTime } from './use-tail.ts';

it('keeps the newest', () => {
  const ring = new Ring<number>(3);
  expect(ring.newestFirst()).toEqual([]);
  ring.push([1, 2]);
  expect(ring.newestFirst()).toEqual([2, 1]);
  ring.push([3, 4, 5]);
  expect(ring.newestFirst()).toEqual([5, 4, 3]);
  ring.clear();
  expect(ring.size).toBe(0);
});

describe('byTime', () => {
  it('orders nanoseconds as numbers, whatever their length, and keeps equal ones as they came', () => {
    const rows = ['1790000000000000002', '999', '1790000000000000001', '999'].map((timestamp, i) => ({ timestamp, i }));
    expect(rows.sort(byTime).map((row) => row.i)).toEqual([1, 3, 2, 0]);
  });
});
