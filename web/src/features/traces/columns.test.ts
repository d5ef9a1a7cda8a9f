import { expect, it } from 'vitest';
import { barShare } from './columns.tsx';

it('draws a span that took twice as long twice as long', () => {
  expect(barShare(500, 1_000)).toBe(0.5);
  expect(barShare(250, 1_000)).toBe(0.25);
  expect(barShare(1_000, 1_000)).toBe(1);
  expect(barShare(-5, 1_000)).toBe(0);
  expect(barShare(0, 0)).toBe(0);
});
