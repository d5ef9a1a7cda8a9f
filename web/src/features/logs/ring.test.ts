import { expect, it } from 'vitest';
import { Ring } from './ring.ts';

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
