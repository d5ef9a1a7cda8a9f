import { expect, it } from 'vitest';
import { IdSet, KIND, KnownIds } from './known-ids.ts';

it('is a set', () => {
  const set = new IdSet();
  const reference = new Set<string>();
  let state = 1;
  const next = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let i = 0; i < 50_000; i++) {
    const [a, b, c, d] = [next(300), next(20), next(3) + 1, next(2)];
    const key = `${a} ${b} ${c} ${d}`;
    expect(set.has(a, b, c, d)).toBe(reference.has(key));
    expect(set.add(a, b, c, d)).toBe(!reference.has(key));
    reference.add(key);
  }
  expect(set.count).toBe(reference.size);
  set.clear();
  expect(set.has(0, 0, 1, 0)).toBe(false);
});

it('takes negative halves for what they are', () => {
  const set = new IdSet();
  set.add(-1, -2, 1, 0);
  expect(set.has(0xffff_ffff, 0xffff_fffe, 1, 0)).toBe(true);
});

it('knows what is confirmed, and not what came to nothing', () => {
  const known = new KnownIds();
  const needs = () => known.needs(KIND.series, 20_000, 3, 1, 2);
  known.added(KIND.series, 20_000, 3, 1, 2);
  expect(needs()).toBe(false);
  known.drop();
  expect(needs()).toBe(true);
  for (const token of [1, 2]) {
    known.added(KIND.series, 20_000, 3, 1, 2);
    known.seal(token);
    expect(needs()).toBe(true);
  }
  known.confirm(2);
  expect(needs()).toBe(false);
  known.confirm(1);
  known.confirm(1);
  expect(needs()).toBe(false);
  expect(known.needs(KIND.series, 20_001, 3, 1, 2)).toBe(true);
  expect(known.needs(KIND.resource, 20_000, 3, 1, 2)).toBe(true);
  expect(known.needs(KIND.series, 20_000, 4, 1, 2)).toBe(true);
});

it('forgets the oldest batches that nobody confirms', () => {
  const known = new KnownIds();
  for (let token = 1; token <= 2_000; token++) {
    known.added(KIND.field, 1, 1, token, 0);
    known.seal(token);
  }
  known.confirm(1);
  known.confirm(2_000);
  expect(known.needs(KIND.field, 1, 1, 1, 0)).toBe(true);
  expect(known.needs(KIND.field, 1, 1, 2_000, 0)).toBe(false);
});
