import { expect, it } from 'vitest';
import { handleStores } from './handle-stores.ts';

it('keeps handles for the pool, the engines that may be awake, and a few for journals of the others', () => {
  expect(handleStores(0, 8)).toBe(1);
  expect(handleStores(1, 8)).toBe(1);
  expect(handleStores(2, 8)).toBe(2);
  expect(handleStores(9, 8)).toBe(9);
  expect(handleStores(51, 8)).toBe(15);
  expect(handleStores(5_001, 8)).toBe(633);
});
