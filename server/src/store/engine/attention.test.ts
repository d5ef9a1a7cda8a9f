import { expect, it } from 'vitest';
import { Attention } from './attention.ts';

const stay = new AbortController().signal;
const standStill = (ms: number) => {
  for (const until = performance.now() + ms; performance.now() < until; );
};

it('counts a wait that our own work drew out as little more than was meant', async () => {
  const attention = new Attention();
  const waited = attention.wait(20, stay);
  standStill(900);
  await waited;
  expect(attention.now).toBeLessThanOrEqual(20 + 250);
  expect(attention.now).toBeGreaterThanOrEqual(19);
});

it('gives an answer the time that was attended, and no longer', async () => {
  const attention = new Attention();
  const late = new Promise<'late'>((resolve) => setTimeout(resolve, 1_500, 'late'));
  const heard = attention.within(1_200, late);
  standStill(1_300);
  expect(await heard).toBe('late');
  expect(await attention.within(60, new Promise<'never'>(() => undefined))).toBeUndefined();
});

it('gives an answer at once', async () => {
  const attention = new Attention();
  expect(await attention.within(60_000, Promise.resolve('well'))).toBe('well');
  expect(attention.now).toBeLessThan(1_000);
});
