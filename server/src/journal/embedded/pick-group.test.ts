import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pickGroup } from './pick-group.ts';

const entry = (tenant: string, size: number, id = 0) => ({ batch: { tenant }, size, id });
const LIMITS = { bytes: 100, entries: 50 };

it('takes everything that fits, in order of arrival', () => {
  const waiting = [entry('a', 40), entry('b', 10), entry('a', 50)];
  expect(pickGroup(waiting, LIMITS)).toEqual({ group: waiting, rest: [] });
});

it('lets a tenant with little go out with the first group, however much another has waiting before it', () => {
  const flood = Array.from({ length: 30 }, (_, i) => entry('loud', 30, i));
  const { group } = pickGroup([...flood, entry('quiet', 5, 99)], LIMITS);
  expect(group.map(({ batch }) => batch.tenant)).toEqual(['loud', 'loud', 'loud', 'quiet']);
});

it('takes one that is larger than a group by itself', () => {
  const huge = entry('a', 1_000);
  expect(pickGroup([huge, entry('a', 10)], LIMITS).group).toEqual([huge]);
});

it('keeps the order of each tenant, loses nothing, ends, and starves nobody', () => {
  const entries = fc.array(
    fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), size: fc.integer({ min: 1, max: 150 }) }),
    { minLength: 1, maxLength: 80 },
  );
  fc.assert(
    fc.property(entries, (all) => {
      const sent = all.map(({ tenant, size }, id) => entry(tenant, size, id));
      let waiting = sent;
      const out: typeof sent = [];
      while (waiting.length > 0) {
        const { group, rest } = pickGroup(waiting, { bytes: 100, entries: 5 });
        expect(group.length).toBeGreaterThan(0);
        expect(group.length).toBeLessThanOrEqual(5);
        if (group.length > 1) expect(group.reduce((sum, one) => sum + one.size, 0)).toBeLessThanOrEqual(100);
        out.push(...group);
        waiting = rest;
      }
      expect(out.length).toBe(sent.length);
      for (const tenant of ['a', 'b', 'c']) {
        const ids = out.filter(({ batch }) => batch.tenant === tenant).map(({ id }) => id);
        expect(ids).toEqual([...ids].sort((x, y) => x - y));
      }
    }),
  );
});
