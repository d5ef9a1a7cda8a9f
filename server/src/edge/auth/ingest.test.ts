import type { TenantId } from '@hanok/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeInstance, openEdgeInstance } from '../testkit/instance.ts';

let instance: EdgeInstance;
beforeAll(async () => {
  instance = await openEdgeInstance();
});
afterAll(() => instance.close());

const ask = (headers: Record<string, string>) => {
  const answer = instance.edge.authorize((name) => headers[name], '192.0.2.9');
  if (answer instanceof Promise) throw new Error('keys are answered at once');
  return answer;
};
const codeOf = (headers: Record<string, string>) => {
  const answer = ask(headers);
  return answer.ok ? 'ok' : [answer.error.code, answer.error.status, answer.error.grpc];
};

describe('authorize', () => {
  it.each(['x-hanok-key', 'x-oneuptime-token', 'signoz-ingestion-key'])('takes the key in %s', (name) => {
    expect(ask({ [name]: instance.key('tenant-a') })).toMatchObject({
      ok: true,
      caller: { tenant: 'tenant-a', actor: { kind: 'key' } },
      retentionDays: { logs: 30, traces: 30, metrics: 90 },
      limits: { recordsPerSecond: 1_000 },
    });
  });

  it.each(['Bearer ', 'bearer   ', 'BEARER '])('takes the key after %j', (scheme) => {
    expect(codeOf({ authorization: scheme + instance.key('tenant-b') })).toBe('ok');
  });

  it('gives a caller that cannot be changed, and the same one each time', () => {
    const one = ask({ 'x-hanok-key': instance.key('tenant-a') });
    expect(ask({ 'x-hanok-key': instance.key('tenant-a') })).toBe(one);
    expect(one.ok && Object.isFrozen(one.caller) && Object.isFrozen(one.caller.actor)).toBe(true);
  });

  it('refuses what is no credential', () => {
    expect(codeOf({})).toEqual(['edge.no-credential', 401, 16]);
    expect(codeOf({ authorization: 'Basic YTpi' })).toEqual(['edge.no-credential', 401, 16]);
    expect(codeOf({ 'x-hanok-key': '  ' })).toEqual(['edge.no-credential', 401, 16]);
    expect(codeOf({ 'x-hanok-key': 'hk_wrong' })).toEqual(['edge.unknown-key', 401, 16]);
    expect(codeOf({ 'x-hanok-key': 'x'.repeat(100_000) })).toEqual(['edge.unknown-key', 401, 16]);
    expect(codeOf({ 'x-hanok-key': `${instance.key('tenant-a')}, ${instance.key('tenant-a')}` })).toEqual([
      'edge.unknown-key',
      401,
      16,
    ]);
  });

  it('refuses two different credentials and takes the same one twice', () => {
    const a = instance.key('tenant-a');
    expect(codeOf({ authorization: `Bearer ${a}`, 'x-hanok-key': a, 'x-oneuptime-token': a })).toBe('ok');
    expect(codeOf({ authorization: `Bearer ${a}`, 'x-hanok-key': instance.key('tenant-b') })).toEqual([
      'edge.credential-conflict',
      401,
      16,
    ]);
    expect(codeOf({ 'x-oneuptime-token': 'nonsense', 'signoz-ingestion-key': a })).toEqual([
      'edge.credential-conflict',
      401,
      16,
    ]);
  });

  it('holds x-business-id against the key, and answers alike for tenants that exist and that do not', async () => {
    const key = { 'x-hanok-key': instance.key('tenant-b') };
    expect(codeOf({ ...key, 'x-business-id': 'tenant-b' })).toBe('ok');
    const refusals = [
      'tenant-a',
      'tenant-z',
      'a|b',
      '../x',
      '__proto__',
      'x'.repeat(200),
      '',
      'tenant-b, tenant-a',
    ].map((claimed) => ask({ ...key, 'x-business-id': claimed }));
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        ok: false,
        tenant: 'tenant-b',
        error: { code: 'edge.tenant-mismatch', grpc: 7 },
      });
      expect(refusal.ok || refusal.error.message).toBe(refusals[0]!.ok || refusals[0]!.error.message);
    }
    expect(codeOf({ ...key, 'x-hanok-tenant': 'tenant-a' })).toEqual(['edge.tenant-mismatch', 403, 7]);
    // Given time to be written behind.
    await instance.control.audit.append({
      actor: { name: 'test', tenant: null, remote: '' },
      action: 'mark',
      target: '',
      outcome: 'ok',
    });
    const rows = await instance.control.audit.page({ tenant: 'tenant-b', before: undefined, limit: 100 });
    expect(rows.filter((row) => row.action === 'ingest' && row.target === 'x-business-id')).toHaveLength(1);
    expect(JSON.parse(rows.find((row) => row.action === 'ingest')!.detail)).toMatchObject({
      code: 'edge.tenant-mismatch',
    });
  });

  it('refuses a revoked key and a suspended tenant from the moment on', async () => {
    const by = { name: 'test', tenant: null, remote: '' };
    const { tenant, ingestKey } = await instance.control.tenants.create(by, {
      id: 'short-lived',
      name: 'S',
      mode: 'pool',
      adminEmail: 's@s.example',
    });
    const { key, secret } = await instance.control.keys.create(by, tenant.id, 'second');
    expect(codeOf({ 'x-hanok-key': secret })).toBe('ok');
    await instance.control.keys.revoke(by, tenant.id, key.id);
    expect(codeOf({ 'x-hanok-key': secret })).toEqual(['edge.revoked-key', 401, 16]);
    // Whose it was: they hear of whoever still sends with it.
    expect(ask({ 'x-hanok-key': secret })).toMatchObject({
      tenant: 'short-lived',
      error: { values: { key: key.prefix } },
    });
    expect(ask({ 'x-hanok-key': secret })).toBe(ask({ 'x-hanok-key': secret }));
    await instance.control.tenants.change(by, tenant.id, { status: 'suspended' });
    expect(codeOf({ 'x-hanok-key': ingestKey })).toEqual(['edge.tenant-suspended', 403, 7]);
  });

  it('does not take a session token', async () => {
    expect(codeOf({ authorization: `Bearer ${await instance.token('tenant-a')}` })).toEqual([
      'edge.unknown-key',
      401,
      16,
    ]);
  });

  it('remembers when a key was used', async () => {
    ask({ 'x-hanok-key': instance.key('tenant-a') });
    await instance.control.keys.writeUses();
    const [key] = await instance.control.keys.list(instance.control.snapshot().tenant('tenant-a')!.id);
    expect(key!.last_used_at).toBe(instance.clock.now());
  });
});

describe('wrong keys', () => {
  const from = (remote: string, key: string) => {
    const answer = instance.edge.authorize((name) => (name === 'x-hanok-key' ? key : undefined), remote);
    if (answer instanceof Promise) throw new Error('keys are answered at once');
    return answer.ok ? 'ok' : answer.error.code;
  };

  it('are answered 429 after a minute’s worth from one address, which holds no right key up', async () => {
    const guesser = '198.51.100.9';
    const answers = Array.from({ length: 61 }, (_, n) => from(guesser, `hk_guess${n}`));
    expect(answers.slice(0, 60)).toEqual(Array(60).fill('edge.unknown-key'));
    expect(answers[60]).toBe('edge.wrong-keys');
    const refused = instance.edge.authorize(() => 'hk_guess', guesser);
    expect(refused).toMatchObject({
      ok: false,
      tenant: null,
      error: { status: 429, grpc: 8, retry: true, retryAfter: 1 },
    });
    expect(from(guesser, instance.key('tenant-a'))).toBe('ok');
    expect(from('198.51.100.10', 'hk_guess')).toBe('edge.unknown-key');
    instance.clock.advance(1_000);
    expect(from(guesser, 'hk_guess')).toBe('edge.unknown-key');
    expect(from(guesser, 'hk_guess')).toBe('edge.wrong-keys');
  });

  it('are told to the operator alone: from where, how many', async () => {
    for (let n = 0; n < 70; n++) from(`2001:db8:5:6::${n}`, `hk_guess${n}`);
    const told = async (as: Parameters<EdgeInstance['call']>[1]) => {
      const answer = await instance.call('/api/v1/ingest-activity', as);
      return (answer.json as { notices: unknown[] }).notices;
    };
    expect(
      await told({ token: await instance.token('operator'), headers: { 'x-hanok-tenant': 'hanok' } }),
    ).toContainEqual(
      expect.objectContaining({
        code: 'edge.wrong-keys',
        values: expect.objectContaining({ count: 70, remote: '2001:db8:5:6::69' }),
      }),
    );
    expect(await told({ token: await instance.token('tenant-a') })).toEqual([]);
    expect(await told(await instance.operatorIn('tenant-a'))).toEqual([]);
    const rows = await instance.control.audit.page({ tenant: undefined, before: undefined, limit: 100 });
    const row = rows.find((one) => one.target === '2001:db8:5:6::/64');
    expect(row).toMatchObject({ actor: 'anonymous', tenant: null, action: 'ingest', outcome: 'denied' });
    expect(JSON.parse(row!.detail)).toMatchObject({ code: 'edge.wrong-keys', count: 61 });
  });
});

describe('a bound key', () => {
  const by = { name: 'admin', tenant: 'tenant-a' as TenantId, remote: '' };
  const A = 'tenant-a' as TenantId;

  it('is refused once it has expired, and its tenant learns which it was', async () => {
    const { key, secret } = await instance.control.keys.create(by, A, 'short', { expiresInDays: 1 });
    expect(ask({ 'x-hanok-key': secret })).toMatchObject({ ok: true });
    instance.clock.advance(86_399_999);
    expect(ask({ 'x-hanok-key': secret })).toMatchObject({ ok: true });
    instance.clock.advance(1);
    expect(ask({ 'x-hanok-key': secret })).toMatchObject({
      ok: false,
      tenant: A,
      error: { code: 'edge.expired-key', values: { key: key.prefix } },
    });
  });

  it('is taken from its networks alone; its tenant learns which it was, the sender does not', async () => {
    const { key, secret } = await instance.control.keys.create(by, A, 'here', { networks: ['192.0.2.0/24'] });
    const from = (remote: string) =>
      instance.edge.authorize((name) => (name === 'x-hanok-key' ? secret : undefined), remote);
    expect(from('192.0.2.9')).toMatchObject({ ok: true });
    expect(from('::ffff:192.0.2.9')).toMatchObject({ ok: true });
    const refused = from('198.51.100.1');
    expect(refused).toMatchObject({
      ok: false,
      tenant: A,
      error: { code: 'edge.key-elsewhere' },
      told: { values: { key: key.prefix } },
    });
    if (refused instanceof Promise || refused.ok) throw new Error('it was refused');
    expect(JSON.stringify([refused.error.message, refused.error.values])).not.toContain(key.prefix);
  });

  it('is good beside the one that replaces it until the overlap is over', async () => {
    const old = await instance.control.keys.create(by, A, 'rotated', { networks: ['192.0.2.0/24'], expiresInDays: 90 });
    instance.clock.advance(1_000);
    const made = await instance.control.keys.rotate(by, A, old.key.id, 2);
    expect(made.key).toMatchObject({ name: 'rotated', networks: '["192.0.2.0/24"]' });
    expect(made.key.expires_at).toBe(instance.clock.now() + 90 * 86_400_000);
    const is = (secret: string) => {
      const answer = instance.edge.authorize((name) => (name === 'x-hanok-key' ? secret : undefined), '192.0.2.1');
      return !(answer instanceof Promise) && answer.ok;
    };
    expect([is(old.secret), is(made.secret)]).toEqual([true, true]);
    await expect(instance.control.keys.rotate(by, A, old.key.id, 2)).rejects.toMatchObject({
      code: 'control.key-replaced',
    });
    await expect(instance.control.keys.rotate(by, 'tenant-b' as TenantId, made.key.id, 2)).rejects.toMatchObject({
      code: 'control.not-found',
    });
    instance.clock.advance(2 * 3_600_000);
    expect([is(old.secret), is(made.secret)]).toEqual([false, true]);
  });
});

describe('spend', () => {
  it('lets the average through, holds the excess back, and keeps tenants apart', () => {
    const a = ask({ 'x-hanok-key': instance.key('tenant-a') });
    const b = ask({ 'x-hanok-key': instance.key('tenant-b') });
    if (!a.ok || !b.ok) throw new Error('both keys are good');
    expect(instance.edge.spend(a.caller, 5_000, 10).open).toBe(true);
    expect(instance.edge.spend(a.caller, 1, 1)).toEqual({
      open: false,
      code: 'edge.rate-limited',
      reason: 'records',
      values: { limit: 'recordsPerSecond', most: 1_000, used: 2_500 },
      fix: 'Send less, or ask the operator for a higher limit.',
      message: "the tenant's limit of 1000 records per second is used up",
      // 2,000 in the bucket, 5,000 taken: three seconds of debt and one token.
      retryAfter: 4,
    });
    expect(instance.edge.spend(b.caller, 1, 1).open).toBe(true);
    instance.clock.advance(3_001);
    expect(instance.edge.spend(a.caller, 0, 0).open).toBe(true);
    instance.edge.settle(a.caller, 100, 0);
    expect(instance.edge.spend(a.caller, 0, 0).open).toBe(false);
    instance.edge.settle(a.caller, -101, 0);
    expect(instance.edge.spend(a.caller, 0, 0).open).toBe(true);
  });

  it('counts requests of whatever size, and says which limit it was', async () => {
    const a = ask({ 'x-hanok-key': instance.key('tenant-a') });
    if (!a.ok) throw new Error('the key is good');
    await instance.control.tenants.change({ name: 'op', tenant: null, remote: '' }, 'tenant-a', {
      limits: { requestsPerSecond: 5 },
    });
    for (let n = 0; n < 10; n++) expect(instance.edge.spend(a.caller, 0, 0).open).toBe(true);
    expect(instance.edge.spend(a.caller, 0, 0)).toMatchObject({
      reason: 'requests',
      values: { limit: 'requestsPerSecond', most: 5, used: 5 },
      retryAfter: 1,
    });
    instance.clock.advance(200);
    expect(instance.edge.spend(a.caller, 0, 0).open).toBe(true);
    expect(instance.edge.spend(a.caller, 0, 0).open).toBe(false);
    instance.clock.advance(10_000);
    expect(instance.edge.rates(a.caller.tenant).requestsPerSecond).toBe(1);
    instance.clock.advance(20_000);
    expect(instance.edge.rates(a.caller.tenant).requestsPerSecond).toBe(0);
  });

  it('takes nothing when it refuses', () => {
    const a = ask({ 'x-hanok-key': instance.key('tenant-a') });
    if (!a.ok) throw new Error('the key is good');
    instance.clock.advance(60_000);
    instance.edge.spend(a.caller, 2_000, 0);
    for (let i = 0; i < 50; i++) expect(instance.edge.spend(a.caller, 1_000, 0).open).toBe(false);
    instance.clock.advance(2);
    expect(instance.edge.spend(a.caller, 1, 0).open).toBe(true);
  });

  it('follows a change of the limits', async () => {
    const b = ask({ 'x-hanok-key': instance.key('tenant-b') });
    if (!b.ok) throw new Error('the key is good');
    await instance.control.tenants.change({ name: 'test', tenant: null, remote: '' }, 'tenant-b', {
      limits: { bytesPerSecond: 1_024, burstSeconds: 1 },
    });
    instance.edge.spend(b.caller, 0, 2_048);
    expect(instance.edge.spend(b.caller, 0, 1)).toMatchObject({ open: false, retryAfter: 2 });
  });
});
