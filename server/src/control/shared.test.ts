import { setTimeout as pause } from 'node:timers/promises';
import { PERMISSIONS_OF_TENANT_ROLE, type TenantId } from '@hanok/contract';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AccessChange } from './access/feed.ts';
import type { Actor } from './audit/log.ts';
import type { Control } from './control.ts';
import { type ControlInstance, openControlInstance } from './testkit/index.ts';

/** Two processes on one database: what is taken away in one is gone in the other within a second. */
const A = 'tenant-a' as TenantId;
const operator: Actor = { name: 'operator@hanok.local', tenant: null, remote: '192.0.2.1' };
const ALL = new Set(PERMISSIONS_OF_TENANT_ROLE.owner);
const WITHIN_MS = 1_000;

let instance: ControlInstance;
let other: Control;
let heard: AccessChange[];
beforeEach(async () => {
  instance = await openControlInstance();
  other = await instance.another();
  heard = [];
  other.access.listen((changes) => heard.push(...changes));
});
afterEach(async () => {
  await other.close();
  await instance.close();
});

const keyOf = (id: string) => instance.control.first!.tenants.find((tenant) => tenant.id === id)!.ingestKey;

async function within(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`after a second: ${what}`);
    await pause(10);
  }
}

it('does not make the first tenants twice', () => {
  expect(instance.control.first).toBeDefined();
  expect(other.first).toBeUndefined();
  expect(other.snapshot().tenants.map(({ id }) => id)).toEqual(['hanok', 'tenant-a', 'tenant-b']);
});

it('a key that is revoked', async () => {
  const { key, secret } = await instance.control.keys.create(operator, A, 'k');
  await within('the key is known', () => other.snapshot().keyFor(secret) !== undefined);
  heard.length = 0;
  await instance.control.keys.revoke(operator, A, key.id);
  await within('the key is refused', () => other.snapshot().keyFor(secret) === undefined);
  await within('streams are told', () => heard.some(({ kind }) => kind === 'key' || kind === 'anything'));
});

it('a tenant that is suspended', async () => {
  await instance.control.tenants.change(operator, A, { status: 'suspended' });
  await within('it is suspended', () => other.snapshot().keyFor(keyOf(A))?.tenant.status === 'suspended');
  await within('streams are told', () => heard.some(({ kind }) => kind === 'tenant' || kind === 'anything'));
});

it('a person who gets another role', async () => {
  const { user } = await instance.control.users.create(operator, A, ALL, { email: 'x@a.example', role: 'admin' });
  await instance.control.users.changeRole(operator, A, ALL, user.id, 'editor');
  await within('streams are told', () => heard.some(({ kind }) => kind === 'person' || kind === 'anything'));
  await expect(other.users.list(A)).resolves.toContainEqual(expect.objectContaining({ id: user.id, role: 'editor' }));
});

it('writes one chain of the audit log, and keeps an owner, when both change things at once', async () => {
  const [first] = await instance.control.users.list(A);
  const { user } = await instance.control.users.create(operator, A, ALL, { email: 'x@a.example', role: 'owner' });
  expect(await other.users.list(A)).toHaveLength(2);
  const both = await Promise.allSettled([
    instance.control.users.setOwner(operator, A, first!.id, false),
    other.users.setOwner(operator, A, user.id, false),
    ...Array.from({ length: 20 }, (_, i) => (i % 2 ? other : instance.control).keys.create(operator, A, `k${i}`)),
  ]);
  const refused = both.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
  expect(refused).toEqual(['control.last-owner']);
  expect((await other.users.list(A)).filter(({ role }) => role === 'owner')).toHaveLength(1);
  expect(await instance.control.audit.verify()).toMatchObject({ ok: true });
  expect(await other.audit.verify()).toMatchObject({ ok: true });
});

it('remembers the newest use of a key, whichever process saw it', async () => {
  const at = instance.clock.now();
  instance.control.snapshot().keyFor(keyOf(A))!.use.at = at + 2;
  other.snapshot().keyFor(keyOf(A))!.use.at = at + 1;
  await instance.control.keys.writeUses();
  await other.keys.writeUses();
  const [key] = await other.keys.list(A);
  expect(key?.last_used_at).toBe(at + 2);
});
