import type { TenantId } from '@hanok/contract';
import { expect, it } from 'vitest';
import type { Select } from '#store';
import type { Row } from '../rows.ts';
import { Surroundings } from './surroundings.ts';

const A = 'tenant-a' as TenantId;
const STORED = ['1', '2', '3'];

/** A store with resources `STORED`, whichever day; answers a look-up in company with all of them. */
function instance() {
  const asked: Select[] = [];
  let now = 1_000;
  const around = new Surroundings({ monotonic: () => now });
  const session = {
    caller: { tenant: A, actor: { kind: 'person', id: 'u' } } as const,
    async rows(plan: Select): Promise<Row[]> {
      asked.push(plan);
      const param = JSON.stringify(plan.where, (_, value) => (typeof value === 'bigint' ? String(value) : value));
      const ids = plan.limit === undefined ? STORED.filter((id) => param.includes(`[${id}]`)) : STORED;
      return ids.map((id) => ({ id, c_keys: ['name'], c_values: [`sr${id}`], c_attribute_types: '' }));
    },
  };
  const load = (id: string) => around.load(session, [{ timestamp: 1n, resourceId: id, scopeId: '0' }]);
  const knows = (id: string) => around.resource(A, id).pairs.keys.length > 0;
  return { asked, load, knows, later: (ms: number) => (now += ms) };
}

it('learns the resources of a day by its first look-up, and asks no more for them', async () => {
  const { asked, load, knows } = instance();
  await load('1');
  expect(asked).toHaveLength(1);
  expect(asked[0]?.limit).toBeGreaterThan(0);
  await load('2');
  await load('3');
  expect(asked).toHaveLength(1);
  expect(['1', '2', '3'].map(knows)).toEqual([true, true, true]);
});

it('asks by id for what the company did not bring, and for company again only after a while', async () => {
  const { asked, load, knows, later } = instance();
  await load('9');
  // In company, then by id: it is nowhere.
  expect(asked.map((plan) => plan.limit !== undefined)).toEqual([true, false]);
  await load('9');
  expect(asked.map((plan) => plan.limit !== undefined)).toEqual([true, false, false]);
  expect(knows('9')).toBe(false);
  later(60_000);
  await load('9');
  expect(asked.slice(3).map((plan) => plan.limit !== undefined)).toEqual([true, false]);
});
