import { afterAll, beforeAll, expect, it } from 'vitest';
import { isHanokError } from '#base';
import { openTestInstance, TENANT_A, type TestInstance } from './testkit/instance.ts';

let instance: TestInstance;
beforeAll(async () => {
  instance = await openTestInstance();
});
afterAll(() => instance.close());

/** Every one valid, as long as the language lets it be, and dear to plan in a way of its own. */
const many = (count: number, part: (i: number) => string, between = ' ') =>
  Array.from({ length: count }, (_, i) => part(i)).join(between);
const LONG: Readonly<Record<string, string>> = {
  'words that must not be there': many(255, (i) => `-w${i}`),
  'alternatives of any field': many(255, (i) => `a${i}:b`, ' OR '),
  'phrases of Hangul': many(255, (i) => `"가 나${i}"`),
  'events’ attributes': many(255, (i) => `exception.x${i}:>${i}`),
  'one very long phrase': `"${'가'.repeat(16_300)}"`,
  'one very long run of signs': `a:"${'\\\\*('.repeat(4_000)}"`,
};
const ask = async (signal: string, query: string): Promise<unknown> =>
  instance.call(TENANT_A, 'POST', `/api/v1/${signal}/histogram`, { from: 'now-1h', to: 'now', query }).then(
    () => undefined,
    (error: unknown) => error,
  );

it.each(
  Object.entries(LONG).flatMap(([what, query]) => ['logs', 'traces'].map((signal) => [what, signal, query] as const)),
)(
  '%s in %s: answered, or refused with the limit named, before the engine plans it',
  { timeout: 60_000 },
  async (_, signal, query) => {
    const error = await ask(signal, query);
    if (error === undefined) return;
    if (!isHanokError(error)) throw error;
    expect(error).toMatchObject({ status: 400 });
    expect(error.reason).toBeDefined();
    if (error.code === 'store.too-large') expect(error.values?.['most']).toBeGreaterThan(0);
  },
);

it('says which limit, in words and as values', async () => {
  expect(await ask('traces', LONG['words that must not be there']!)).toMatchObject({
    code: 'store.too-large',
    status: 400,
    reason: 'steps',
    values: { most: 2_000 },
  });
});

it('the longest that are let in are planned in time, and others are answered meanwhile', {
  timeout: 60_000,
}, async () => {
  const heavy = ask(
    'traces',
    // Each looks into events two ways: 116 steps of 2,000.
    many(16, (i) => `exception.x${i}:>${i}`),
  );
  const began = performance.now();
  expect(await ask('logs', 'quick')).toBeUndefined();
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(await heavy).toBeUndefined();
});
