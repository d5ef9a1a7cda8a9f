import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../config.ts';
import { HalfSipHash } from './half-sip-hash.ts';
import { cardinalityLimits, Ledger } from './ledger.ts';
import { FULL, KNOWN, NEW, planSet, SharedSet } from './shared-set.ts';

const NOTHING = new DataView(new ArrayBuffer(0));
const hash = new HalfSipHash(7, 9);
function hashOf(i: number): readonly [number, number] {
  hash.begin();
  hash.word(i);
  hash.finish(NOTHING, 0, 0);
  return [hash.low, hash.high];
}
function open(limit: number) {
  const plan = planSet(limit);
  return new SharedSet(new Int32Array(new SharedArrayBuffer(plan.words * 4)), plan);
}

it.each([1, 10, 1_024, 1_025, 5_000, 100_000])('admits %d and no more, and never forgets one', (limit) => {
  const set = open(limit);
  let passed = 0;
  for (let i = 0; i < limit * 2; i++) if (set.admit(...hashOf(i)) === KNOWN) passed++;
  expect(set.count).toBe(limit);
  // Taken for known without having been there: a handful in a million.
  expect(passed).toBeLessThanOrEqual(3);
  let known = 0;
  for (let i = 0; i < limit; i++) if (set.admit(...hashOf(i)) === KNOWN) known++;
  expect(known).toBe(limit);
  expect([KNOWN, FULL]).toContain(set.admit(...hashOf(limit * 3)));
});

it('tells new ones from known ones', () => {
  const set = open(100);
  expect([set.admit(...hashOf(1)), set.admit(...hashOf(1)), set.has(...hashOf(1)), set.has(...hashOf(2))]).toEqual([
    NEW,
    KNOWN,
    true,
    false,
  ]);
});

it('keeps one limit for several threads, each entry once', { timeout: 60_000 }, async () => {
  const limits = { ...cardinalityLimits(DEFAULT_LIMITS), metrics: 20_000 };
  const ledger = Ledger.make(limits, 20_000, [1, 2]);
  const code = `
    import { workerData } from 'node:worker_threads';
    import { Ledger } from ${JSON.stringify(new URL('./ledger.ts', import.meta.url).href)};
    import { HalfSipHash } from ${JSON.stringify(new URL('./half-sip-hash.ts', import.meta.url).href)};
    const ledger = new Ledger(workerData.buffer);
    const hash = new HalfSipHash(...ledger.key);
    // Every thread brings the same 15,000 and 5,000 of its own: 30,000 in all.
    for (let i = 0; i < 20_000; i++) {
      hash.begin();
      hash.word(i < 15_000 ? i : i + workerData.thread * 1_000_000);
      hash.finish(new DataView(new ArrayBuffer(0)), 0, 0);
      ledger.admits(1, hash.low, hash.high);
    }`;
  await Promise.all(
    [1, 2, 3].map(
      (thread) =>
        new Promise<void>((resolve, reject) => {
          const source = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
          const worker = new Worker(source, { workerData: { buffer: ledger.buffer, thread } });
          worker.on('error', reject);
          worker.on('exit', () => resolve());
        }),
    ),
  );
  expect(ledger.count('metrics')).toBe(20_000);
  const own = new HalfSipHash(...ledger.key);
  let known = 0;
  for (let i = 0; i < 15_000; i++) {
    own.begin();
    own.word(i);
    own.finish(NOTHING, 0, 0);
    if (ledger.admits(1, own.low, own.high)) known++;
  }
  // The threads race for the last places; what they share came first in each of them.
  expect(known).toBeGreaterThan(14_900);
});

it('counts operations of each service by itself, and of all together', () => {
  const ledger = Ledger.make({ ...cardinalityLimits(DEFAULT_LIMITS), perService: 10, operations: 25 }, 1, [1, 2]);
  const admitted = [1, 2, 3].map(
    (service) =>
      Array.from({ length: 20 }, (_, i) => hashOf(service * 1_000 + i)).filter(([a, b]) =>
        ledger.admitsOperation(service, a, b),
      ).length,
  );
  expect(admitted).toEqual([10, 10, 5]);
  expect(ledger.admitsOperation(1, ...hashOf(1_003))).toBe(true);
});

it('opens what another thread made, limits, day and key included', () => {
  const limits = cardinalityLimits(DEFAULT_LIMITS);
  const made = Ledger.make(limits, 20_123, [4_000_000_000, 5]);
  made.admits(0, 1, 2);
  const opened = new Ledger(made.buffer);
  expect([opened.day, opened.changes, opened.count('services'), opened.hasLimits(limits)]).toEqual([
    20_123,
    1,
    1,
    true,
  ]);
  expect(opened.hasLimits({ ...limits, scopes: 1 })).toBe(false);
  expect(opened.key.map((word) => word >>> 0)).toEqual([4_000_000_000, 5]);
});
