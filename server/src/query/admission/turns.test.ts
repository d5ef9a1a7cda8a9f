import type { TenantId } from '@hanok/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Meter } from '#base';
import { Debts } from './debts.ts';
import { decideTurn, type Standing } from './decide.ts';
import { type Turn, Turns } from './turns.ts';

const LOUD = 'loud' as TenantId;
const QUIET = 'quiet' as TenantId;
const LIMITS = { atOnce: 4, yieldingAtOnce: 1 };
const idle: Standing = {
  debt: 0,
  fairShare: 0,
  contended: false,
  running: 0,
  allowed: 64,
  runningInEngine: 0,
  yieldingInAll: 0,
};

function instance(limits: Partial<ConstructorParameters<typeof Turns>[0]> = {}) {
  const clock = { at: 0, monotonic: () => clock.at };
  const meter = new Meter();
  const turns = new Turns(
    { ...LIMITS, queue: 10, waitMs: 60_000, ...limits },
    { clock, meter, engineOf: () => 'pool' },
  );
  const signal = new AbortController().signal;
  /** The turn if it came at once. */
  const now = async (tenant: TenantId, aborted = signal): Promise<Turn | undefined> => {
    let turn: Turn | undefined;
    void turns.take(tenant, aborted).then(
      (one) => (turn = one),
      () => undefined,
    );
    for (let i = 0; i < 5; i++) await Promise.resolve();
    return turn;
  };
  return { clock, meter, turns, now, signal };
}

it('lets no more of a tenant begin than its limit, however free the engine', () => {
  expect(decideTurn({ ...idle, running: 1, allowed: 2 }, LIMITS)).toBeDefined();
  expect(decideTurn({ ...idle, running: 2, allowed: 2 }, LIMITS)).toBeUndefined();
});

it('leaves one position for somebody else, however much a lone tenant asks', async () => {
  const { now } = instance();
  const mine = [await now(LOUD), await now(LOUD), await now(LOUD), await now(LOUD)];
  expect(mine.map((turn) => turn !== undefined)).toEqual([true, true, true, false]);
  expect(mine[0]).toMatchObject({ oneThread: false, yielding: false });
  expect(mine[0]?.priority).toBeUndefined();
  expect(await now(QUIET)).toMatchObject({ oneThread: false, yielding: false });
});

it('lets a tenant beyond its share run one at a time on one core while another asks, and only then', () => {
  const heavy = { ...idle, debt: 9_000, fairShare: 4_600, contended: true };
  expect(decideTurn(heavy, LIMITS)).toEqual({ oneThread: true, priority: 'lowest', yielding: true });
  expect(decideTurn({ ...heavy, running: 1, runningInEngine: 1, yieldingInAll: 1 }, LIMITS)).toBeUndefined();
  // Questions that began at full speed, before the other came, count as well.
  expect(decideTurn({ ...heavy, running: 1, runningInEngine: 1 }, LIMITS)).toBeUndefined();
  expect(decideTurn({ ...heavy, contended: false, fairShare: 9_000 }, LIMITS)).toMatchObject({ oneThread: false });
  expect(decideTurn({ ...heavy, debt: 200 }, LIMITS)).toEqual({ oneThread: false, yielding: false });
});

it('puts whoever asks much, but not more than others, below inserts and not below merges', () => {
  const busy = { ...idle, debt: 3_000, fairShare: 4_600, contended: true };
  expect(decideTurn(busy, LIMITS)).toEqual({ oneThread: false, priority: 'low', yielding: false });
  expect(decideTurn({ ...busy, fairShare: 3_000, contended: false }, LIMITS)).toMatchObject({ priority: 'low' });
});

it('charges for what was read, not for having waited behind another', async () => {
  const { clock, now } = instance();
  const loud = await now(LOUD);
  const quiet = await now(QUIET);
  clock.at = 10_000;
  quiet!.end(1_000_000);
  loud!.end(2_000_000_000);
  // Both took ten seconds; only one of them used them.
  expect(await now(QUIET)).toMatchObject({ oneThread: false, yielding: false });
  expect(await now(LOUD)).toMatchObject({ oneThread: true, priority: 'lowest' });
});

it('counts what is still running, so that long questions do not look cheap', () => {
  const debts = new Debts();
  debts.begin('a', 0);
  expect(debts.of('a', 4_000)).toBe(4_000);
  expect(debts.active(4_000)).toEqual({ tenants: 1, mean: 4_000 });
});

it('forgives in time, and forgets', () => {
  const debts = new Debts();
  debts.end('a', debts.begin('a', 0), 8_000, 0);
  expect(debts.of('a', 5_000)).toBeCloseTo(4_000);
  expect(debts.of('a', 10_000)).toBeCloseTo(2_000);
  expect(debts.active(10_000).tenants).toBe(0);
  debts.active(600_000);
  expect(debts.of('a', 600_000)).toBe(0);
});

it('serves whoever used least first', async () => {
  const { clock, turns, now, signal } = instance({ atOnce: 2 });
  const loud = await now(LOUD);
  clock.at = 5_000;
  loud!.end(1_000_000_000);
  const held = [await now('third' as TenantId), await now('fourth' as TenantId)];
  const order: TenantId[] = [];
  for (const tenant of [LOUD, QUIET])
    void turns.take(tenant, signal).then((turn) => {
      order.push(tenant);
      turn.end(0);
    });
  held[0]!.end(0);
  for (let i = 0; i < 20; i++) await Promise.resolve();
  expect(order).toEqual([QUIET, LOUD]);
});

it('refuses when too many of a tenant wait, and not the others', async () => {
  const { turns, now, signal } = instance({ queue: 2 });
  for (let i = 0; i < 5; i++) await now(LOUD);
  await expect(turns.take(LOUD, signal)).rejects.toMatchObject({ code: 'query.too-many', status: 429, retryAfter: 2 });
  await expect(turns.take(QUIET, signal)).resolves.toBeDefined();
});

it('gives up after the longest wait with a retryable answer', async () => {
  const { turns, now, signal } = instance({ waitMs: 5 });
  for (let i = 0; i < 3; i++) await now(LOUD);
  await expect(turns.take(LOUD, signal)).rejects.toMatchObject({ code: 'query.busy', status: 503, retry: true });
});

it('lets go of whoever leaves while waiting', async () => {
  const { turns, now, meter } = instance();
  const held = [await now(LOUD), await now(LOUD), await now(LOUD)];
  const gone = new AbortController();
  const waiting = turns.take(LOUD, gone.signal);
  gone.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  expect(meter.samples().find((one) => one.name === 'hanok_query_waiting')?.value).toBe(0);
  held[0]!.end(0);
  expect(await now(LOUD)).toBeDefined();
});

it('never exceeds its limits and never leaves a question waiting while nothing runs', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          tenant: fc.constantFrom('a', 'b', 'c'),
          end: fc.boolean(),
          pause: fc.integer({ min: 0, max: 4_000 }),
          bytes: fc.integer({ min: 0, max: 2_000_000_000 }),
        }),
        { maxLength: 60 },
      ),
      async (steps) => {
        const { clock, turns, signal } = instance({ queue: 1_000 });
        const running: Turn[] = [];
        let asked = 0;
        let begun = 0;
        for (const { tenant, end, pause, bytes } of steps) {
          clock.at += pause;
          if (end) running.shift()?.end(bytes);
          else {
            asked++;
            void turns.take(tenant as TenantId, signal).then((turn) => {
              begun++;
              running.push(turn);
            });
          }
          for (let i = 0; i < 5; i++) await Promise.resolve();
          expect(running.length).toBeLessThanOrEqual(LIMITS.atOnce);
          expect(running.filter((turn) => turn.yielding).length).toBeLessThanOrEqual(LIMITS.yieldingAtOnce);
          if (begun < asked) expect(running.length).toBeGreaterThan(0);
        }
        while (running.length > 0) {
          clock.at += 10;
          running.shift()!.end(0);
          for (let i = 0; i < 5; i++) await Promise.resolve();
        }
        expect(begun).toBe(asked);
      },
    ),
  );
});
