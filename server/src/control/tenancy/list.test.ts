import type { TenantId, TenantLive } from '@hanok/contract';
import { expect, it } from 'vitest';
import { TEST_LIMITS } from '../testkit/index.ts';
import { listTenants } from './list.ts';
import type { Tenant } from './snapshot.ts';

const tenant = (id: string, name: string, createdAt: number, status: Tenant['status'] = 'active'): Tenant => ({
  id: id as TenantId,
  name,
  mode: 'pool',
  store: 'pool',
  status,
  createdAt,
  plan: 'standard',
  limits: {
    ...TEST_LIMITS,
    recordsPerSecond: 1,
    bytesPerSecond: 1,
    requestsPerSecond: 1,
    burstSeconds: 1,
    logsDays: 1,
    tracesDays: 1,
    metricsDays: 1,
    people: 1,
    ingestKeys: 1,
    apiTokens: 1,
  },
  overrides: {},
  retentionDays: { logs: 1, traces: 1, metrics: 1 },
});
const TENANTS = [
  tenant('a', '다솜', 3),
  tenant('b', 'Bakery', 2, 'suspended'),
  tenant('c', 'acme', 1),
  tenant('d', 'Delta', 4, 'deleting'),
];
const rates: Readonly<Record<string, number>> = { b: 5, c: 100 };
const live = ({ id }: Tenant): TenantLive => ({
  ingest: { recordsPerSecond: rates[id] ?? 0, refused: id === 'd' ? 3 : 0, lastAt: null },
  engine: 'ready',
});
const ids = (wanted: Partial<Parameters<typeof listTenants>[2]>) =>
  listTenants(TENANTS, live, { order: 'id', limit: 100, ...wanted }).page.map((one) => one.tenant.id);

it('finds by a part of id or name, whatever its case, and by status', () => {
  expect(ids({ query: 'ACME' })).toEqual(['c']);
  expect(ids({ query: '다솜' })).toEqual(['a']);
  expect(ids({ query: 'b' })).toEqual(['b']);
  expect(ids({ status: 'suspended' })).toEqual(['b']);
});

it('orders, with the id as the last word', () => {
  expect(ids({ order: 'name' })).toEqual(['c', 'b', 'd', 'a']);
  expect(ids({ order: 'created' })).toEqual(['d', 'a', 'b', 'c']);
  expect(ids({ order: 'noisiest' })).toEqual(['c', 'b', 'd', 'a']);
});

it('goes on where the page before ended', () => {
  const first = listTenants(TENANTS, live, { order: 'id', limit: 3 });
  expect([first.page.length, first.total, first.next]).toEqual([3, 4, '3']);
  const rest = listTenants(TENANTS, live, { order: 'id', limit: 3, cursor: first.next! });
  expect([rest.page.map((one) => one.tenant.id), rest.next]).toEqual([['d'], null]);
  expect(() => listTenants(TENANTS, live, { order: 'id', limit: 3, cursor: '-1' })).toThrow(
    expect.objectContaining({ code: 'control.invalid-cursor' }),
  );
});
