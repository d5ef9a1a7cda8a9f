import { type LimitName, TENANT_PERMISSIONS, type TenantId } from '@hanok/contract';
import { afterEach, expect, it } from 'vitest';
import { type ControlInstance, openControlInstance } from '../testkit/index.ts';

const A = 'tenant-a' as TenantId;
const B = 'tenant-b' as TenantId;
const operator = { name: 'operator@hanok.local', tenant: null, remote: '10.0.0.1', operator: true };

let instance: ControlInstance;
afterEach(() => instance.close());

const limit = (tenant: TenantId, name: LimitName) => instance.control.snapshot().tenant(tenant)?.limits[name];

it('gives a tenant what it has itself, else what its plan says, else the configuration; at once', async () => {
  instance = await openControlInstance();
  const { plans, tenants } = instance.control;
  expect(limit(A, 'recordsPerSecond')).toBe(1_000);
  await plans.create(operator, { id: 'large', name: 'Large', limits: { recordsPerSecond: 9_000, tails: 3 } });
  await tenants.change(operator, A, { plan: 'large', limits: { tails: 5 } });
  expect([limit(A, 'recordsPerSecond'), limit(A, 'tails'), limit(A, 'series')]).toEqual([9_000, 5, 1_000_000]);
  expect(limit(B, 'recordsPerSecond')).toBe(1_000);
  await plans.change(operator, 'large', { limits: { recordsPerSecond: 8_000 } });
  expect(limit(A, 'recordsPerSecond')).toBe(8_000);
  // Null gives the tenant its plan's again, and the plan the configuration's.
  await tenants.change(operator, A, { limits: { tails: null } });
  expect(limit(A, 'tails')).toBe(16);
  await plans.change(operator, 'standard', { limits: { apiTokens: 7 } });
  expect([limit(A, 'apiTokens'), limit(B, 'apiTokens')]).toEqual([200, 7]);
});

it('holds in another process on the same database, and after a restart', async () => {
  instance = await openControlInstance();
  const other = await instance.another();
  try {
    await instance.control.plans.create(operator, { id: 'small', name: 'Small', limits: { people: 3 } });
    await instance.control.tenants.change(operator, A, { plan: 'small' });
    await expect.poll(() => other.snapshot().tenant(A)?.limits.people, { timeout: 2_000 }).toBe(3);
    await instance.control.plans.change(operator, 'small', { limits: { people: 4 } });
    await expect.poll(() => other.snapshot().tenant(A)?.limits.people, { timeout: 2_000 }).toBe(4);
  } finally {
    await other.close();
  }
  const again = await instance.reopen();
  expect(again.snapshot().tenant(A)).toMatchObject({ plan: 'small', limits: { people: 4 } });
});

it('refuses a key, a person and a token beyond the limit and says which it is', async () => {
  instance = await openControlInstance();
  const { tenants, keys, users } = instance.control;
  await tenants.change(operator, A, { limits: { ingestKeys: 2, people: 1 } });
  const { key } = await keys.create(operator, A, 'second');
  await expect(keys.create(operator, A, 'third')).rejects.toMatchObject({
    code: 'control.too-many',
    reason: 'ingestKeys',
    values: { limit: 'ingestKeys', most: 2, used: 2 },
  });
  await keys.create(operator, B, 'of another');
  await keys.revoke(operator, A, key.id);
  await keys.create(operator, A, 'third');
  await expect(
    users.create(operator, A, new Set(TENANT_PERMISSIONS), { email: 'x@x.example', role: 'viewer' }),
  ).rejects.toMatchObject({ code: 'control.too-many', values: { limit: 'people', most: 1, used: 1 } });
});

it('lets a tenant keep its telemetry for as long as its plan says, and no longer', async () => {
  instance = await openControlInstance();
  const { plans, tenants } = instance.control;
  expect(await tenants.setRetention(operator, A, { logs: 7 })).toEqual({ logs: 7, traces: 20, metrics: 90 });
  await expect(tenants.setRetention(operator, A, { logs: 31 })).rejects.toMatchObject({
    code: 'control.beyond-limit',
    values: { limit: 'logsDays', most: 30, used: 31 },
  });
  await expect(tenants.change(operator, A, { retentionDays: { logs: 31 } })).rejects.toMatchObject({
    code: 'control.beyond-limit',
  });
  // The plan that bounds it may come with it.
  await plans.create(operator, { id: 'long', name: 'Long', limits: { logsDays: 400 } });
  await tenants.change(operator, A, { plan: 'long', retentionDays: { logs: 365 } });
  expect(instance.control.snapshot().tenant(A)?.retentionDays.logs).toBe(365);
  // What a plan takes away is not kept by what the tenant chose before.
  await plans.change(operator, 'long', { limits: { logsDays: 10 } });
  expect(instance.control.snapshot().tenant(A)?.retentionDays).toEqual({ logs: 10, traces: 20, metrics: 90 });
});

it('keeps plans that tenants have, and the standard one', async () => {
  instance = await openControlInstance();
  const { plans, tenants } = instance.control;
  await plans.create(operator, { id: 'large', name: 'Large', limits: {} });
  await expect(plans.create(operator, { id: 'large', name: 'L', limits: {} })).rejects.toMatchObject({
    code: 'control.plan-exists',
  });
  await tenants.change(operator, A, { plan: 'large' });
  await expect(plans.remove(operator, 'large')).rejects.toMatchObject({
    code: 'control.plan-in-use',
    values: { tenants: 1 },
  });
  await expect(plans.remove(operator, 'standard')).rejects.toMatchObject({ code: 'control.plan-in-use' });
  await expect(plans.remove(operator, 'none')).rejects.toMatchObject({ code: 'control.not-found' });
  await expect(tenants.change(operator, A, { plan: 'none' })).rejects.toMatchObject({ code: 'control.plan-unknown' });
  await tenants.change(operator, A, { plan: 'standard' });
  await plans.remove(operator, 'large');
  expect((await plans.list()).map(({ id, tenants: having }) => [id, having])).toEqual([['standard', 3]]);
});

it('says in the audit log what a limit was before and after', async () => {
  instance = await openControlInstance();
  const { tenants, plans, audit } = instance.control;
  await tenants.change(operator, A, { limits: { tails: 5 } });
  await tenants.change(operator, A, { limits: { tails: null } });
  await plans.change(operator, 'standard', { limits: { people: 5 } });
  const { rows } = await audit.search({ chain: '@operators', before: undefined, limit: 3 });
  expect(rows.map(({ action, before, after }) => [action, before, after])).toEqual([
    ['plan.change', '{}', '{"people":5}'],
    ['tenant.change', '{"tails":5}', '{"tails":null}'],
    ['tenant.change', '{"tails":null}', '{"tails":5}'],
  ]);
});
