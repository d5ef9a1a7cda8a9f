import { PERMISSIONS_OF_TENANT_ROLE, type TenantId } from '@hanok/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '#base';
import type { Actor } from '../audit/log.ts';
import { type ControlInstance, openControlInstance } from '../testkit/index.ts';

const A = 'tenant-a' as TenantId;
const B = 'tenant-b' as TenantId;
const ALL = new Set(PERMISSIONS_OF_TENANT_ROLE.owner);
const PASSWORD = 'seven quiet roofs at dusk';
const DAY = 86_400_000;
const user = { remote: '192.0.2.9' };
const code = (name: string) => expect.objectContaining({ code: `control.${name}` });

let instance: ControlInstance;
beforeEach(async () => {
  instance = await openControlInstance();
});
afterEach(() => instance.close());

const ownerOf = async (tenant: TenantId): Promise<{ by: Actor; maker: Principal }> => {
  const [owner] = await instance.control.users.list(tenant);
  return {
    by: { name: owner!.email, tenant, remote: '192.0.2.1' },
    maker: { kind: 'person', id: owner!.id, name: owner!.email, instance: new Set() },
  };
};
const invite = async (tenant: TenantId, email: string, role = 'viewer') => {
  const { by, maker } = await ownerOf(tenant);
  return instance.control.links.invite(by, maker, tenant, ALL, { email, role });
};
const signIn = async (email: string, password = PASSWORD) => {
  const { token } = await instance.control.login.login(email, password, user);
  return (await instance.control.resolveSession(token))!;
};

describe('an invitation', () => {
  it('makes a new person a member, once', async () => {
    const { secret } = await invite(A, 'New@one.example', 'editor');
    expect(await instance.control.links.look(secret, user)).toMatchObject({
      kind: 'invitation',
      email: 'new@one.example',
      tenant: 'Tenant A',
    });
    expect(await instance.database.everything()).not.toContain(secret);
    await instance.control.links.accept(secret, PASSWORD, user);
    expect((await signIn('new@one.example')).tenants.get(A)?.role).toBe('editor');
    expect(await instance.control.links.list(A)).toEqual([]);
    await expect(instance.control.links.accept(secret, PASSWORD, user)).rejects.toEqual(code('invalid-link'));
    await expect(instance.control.links.look(secret, user)).rejects.toEqual(code('invalid-link'));
  });

  it('is joined with an account by its own address alone', async () => {
    const first = await invite(A, 'new@one.example');
    await instance.control.links.accept(first.secret, PASSWORD, user);
    const second = await invite(B, 'new@one.example', 'editor');
    await expect(instance.control.links.accept(second.secret, PASSWORD, user)).rejects.toEqual(code('account-exists'));
    const { by } = await ownerOf(A);
    const other = instance.control.first!.tenants[0]!.admin;
    await expect(
      instance.control.links.join(by, await signIn(other.email, other.password), second.secret),
    ).rejects.toEqual(code('other-address'));
    await instance.control.links.join(by, await signIn('new@one.example'), second.secret);
    const { tenants } = await signIn('new@one.example');
    expect([...tenants].map(([id, { role }]) => [id, role])).toEqual([
      [A, 'viewer'],
      [B, 'editor'],
    ]);
    await expect(instance.control.links.join(by, await signIn('new@one.example'), second.secret)).rejects.toEqual(
      code('invalid-link'),
    );
  });

  it('of two accepted at once lets one in', async () => {
    const { secret } = await invite(A, 'new@one.example');
    const both = await Promise.allSettled([1, 2].map(() => instance.control.links.accept(secret, PASSWORD, user)));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('opens nothing after seven days, when revoked, replaced, or its tenant is suspended', async () => {
    const look = (secret: string) => instance.control.links.look(secret, { remote: `192.0.2.${secret.length}` });
    const { by } = await ownerOf(A);
    const revoked = await invite(A, 'a@one.example');
    await expect(instance.control.links.revoke(by, B, revoked.row.id)).rejects.toEqual(code('not-found'));
    await instance.control.links.revoke(by, A, revoked.row.id);
    await expect(look(revoked.secret)).rejects.toEqual(code('invalid-link'));
    const replaced = await invite(A, 'b@one.example');
    const late = await invite(A, 'b@one.example');
    await expect(look(replaced.secret)).rejects.toEqual(code('invalid-link'));
    await instance.control.tenants.change(by, A, { status: 'suspended', reason: 'a test' });
    await expect(look(late.secret)).rejects.toEqual(code('invalid-link'));
    await instance.control.tenants.change(by, A, { status: 'active', reason: 'a test' });
    instance.clock.advance(7 * DAY - 1);
    await look(late.secret);
    instance.clock.advance(1);
    await expect(look(late.secret)).rejects.toEqual(code('invalid-link'));
  });

  it('stands on the right of who made it', async () => {
    const admin = await invite(A, 'admin@one.example', 'admin');
    await instance.control.links.accept(admin.secret, PASSWORD, user);
    const session = await signIn('admin@one.example');
    const { permissions } = session.tenants.get(A)!;
    const by: Actor = { name: 'admin@one.example', tenant: A, remote: '' };
    const made = (role: string) =>
      instance.control.links.invite(by, session.principal, A, permissions, { email: 'c@one.example', role });
    await expect(made('owner')).rejects.toEqual(code('more-than-yours'));
    const { secret } = await made('viewer');
    await instance.control.users.changeRole(by, A, ALL, session.principal.id, 'viewer');
    await expect(instance.control.links.accept(secret, PASSWORD, user)).rejects.toEqual(code('invalid-link'));
  });

  it('is not for members, and made by people', async () => {
    const { by, maker } = await ownerOf(A);
    await expect(invite(A, by.name)).rejects.toEqual(code('already-member'));
    const token: Principal = { ...maker, kind: 'token' };
    await expect(
      instance.control.links.invite(by, token, A, ALL, { email: 'a@b.example', role: 'viewer' }),
    ).rejects.toEqual(code('people-only'));
  });

  it('makes who guesses secrets wait, and nobody else', async () => {
    const { secret } = await invite(A, 'new@one.example');
    const guess = `hl_${'A'.repeat(43)}`;
    for (let i = 0; i < 5; i++)
      await expect(instance.control.links.look(guess, user)).rejects.toEqual(code('invalid-link'));
    await expect(instance.control.links.look(guess, user)).rejects.toEqual(code('login-throttled'));
    await expect(instance.control.links.look(secret, { remote: '198.51.100.1' })).resolves.toBeTruthy();
  });

  it('refuses common passwords, the address and the name of the tenant', async () => {
    const { secret } = await invite(A, 'minji@one.example');
    for (const [password, reason] of [
      ['password12345', 'common'],
      ['minji@one.example', 'address'],
      ['Tenant A 2026', 'tenant'],
    ] as const)
      await expect(instance.control.links.accept(secret, password, user)).rejects.toEqual(
        expect.objectContaining({ code: 'control.common-password', reason }),
      );
  });
});

describe('a reset link', () => {
  it('sets a new password, ends sessions, and works once', async () => {
    await instance.control.links.accept((await invite(A, 'new@one.example')).secret, PASSWORD, user);
    const session = await signIn('new@one.example');
    const { by, maker } = await ownerOf(A);
    const { secret } = await instance.control.links.resetOfMember(by, maker, A, session.principal.id);
    const next = 'another quiet evening there';
    await instance.control.links.accept(secret, next, user);
    expect(await instance.control.sessions.list(session.principal.id)).toEqual([]);
    await signIn('new@one.example', next);
    await expect(instance.control.links.accept(secret, PASSWORD, user)).rejects.toEqual(code('invalid-link'));
  });

  it('is for people of one tenant that are no owners, when it is used too', async () => {
    const { by, maker } = await ownerOf(A);
    await expect(instance.control.links.resetOfMember(by, maker, A, maker.id)).rejects.toEqual(code('owner'));
    const foreign = (await ownerOf(B)).maker.id;
    await expect(instance.control.links.resetOfMember(by, maker, A, foreign)).rejects.toEqual(code('not-found'));
    await instance.control.links.accept((await invite(A, 'new@one.example')).secret, PASSWORD, user);
    const session = await signIn('new@one.example');
    const { secret } = await instance.control.links.resetOfMember(by, maker, A, session.principal.id);
    await instance.control.links.join(by, session, (await invite(B, 'new@one.example')).secret);
    await expect(instance.control.links.accept(secret, 'another quiet evening there', user)).rejects.toEqual(
      code('invalid-link'),
    );
    await expect(instance.control.links.resetOfMember(by, maker, A, session.principal.id)).rejects.toEqual(
      code('shared-account'),
    );
  });

  it('comes with a new tenant, for its first owner', async () => {
    const by: Actor = { name: 'operator@hanok.local', tenant: null, remote: '', operator: true };
    const wanted = { id: 'acme', name: 'Acme', mode: 'pool', adminEmail: 'boss@acme.example' } as const;
    const { admin } = await instance.control.tenants.create(by, wanted);
    await instance.control.links.accept(admin.link.secret, PASSWORD, user);
    expect((await signIn('boss@acme.example')).tenants.get('acme' as TenantId)?.role).toBe('owner');
  });
});
