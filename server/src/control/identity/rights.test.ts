import { PERMISSIONS_OF_TENANT_ROLE, type TenantId } from '@hanok/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../audit/log.ts';
import { type ControlInstance, openControlInstance } from '../testkit/index.ts';

const A = 'tenant-a' as TenantId;
const B = 'tenant-b' as TenantId;
const ALL = new Set(PERMISSIONS_OF_TENANT_ROLE.owner);
const ADMIN = new Set(PERMISSIONS_OF_TENANT_ROLE.admin);
const by: Actor = { name: 'admin@tenant-a.hanok.local', tenant: A, remote: '192.0.2.1' };
const HERE = '192.0.2.7';
const DAY = 86_400_000;

let instance: ControlInstance;
beforeEach(async () => {
  instance = await openControlInstance();
});
afterEach(() => instance.close());

const signIn = async (email: string, password: string) =>
  (await instance.control.login.login(email, password, { remote: HERE })).token;
const rightIn = async (token: string, tenant: TenantId) =>
  (await instance.control.resolve(token, HERE))?.tenants.get(tenant);
let people = 0;
const person = async (role: string, tenant = A) => {
  const email = `person-${people++}@x.example`;
  const { user, password } = await instance.control.users.create(by, tenant, ALL, { email, role });
  return { ...user, token: await signIn(email, password!) };
};
const maker = (id: string) => ({ kind: 'person', id }) as const;
const wish = { name: 'ci', permissions: ['logs.read', 'keys.write'], networks: [], expiresInDays: 30 } as const;

describe('roles of a tenant', () => {
  it('allow what they say, to their members, until they say otherwise or are taken', async () => {
    const { roles, users } = instance.control;
    const role = await roles.create(by, A, ALL, { name: 'Log reader', permissions: ['logs.read', 'fields.read'] });
    const reader = await person(role.id);
    expect([...(await rightIn(reader.token, A))!.permissions]).toEqual(['logs.read', 'fields.read']);
    await roles.change(by, A, ALL, role.id, { name: 'Log reader', permissions: ['logs.read'] });
    expect([...(await rightIn(reader.token, A))!.permissions]).toEqual(['logs.read']);
    await expect(roles.remove(by, A, ALL, role.id)).rejects.toMatchObject({ code: 'control.role-in-use' });
    await users.changeRole(by, A, ALL, reader.id, 'viewer');
    await roles.remove(by, A, ALL, role.id);
    expect((await roles.list(A)).map(({ id }) => id)).toEqual(['owner', 'admin', 'editor', 'viewer']);
  });

  it('are nobody else’s to see, give, change or remove', async () => {
    const { roles, users } = instance.control;
    const role = await roles.create(by, A, ALL, { name: 'Log reader', permissions: ['logs.read'] });
    expect((await roles.list(B)).map(({ id }) => id)).not.toContain(role.id);
    const gone = { code: 'control.not-found' };
    await expect(roles.change(by, B, ALL, role.id, { name: 'x', permissions: ['logs.read'] })).rejects.toMatchObject(
      gone,
    );
    await expect(roles.remove(by, B, ALL, role.id)).rejects.toMatchObject(gone);
    await expect(users.create(by, B, ALL, { email: 'x@b.example', role: role.id })).rejects.toMatchObject({
      code: 'control.role-unknown',
    });
  });

  it('cannot be used to get more than one has', async () => {
    const { roles, users, serviceAccounts } = instance.control;
    const more = { code: 'control.more-than-yours', values: { permissions: 'owners.write' } };
    await expect(roles.create(by, A, ADMIN, { name: 'x', permissions: ['owners.write'] })).rejects.toMatchObject(more);
    const strong = await roles.create(by, A, ALL, { name: 'Strong', permissions: ['owners.write'] });
    await expect(users.create(by, A, ADMIN, { email: 'x@a.example', role: strong.id })).rejects.toMatchObject(more);
    await expect(users.create(by, A, ADMIN, { email: 'x@a.example', role: 'owner' })).rejects.toMatchObject(more);
    await expect(serviceAccounts.create(by, A, ADMIN, { name: 'x', role: 'owner' })).rejects.toMatchObject(more);
    const weak = await person('viewer');
    await expect(users.changeRole(by, A, ADMIN, weak.id, strong.id)).rejects.toMatchObject(more);
    // Nor to take it from who has it.
    const holder = await person(strong.id);
    await expect(users.changeRole(by, A, ADMIN, holder.id, 'viewer')).rejects.toMatchObject(more);
    await expect(
      roles.change(by, A, ADMIN, strong.id, { name: 'x', permissions: ['logs.read'] }),
    ).rejects.toMatchObject(more);
    await expect(roles.remove(by, A, ADMIN, strong.id)).rejects.toMatchObject(more);
  });
});

describe('an API token', () => {
  it('may what it was made for, and never more than its owner may at the moment', async () => {
    const { tokens, users } = instance.control;
    const admin = await person('admin');
    const { token, secret } = await tokens.create(by, maker(admin.id), A, ADMIN, wish);
    const permissions = async () => [...((await rightIn(secret, A))?.permissions ?? [])];
    expect(await permissions()).toEqual(['logs.read', 'keys.write']);
    expect((await instance.control.resolve(secret, HERE))!.principal).toMatchObject({
      kind: 'token',
      name: `token:${token.id}`,
    });
    await users.changeRole(by, A, ADMIN, admin.id, 'viewer');
    expect(await permissions()).toEqual(['logs.read']);
    await users.remove(by, A, admin.id);
    expect(await instance.control.resolve(secret, HERE)).toBeUndefined();
  });

  it('is of one tenant, and its secret is nowhere', async () => {
    const { tokens } = instance.control;
    const admin = await person('admin');
    const { token, secret } = await tokens.create(by, maker(admin.id), A, ADMIN, wish);
    expect((await instance.control.resolve(secret, HERE))!.tenants.size).toBe(1);
    expect(await tokens.list(B)).toEqual([]);
    await expect(tokens.revoke(by, B, token.id)).rejects.toMatchObject({ code: 'control.not-found' });
    await expect(tokens.revoke(by, undefined, token.id)).rejects.toMatchObject({ code: 'control.not-found' });
    expect(await instance.database.everything()).not.toContain(secret);
  });

  it('ends by revocation, by time, with its tenant, and is good from its networks alone', async () => {
    const { tokens, tenants } = instance.control;
    const admin = await person('admin');
    const make = (over: Partial<Parameters<typeof tokens.create>[4]> = {}) =>
      tokens.create(by, maker(admin.id), A, ADMIN, { ...wish, ...over });
    const revoked = await make();
    await tokens.revoke(by, A, revoked.token.id);
    expect(await instance.control.resolve(revoked.secret, HERE)).toBeUndefined();
    const near = await make({ networks: ['192.0.2.0/24'] });
    expect(await instance.control.resolve(near.secret, HERE)).toBeDefined();
    expect(await instance.control.resolve(near.secret, '198.51.100.7')).toBeUndefined();
    const brief = await make({ expiresInDays: 1 });
    await tenants.change(by, A, { status: 'suspended' });
    expect(await instance.control.resolve(brief.secret, HERE)).toBeUndefined();
    await tenants.change(by, A, { status: 'active' });
    expect(await instance.control.resolve(brief.secret, HERE)).toBeDefined();
    instance.clock.advance(DAY);
    expect(await instance.control.resolve(brief.secret, HERE)).toBeUndefined();
  });

  it('cannot be made for more than one has, nor by a token for a person', async () => {
    const { tokens } = instance.control;
    const admin = await person('admin');
    const refused = (held: ReadonlySet<string>, over: object, code: string) =>
      expect(tokens.create(by, maker(admin.id), A, held, { ...wish, ...over })).rejects.toMatchObject({ code });
    await refused(new Set(['logs.read']), {}, 'control.more-than-yours');
    await refused(ADMIN, { permissions: ['tenants.write'] }, 'control.permission-elsewhere');
    await refused(ADMIN, { serviceAccount: 'sa_00000000000000000000' }, 'control.not-found');
    await expect(tokens.create(by, { kind: 'token', id: 't_1' }, A, ADMIN, wish)).rejects.toMatchObject({
      code: 'control.people-only',
    });
  });

  it('of a service account outlives whoever made it, bound by the role of the account', async () => {
    const { tokens, serviceAccounts, users } = instance.control;
    const admin = await person('admin');
    const account = await serviceAccounts.create(by, A, ADMIN, { name: 'deploy', role: 'viewer' });
    const of = { ...wish, serviceAccount: account.id };
    await expect(tokens.create(by, maker(admin.id), A, ADMIN, of)).rejects.toMatchObject({
      code: 'control.more-than-account',
    });
    const { secret } = await tokens.create(by, maker(admin.id), A, ADMIN, { ...of, permissions: ['logs.read'] });
    await users.remove(by, A, admin.id);
    expect([...(await rightIn(secret, A))!.permissions]).toEqual(['logs.read']);
    expect(await serviceAccounts.list(A)).toMatchObject([{ name: 'deploy', tokens: 1 }]);
    await expect(serviceAccounts.remove(by, B, ALL, account.id)).rejects.toMatchObject({ code: 'control.not-found' });
    await serviceAccounts.remove(by, A, ADMIN, account.id);
    expect(await instance.control.resolve(secret, HERE)).toBeUndefined();
  });

  it('of the installation sees into no tenant', async () => {
    const { tokens, operators } = instance.control;
    const [operator] = await operators.list();
    const { secret } = await tokens.create(by, maker(operator!.id), undefined, new Set(['tenants.read']), {
      ...wish,
      permissions: ['tenants.read'],
    });
    const rights = await instance.control.resolve(secret, HERE);
    expect([...rights!.principal.instance]).toEqual(['tenants.read']);
    expect(rights!.tenants.size).toBe(0);
  });
});

describe('an operator', () => {
  it('sees into a tenant while it is open, and no longer', async () => {
    const { operatorAccess, operators } = instance.control;
    const { email, password } = instance.control.first!.operator;
    const token = await signIn(email, password);
    const [operator] = await operators.list();
    const who = { kind: 'person', id: operator!.id, name: email } as const;
    expect(await rightIn(token, A)).toBeUndefined();
    const wanted = { reason: 'nothing arrives', role: 'viewer', minutes: 30 } as const;
    await operatorAccess.open(by, who, A, wanted);
    expect(await rightIn(token, A)).toMatchObject({ role: 'viewer', until: instance.clock.now() + 1_800_000 });
    expect(await rightIn(token, B)).toBeUndefined();
    const [first] = await operatorAccess.list(A);
    await expect(operatorAccess.end(by, B, first!.id)).rejects.toMatchObject({ code: 'control.not-found' });
    await operatorAccess.end(by, A, first!.id);
    expect(await rightIn(token, A)).toBeUndefined();
    await operatorAccess.open(by, who, A, wanted);
    instance.clock.advance(1_800_000);
    expect(await rightIn(token, A)).toBeUndefined();
    await expect(operatorAccess.open(by, { ...who, kind: 'token' }, A, wanted)).rejects.toMatchObject({
      code: 'control.people-only',
    });
    await expect(operatorAccess.open(by, who, 'nobody', wanted)).rejects.toMatchObject({ code: 'control.not-found' });
  });

  it('who may only read may only read, and one who may everything stays', async () => {
    const { operators } = instance.control;
    const made = await operators.create(by, { email: 'Reader@x.example', role: 'operator-read-only' });
    const token = await signIn('reader@x.example', made.password!);
    const rights = await instance.control.resolve(token, HERE);
    expect([...rights!.principal.instance].every((permission) => permission.endsWith('.read'))).toBe(true);
    const [first] = (await operators.list()).filter(({ role }) => role === 'operator');
    const last = { code: 'control.last-operator' };
    await expect(operators.remove(by, first!.id)).rejects.toMatchObject(last);
    await expect(operators.changeRole(by, first!.id, 'operator-read-only')).rejects.toMatchObject(last);
    await operators.changeRole(by, made.operator.id, 'operator');
    await operators.remove(by, first!.id);
    expect((await operators.list()).map(({ email }) => email)).toEqual(['reader@x.example']);
  });
});

it('an account of several tenants is not one tenant’s to open with a new password, and stays when one lets it go', async () => {
  const { users } = instance.control;
  const shared = await person('viewer');
  await instance.database.raw(
    `insert into memberships (id, user_id, tenant, role, created_at) values ('x', '${shared.id}', 'tenant-b', 'editor', 1)`,
  );
  expect([...(await instance.control.resolve(shared.token, HERE))!.tenants.keys()].sort()).toEqual([A, B]);
  await expect(users.resetPassword(by, A, shared.id, undefined)).rejects.toMatchObject({
    code: 'control.shared-account',
  });
  await users.remove(by, A, shared.id);
  expect([...(await instance.control.resolve(shared.token, HERE))!.tenants.keys()]).toEqual([B]);
  await users.remove(by, B, shared.id);
  expect(await instance.control.resolve(shared.token, HERE)).toBeUndefined();
});
