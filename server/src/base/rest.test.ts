import { expect, it } from 'vitest';
import { decideRest, RESTED, type Rest } from './rest.ts';

const after = (utilizations: readonly number[]) => {
  let rest: Rest = RESTED;
  return utilizations.map((one) => {
    const next = decideRest(rest, one);
    rest = next;
    return next.collect;
  });
};

it('collects once after work, when the second quiet interval ends', () => {
  expect(after([0.6, 0.01, 0.02, 0, 0, 0])).toEqual([false, false, true, false, false, false]);
});

it('leaves a process alone that never worked, or never rests', () => {
  expect(after([0, 0, 0, 0])).not.toContain(true);
  expect(after([0.3, 0.02, 0.4, 0.01, 0.2, 0.01])).not.toContain(true);
});
