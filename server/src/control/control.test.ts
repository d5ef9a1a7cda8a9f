import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PERMISSIONS_OF_TENANT_ROLE, type TenantId } from '@hanok/contract';
import { afterEach, describe, expect, it } from 'vitest';
import type { Actor } from './audit/log.ts';
import { type ControlInstance, openControlInstance } from './testkit/index.ts';

const A = 'tenant-a' as TenantId;
const B = 'tenant-b' as TenantId;
const operator: Actor = {
  name: 'operator@hanok.local',
  tenant: null,
  remote: '192.0.2.1',
  requestId: 'r1',
  operator: true,
};
const ALL = new Set(PERMISSIONS_OF_TENANT_ROLE.owner);
const from = { remote: '192.0.2.7' };

let instance: ControlInstance;
afterEach(() => instance?.close());

const first = () => instance.control.first!;
const adminOf = (id: string) => first().tenants.find((tenant) => tenant.id === id)!.admin;
const keyOf = (id: string) => first().tenants.find((tenant) => tenant.id === id)!.ingestKey;
const actions = async (tenant?: string) =>
  (await instance.control.audit.page({ tenant, before: undefined, limit: 100 })).map(
    (row) => `${row.action} ${row.outcome}`,
  );

describe('first start', () => {
  it('leaves bootstrap.json in the promised shape, mode 0600, and the database as well', async () => {
    instance = await openControlInstance();
    const path = join(instance.dataDir, 'bootstrap.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    for (const name of readdirSync(instance.dataDir).filter((file) => file.startsWith('control.db')))
      expect(statSync(join(instance.dataDir, name)).mode & 0o077, name).toBe(0);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      operator: { email: expect.stringContaining('@'), password: expect.stringMatching(/^[\w-]{24}$/) },
      tenants: [
        {
          id: 'tenant-a',
          name: 'Tenant A',
          mode: 'silo',
          ingestKey: expect.stringMatching(/^hk_[\w-]{43}$/),
          admin: { email: expect.stringContaining('@'), password: expect.stringMatching(/^[\w-]{24}$/) },
        },
        {
          id: 'tenant-b',
          name: 'Tenant B',
          mode: 'pool',
          ingestKey: expect.stringMatching(/^hk_[\w-]{43}$/),
          admin: { email: expect.stringContaining('@'), password: expect.stringMatching(/^[\w-]{24}$/) },
        },
      ],
    });
    expect(instance.control.snapshot().tenants.map(({ id, mode, store }) => [id, mode, store])).toEqual([
      ['hanok', 'pool', 'pool'],
      ['tenant-a', 'silo', 'silo-tenant-a'],
      ['tenant-b', 'pool', 'pool'],
    ]);
  });

  it('keeps no secret in the database', async () => {
    instance = await openControlInstance();
    const { token } = await instance.control.login.login(adminOf(A).email, adminOf(A).password, from);
    const secrets = [token, keyOf(A), keyOf(B), adminOf(A).password, first().operator.password];
    await instance.control.keys.writeUses();
    const bytes = await instance.database.everything();
    expect(bytes).toContain('admin@tenant-a.hanok.local');
    for (const secret of secrets) expect(bytes).not.toContain(secret);
  });

  it('changes nothing the second time', async () => {
    instance = await openControlInstance();
    const before = { ...first() };
    const file = readFileSync(join(instance.dataDir, 'bootstrap.json'), 'utf8');
    const again = await instance.reopen();
    expect(again.first).toBeUndefined();
    expect(readFileSync(join(instance.dataDir, 'bootstrap.json'), 'utf8')).toBe(file);
    expect(again.snapshot().keyFor(before.tenants[0]!.ingestKey)?.tenant.id).toBe('tenant-a');
    await expect(again.login.login(before.operator.email, before.operator.password, from)).resolves.toBeTruthy();
  });

  it('survives a file left half-written by a killed start', async () => {
    instance = await openControlInstance();
    await instance.control.close();
    // As a start leaves it that was killed after the file and before the rows.
    await instance.database.raw('delete from ingest_keys; delete from users; delete from tenants;');
    writeFileSync(join(instance.dataDir, 'bootstrap.json.tmp'), '{"oper');
    const stale = readFileSync(join(instance.dataDir, 'bootstrap.json'), 'utf8');
    const control = await instance.reopen();
    expect(control.first).toBeDefined();
    const file = readFileSync(join(instance.dataDir, 'bootstrap.json'), 'utf8');
    expect(file).not.toBe(stale);
    expect(JSON.parse(file)).toEqual(control.first);
    expect(existsSync(join(instance.dataDir, 'bootstrap.json.tmp'))).toBe(false);
  });
});

describe('snapshot', () => {
  it('knows keys and tenants, and nothing else', async () => {
    instance = await openControlInstance();
    const snapshot = instance.control.snapshot();
    expect(snapshot.keyFor(keyOf(A))?.tenant).toMatchObject({
      id: 'tenant-a',
      limits: { recordsPerSecond: 1_000, bytesPerSecond: 1_000_000, burstSeconds: 2 },
      retentionDays: { logs: 30, traces: 20, metrics: 90 },
    });
    for (const wrong of ['', 'hk_', `${keyOf(A)}x`, keyOf(A).slice(0, -1), '__proto__', 'constructor'])
      expect(snapshot.keyFor(wrong), wrong).toBeUndefined();
    for (const wrong of ['', 'tenant-c', '__proto__', 'TENANT-A', 'tenant-a '])
      expect(snapshot.tenant(wrong)).toBeUndefined();
  });

  it('changes with the database, while the old one stays as it was', async () => {
    instance = await openControlInstance();
    const old = instance.control.snapshot();
    const { key, secret } = await instance.control.keys.create(operator, B, 'second');
    expect(old.keyFor(secret)).toBeUndefined();
    expect(instance.control.snapshot().keyFor(secret)).toMatchObject({ id: key.id, tenant: { id: 'tenant-b' } });
    await instance.control.keys.revoke(operator, B, key.id);
    expect(instance.control.snapshot().keyFor(secret)).toBeUndefined();
  });

  it('knows whose the newest revoked keys were, a bounded number of each tenant', async () => {
    instance = await openControlInstance();
    const { key, secret } = await instance.control.keys.create(operator, B, 'second');
    expect(instance.control.snapshot().revokedKeyFor(secret)).toBeUndefined();
    await instance.control.keys.revoke(operator, B, key.id);
    const told = { tenant: 'tenant-b', prefix: key.prefix };
    expect(instance.control.snapshot().revokedKeyFor(secret)).toEqual(told);
    const fill = (tenant: string, count: number, at: number) =>
      instance.database.raw(`insert into ingest_keys (id, tenant, name, key_hash, prefix, created_at, last_used_at, revoked_at)
        with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count}) select '${tenant}' || ${at} || i, '${tenant}', 'old', '${tenant}' || ${at} || i, 'hk_', 0, null, ${at} from n`);
    // Others' and older ones take no place of it, newer ones of its own tenant do.
    await fill('tenant-a', 1_000, instance.clock.now() + 1);
    await fill('tenant-b', 2_000, 1);
    expect((await instance.reopen()).snapshot().revokedKeyFor(secret)).toEqual(told);
    await fill('tenant-b', 1_000, instance.clock.now() + 2);
    expect((await instance.reopen()).snapshot().revokedKeyFor(secret)).toBeUndefined();
  });

  it('writes last use lazily', async () => {
    instance = await openControlInstance();
    instance.control.snapshot().keyFor(keyOf(A))!.use.at = instance.clock.now();
    expect((await instance.control.keys.list(A))[0]!.last_used_at).toBeNull();
    await instance.control.keys.writeUses();
    expect((await instance.control.keys.list(A))[0]!.last_used_at).toBe(instance.clock.now());
  });
});

describe('keys', () => {
  it('of one tenant are not the other’s to see or revoke', async () => {
    instance = await openControlInstance();
    const [own] = await instance.control.keys.list(A);
    expect(await instance.control.keys.list(B)).toHaveLength(1);
    for (const id of [own!.id, 'k_00000000000000000000'])
      await expect(instance.control.keys.revoke(operator, B, id)).rejects.toMatchObject({
        code: 'control.not-found',
        message: 'there is no such key in force',
      });
    expect(instance.control.snapshot().keyFor(keyOf(A))).toBeDefined();
  });
});

describe('tenants', () => {
  it('are announced before their key works', async () => {
    let keyWorked: boolean | undefined;
    instance = await openControlInstance({
      onTenant: async (tenant) => {
        keyWorked = instance.control.snapshot().tenant(tenant.id) !== undefined;
      },
    });
    const { tenant, admin, ingestKey } = await instance.control.tenants.create(operator, {
      id: 'shop',
      name: 'Shop',
      mode: 'silo',
      adminEmail: 'Boss@Shop.example',
    });
    expect(keyWorked).toBe(false);
    expect(tenant.store).toBe('silo-shop');
    expect(instance.control.snapshot().keyFor(ingestKey)?.tenant.id).toBe('shop');
    await expect(instance.control.login.login('boss@shop.example', admin.password, from)).resolves.toBeTruthy();
  });

  it('whose store does not open are not made', async () => {
    instance = await openControlInstance({ onTenant: () => Promise.reject(new Error('no room')) });
    const wanted = { id: 'shop', name: 'Shop', mode: 'silo', adminEmail: 'boss@shop.example' } as const;
    await expect(instance.control.tenants.create(operator, wanted)).rejects.toMatchObject({
      code: 'control.tenant-not-opened',
    });
    expect(instance.control.snapshot().tenant('shop')).toBeUndefined();
  });

  it('cannot take a reserved or used id, nor a used address', async () => {
    instance = await openControlInstance();
    const wanted = { name: 'X', mode: 'pool', adminEmail: 'x@x.example' } as const;
    await expect(instance.control.tenants.create(operator, { ...wanted, id: 'hanok' })).rejects.toMatchObject({
      code: 'control.reserved-id',
    });
    await expect(instance.control.tenants.create(operator, { ...wanted, id: 'tenant-a' })).rejects.toMatchObject({
      code: 'control.tenant-exists',
    });
    await expect(
      instance.control.tenants.create(operator, { ...wanted, id: 'shop', adminEmail: 'ADMIN@tenant-a.hanok.local' }),
    ).rejects.toMatchObject({ code: 'control.email-unavailable' });
    const twins = await Promise.allSettled([
      instance.control.tenants.create(operator, { ...wanted, id: 'shop' }),
      instance.control.tenants.create(operator, { ...wanted, id: 'shop', adminEmail: 'y@x.example' }),
    ]);
    expect(twins.map((one) => one.status)).toEqual(['fulfilled', 'rejected']);
  });

  it('change at once, and a suspended one is shut out', async () => {
    instance = await openControlInstance();
    const { token } = await instance.control.login.login(adminOf(B).email, adminOf(B).password, from);
    await instance.control.tenants.change(operator, B, { limits: { recordsPerSecond: 5 }, retentionDays: { logs: 3 } });
    expect(instance.control.snapshot().tenant(B)).toMatchObject({
      limits: { recordsPerSecond: 5, bytesPerSecond: 1_000_000 },
      retentionDays: { logs: 3, traces: 20 },
    });
    expect(await instance.control.resolveSession(token)).toBeDefined();
    await instance.control.tenants.change(operator, B, { status: 'suspended' });
    expect(await instance.control.resolveSession(token)).toBeUndefined();
    await expect(instance.control.login.login(adminOf(B).email, adminOf(B).password, from)).rejects.toMatchObject({
      code: 'control.wrong-credentials',
    });
    await expect(instance.control.tenants.change(operator, 'nobody', {})).rejects.toMatchObject({ status: 404 });
  });
});

describe('people', () => {
  it('are found in their own tenant only', async () => {
    instance = await openControlInstance();
    const { user } = await instance.control.users.create(operator, A, ALL, {
      email: 'Member@a.example',
      role: 'editor',
    });
    const missing = 'u_00000000000000000000';
    for (const id of [user.id, missing]) {
      await expect(instance.control.users.resetPassword(operator, B, id, undefined)).rejects.toMatchObject({
        code: 'control.not-found',
      });
      await expect(instance.control.users.remove(operator, B, id)).rejects.toMatchObject({ code: 'control.not-found' });
    }
    expect((await instance.control.users.list(B)).map((one) => one.email)).toEqual(['admin@tenant-b.hanok.local']);
    expect((await instance.control.users.list(A)).map((one) => one.email)).toContain('member@a.example');
  });

  it('lose their sessions with a reset, a removal or a changed password (but the one that changed it)', async () => {
    instance = await openControlInstance();
    const { control } = instance;
    const { user, password } = await control.users.create(operator, A, ALL, { email: 'm@a.example', role: 'editor' });
    const one = await control.login.login('m@a.example', password!, from);
    const two = await control.login.login('m@a.example', password!, from);
    const session = (await control.resolveSession(one.token))!;
    const by: Actor = { name: user.email, tenant: A, remote: '' };
    await expect(control.users.changePassword(by, session, 'wrong', 'a new password')).rejects.toMatchObject({
      code: 'control.wrong-password',
    });
    await control.users.changePassword(by, session, password!, 'a new password');
    expect(await control.resolveSession(one.token)).toBeDefined();
    expect(await control.resolveSession(two.token)).toBeUndefined();
    await expect(control.login.login('m@a.example', password!, from)).rejects.toThrow();

    const reset = await control.users.resetPassword(operator, A, user.id, undefined);
    expect(await control.resolveSession(one.token)).toBeUndefined();
    const three = await control.login.login('m@a.example', reset!, from);
    await control.users.remove(operator, A, user.id);
    expect(await control.resolveSession(three.token)).toBeUndefined();
  });

  it('keep one owner, whom nobody but owners touches', async () => {
    instance = await openControlInstance();
    const { users } = instance.control;
    const [owner] = await users.list(A);
    for (const touch of [
      () => users.remove(operator, A, owner!.id),
      () => users.resetPassword(operator, A, owner!.id, undefined),
      () => users.changeRole(operator, A, ALL, owner!.id, 'viewer'),
    ])
      await expect(touch()).rejects.toMatchObject({ code: 'control.owner' });
    await expect(users.setOwner(operator, A, owner!.id, false)).rejects.toMatchObject({ code: 'control.last-owner' });
    const { user } = await users.create(operator, A, ALL, { email: 'two@a.example', role: 'admin' });
    await users.setOwner(operator, A, user.id, true);
    await users.setOwner(operator, A, owner!.id, false);
    await users.remove(operator, A, owner!.id);
    expect((await users.list(A)).map(({ email, role }) => [email, role])).toEqual([['two@a.example', 'owner']]);
  });
});

describe('sessions', () => {
  it('end by logout, by age and by idleness', async () => {
    instance = await openControlInstance();
    const { control, clock } = instance;
    const who = adminOf(A);
    const left = await control.login.login(who.email, who.password, from);
    await control.login.logout((await control.resolveSession(left.token))!, from);
    expect(await control.resolveSession(left.token)).toBeUndefined();

    const idle = await control.login.login(who.email, who.password, from);
    clock.advance(86_400_000 - 1);
    expect(await control.resolveSession(idle.token)).toBeDefined();
    clock.advance(86_400_000);
    expect(await control.resolveSession(idle.token)).toBeUndefined();

    const busy = await control.login.login(who.email, who.password, from);
    for (let day = 0; day < 13; day++) {
      clock.advance(43_200_000);
      expect(await control.resolveSession(busy.token), `half-day ${day}`).toBeDefined();
    }
    clock.advance(43_200_000);
    expect(await control.resolveSession(busy.token)).toBeUndefined();
  });

  it.each(['', 'hs_', `hs_${'A'.repeat(43)}`, 'x'.repeat(100_000), "hs_' or 1=1 --"])(
    'is not made up (%#)',
    async (token) => {
      instance = await openControlInstance();
      expect(await instance.control.resolveSession(token)).toBeUndefined();
    },
  );
});

describe('login', () => {
  it('answers the same for an unknown address as for a wrong password, and waits longer each time', async () => {
    instance = await openControlInstance();
    const { control, clock } = instance;
    const outcomes = async (email: string) => {
      const seen: unknown[] = [];
      for (let i = 0; i < 8; i++) {
        seen.push(
          await control.login.login(email, 'not it', from).catch(({ code, message, status, retryAfter }) => ({
            code,
            message,
            status,
            retryAfter,
          })),
        );
        if (i > 5) clock.advance(1_000);
      }
      return seen;
    };
    const known = await outcomes(adminOf(A).email);
    clock.advance(3_600_000);
    expect(await outcomes('nobody@nowhere.example')).toEqual(known);
    expect(known[4]).toMatchObject({ code: 'control.wrong-credentials' });
    expect(known[5]).toMatchObject({ code: 'control.login-throttled', retryAfter: 1 });
  });

  it('lets the right password in after the wait, and forgives', async () => {
    instance = await openControlInstance();
    const { control, clock } = instance;
    const who = adminOf(A);
    for (let i = 0; i < 5; i++) await control.login.login(who.email, 'not it', from).catch(() => undefined);
    await expect(control.login.login(who.email, who.password, from)).rejects.toMatchObject({
      code: 'control.login-throttled',
    });
    // Somebody else's failures do not keep the person out elsewhere.
    await expect(control.login.login(who.email, who.password, { remote: '192.0.2.99' })).resolves.toBeTruthy();
    clock.advance(1_000);
    await expect(control.login.login(who.email.toUpperCase(), who.password, from)).resolves.toBeTruthy();
    await expect(control.login.login(who.email, 'not it', from)).rejects.toMatchObject({
      code: 'control.wrong-credentials',
    });
  });

  it('does not let attempts made at one moment slip through together', async () => {
    instance = await openControlInstance();
    const codes = await Promise.all(
      Array.from({ length: 20 }, () =>
        instance.control.login.login(adminOf(A).email, 'guess', from).then(
          () => 'in',
          (error) => error.code,
        ),
      ),
    );
    expect(codes.filter((code) => code === 'control.wrong-credentials')).toHaveLength(5);
  });

  it('leaves the place of an attempt for which nobody waits any more', async () => {
    // A check takes long beside a look-up in the database, as in life.
    instance = await openControlInstance({ config: { passwordCost: 14 } });
    const { control } = instance;
    const who = adminOf(A);
    const gone = new AbortController();
    const codeOf = (done: Promise<unknown>) =>
      done.then(
        () => 'in',
        (error) => error?.code ?? error,
      );
    const attempt = (email: string, signal?: AbortSignal) =>
      codeOf(control.login.login(email, 'guess', from, signal ? { signal } : {}));
    const left = Array.from({ length: 20 }, (_, n) => attempt(`nobody-${n}@x.example`, gone.signal));
    // One runs, eight wait: no more of that source.
    expect(await Promise.race(left)).toBe('control.busy');
    gone.abort('gone');
    expect(await codeOf(control.login.login(who.email, who.password, from))).toBe('in');
    const codes = await Promise.all(left);
    expect(codes.filter((code) => code === 'gone').length).toBeGreaterThanOrEqual(7);
    // What had begun is finished; on a busy machine the next may have begun, too.
    expect(codes.filter((code) => code === 'control.wrong-credentials').length).toBeLessThanOrEqual(2);
    expect(await codeOf(control.login.login(who.email, who.password, from, { signal: gone.signal }))).toBe('gone');
  });

  it('does not hold up what those who are signed in do from the same address', async () => {
    // A check takes long beside a look-up in the database, as in life.
    instance = await openControlInstance({ config: { passwordCost: 14 } });
    const { control } = instance;
    const flood = Array.from({ length: 12 }, (_, n) =>
      control.login.login(`nobody-${n}@x.example`, 'guess', from).catch((error) => error.code),
    );
    // The first answer is a refusal: what that source may have waiting waits.
    expect(await Promise.race(flood)).toBe('control.busy');
    const by = { ...operator, remote: from.remote };
    await expect(control.users.create(by, A, ALL, { email: 'new@a.example', role: 'editor' })).resolves.toBeTruthy();
    await Promise.all(flood);
  });

  it('opens no session for somebody who has gone while the right password was checked', async () => {
    instance = await openControlInstance();
    const who = adminOf(A);
    const gone = new AbortController();
    const done = instance.control.login.login(who.email, who.password, from, { signal: gone.signal });
    setImmediate(() => gone.abort(new Error('gone')));
    await expect(done).rejects.toThrow('gone');
    expect((await actions()).filter((action) => action === 'login ok')).toEqual([]);
  });

  it('renews hashes made with other parameters', async () => {
    instance = await openControlInstance();
    const who = adminOf(A);
    const costs = async () => {
      const rows = await instance.database.raw(
        "select password_hash from users where email = 'admin@tenant-a.hanok.local'",
      );
      return String(rows[0]!['password_hash']).split('$')[1];
    };
    expect(await costs()).toBe('10');
    await instance.reopen({ passwordCost: 11 });
    await instance.control.login.login(who.email, who.password, from);
    expect(await costs()).toBe('11');
    await instance.control.login.login(who.email, who.password, from);
  });
});

describe('audit', () => {
  it('tells of everything, success and denial', async () => {
    instance = await openControlInstance();
    const { control } = instance;
    const who = adminOf(A);
    await control.login.login(who.email, 'wrong', from).catch(() => undefined);
    const { token } = await control.login.login(who.email, who.password, from);
    const { key } = await control.keys.create(operator, A, 'k');
    await control.keys.revoke(operator, A, key.id);
    await control.tenants.change(operator, A, { name: 'New name' });
    await control.login.logout((await control.resolveSession(token))!, from);
    expect(await actions('tenant-a')).toEqual([
      'logout ok',
      'tenant.change ok',
      'key.revoke ok',
      'key.create ok',
      'login ok',
      'login denied',
    ]);
    // What operators did, to whomever, and what concerns no tenant.
    expect(await actions()).toEqual([
      'tenant.change ok',
      'key.revoke ok',
      'key.create ok',
      'signing-key.create ok',
      'bootstrap ok',
    ]);
    const page = await control.audit.page({ tenant: 'tenant-b', before: undefined, limit: 10 });
    expect(page).toEqual([]);
    // An id says nothing to who reads it.
    const own = await control.audit.page({ tenant: 'tenant-a', before: undefined, limit: 10 });
    const revoked = own.find((row) => row.action === 'key.revoke')!;
    expect(JSON.parse(revoked.detail)).toMatchObject({ name: 'k', prefix: key.prefix });
  });
});
