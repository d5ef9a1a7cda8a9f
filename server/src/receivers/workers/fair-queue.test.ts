import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FairQueue } from './fair-queue.ts';

const drain = <T>(queue: FairQueue<T>): T[] => {
  const out: T[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) out.push(item);
  return out;
};

it('lets a tenant of small requests pass one of large ones by cost, not by number', () => {
  const queue = new FairQueue<string>(1_000, 10);
  for (let i = 0; i < 20; i++) queue.push('large', `L${i}`, 100);
  for (let i = 0; i < 20; i++) queue.push('small', `s${i}`, 1);
  const order = drain(queue);
  // All twenty small ones together cost less than one large one.
  expect(order.slice(0, 20).every((one) => one.startsWith('s'))).toBe(true);
});

it('takes turns one by one when all cost the same', () => {
  const queue = new FairQueue<string>(100, 10);
  for (let i = 0; i < 3; i++) queue.push('a', `a${i}`, 10);
  for (let i = 0; i < 3; i++) queue.push('b', `b${i}`, 10);
  expect(drain(queue)).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
});

it('keeps the order within a tenant, loses and doubles nothing', () => {
  const pushes = fc.array(
    fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), cost: fc.integer({ min: 0, max: 500 }), take: fc.boolean() }),
    { maxLength: 100 },
  );
  fc.assert(
    fc.property(pushes, (steps) => {
      const queue = new FairQueue<readonly [string, number]>(1_000, 50);
      const out: (readonly [string, number])[] = [];
      steps.forEach(({ tenant, cost, take }, i) => {
        expect(queue.push(tenant, [tenant, i], cost)).toBe(true);
        const item = take ? queue.shift() : undefined;
        if (item) out.push(item);
      });
      out.push(...drain(queue));
      expect(out.length).toBe(steps.length);
      expect(queue.size).toBe(0);
      for (const tenant of ['a', 'b', 'c']) {
        const mine = out.filter(([whose]) => whose === tenant).map(([, i]) => i);
        expect(mine).toEqual([...mine].sort((x, y) => x - y));
      }
    }),
  );
});

it('gives busy tenants equal cost over time, within a quantum and a request', () => {
  const queue = new FairQueue<readonly [string, number]>(10_000, 64);
  for (let i = 0; i < 2_000; i++) queue.push('small', ['small', 8], 8);
  for (let i = 0; i < 2_000; i++) queue.push('large', ['large', 200], 200);
  const taken = { small: 0, large: 0 };
  while (taken.small + taken.large < 20_000) {
    const [tenant, cost] = queue.shift()!;
    taken[tenant as 'small' | 'large'] += cost;
  }
  expect(Math.abs(taken.small - taken.large)).toBeLessThanOrEqual(64 + 200);
});

it('leaves half of the room to others', () => {
  const queue = new FairQueue<number>(10, 1);
  const flood = Array.from({ length: 10 }, (_, i) => queue.push('loud', i, 1));
  expect(flood.filter(Boolean)).toHaveLength(5);
  expect(queue.push('quiet', 0, 1)).toBe(true);
});

it('gives no credit for having been alone', () => {
  const queue = new FairQueue<string>(100, 10);
  for (let i = 0; i < 5; i++) queue.push('a', `a${i}`, 50);
  expect(queue.shift()).toBe('a0');
  queue.push('b', 'b0', 5);
  expect(queue.shift()).toBe('b0');
});
