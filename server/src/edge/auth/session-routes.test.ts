import { TENANT_PERMISSIONS } from '@hanok/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { type EdgeInstance, openEdgeInstance } from '../testkit/instance.ts';

let instance: EdgeInstance;
afterEach(() => instance?.close());

async function signIn(headers: Record<string, string> = {}) {
  const { email, password } = instance.first.tenants[1]!.admin;
  const answer = await instance.call('/api/v1/login', { method: 'POST', body: { email, password }, headers });
  const [device = '', cookie = ''] = answer.headers.getSetCookie();
  return { answer, device, cookie, pair: cookie.split(';')[0]!, token: (answer.json as { token: string }).token };
}

describe('login', () => {
  it('sets the cookie and answers with the same token', async () => {
    instance = await openEdgeInstance();
    const { answer, cookie, pair, token } = await signIn();
    expect(answer.status).toBe(200);
    expect(cookie).toMatch(/^hanok_session=hs_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/);
    expect(pair).toBe(`hanok_session=${token}`);
    for (const how of [{ headers: { cookie: pair } }, { token }]) {
      const me = await instance.call('/api/v1/me', how);
      expect(me.json).toEqual({
        email: 'admin@tenant-b.hanok.local',
        kind: 'person',
        operatorRole: null,
        instancePermissions: [],
        tenant: {
          id: 'tenant-b',
          name: 'Tenant B',
          mode: 'pool',
          role: 'owner',
          permissions: [...TENANT_PERMISSIONS],
          until: null,
        },
        tenants: [{ id: 'tenant-b', name: 'Tenant B', mode: 'pool' }],
        tenantCount: 1,
        endpoints: { otlpHttp: 'http://127.0.0.1:4318', otlpGrpc: 'http://127.0.0.1:4317', ui: instance.url },
      });
    }
  });

  it('is Secure and strict about transport behind TLS', async () => {
    instance = await openEdgeInstance({ config: { publicUrl: 'https://hanok.example/' } });
    const { cookie, device, pair, token, answer } = await signIn();
    expect(cookie).toMatch(/^__Host-hanok_session=hs_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; .*; Secure$/);
    expect(device).toMatch(/; Secure$/);
    expect((await instance.call('/api/v1/me', { headers: { cookie: pair } })).status).toBe(200);
    // What a neighbouring host can set is another name.
    const tossed = `hanok_session=${await instance.token('tenant-a')}`;
    expect((await instance.call('/api/v1/me', { headers: { cookie: tossed } })).status).toBe(401);
    expect((await instance.call('/api/v1/me', { headers: { cookie: `${tossed}; ${pair}` } })).json).toMatchObject({
      email: 'admin@tenant-b.hanok.local',
    });
    expect(answer.headers.get('strict-transport-security')).toMatch(/max-age=\d+/);
    const me = await instance.call('/api/v1/me', { token });
    expect((me.json as { endpoints: { ui: string } }).endpoints.ui).toBe('https://hanok.example');
    const out = await instance.call('/api/v1/logout', { method: 'POST', headers: { cookie: pair } });
    expect(out.headers.get('set-cookie')).toMatch(/^__Host-hanok_session=; Path=\/; .*Max-Age=0; Secure$/);
  });

  it('refuses wrong passwords and unknown people alike, and foreign pages', async () => {
    instance = await openEdgeInstance();
    const attempt = (email: string, headers = {}) =>
      instance.call('/api/v1/login', { method: 'POST', body: { email, password: 'guess' }, headers });
    const [known, unknown] = [await attempt('admin@tenant-b.hanok.local'), await attempt('nobody@x.example')];
    const bare = ({ json }: typeof known) => JSON.stringify(json).replace(/"requestId":"[^"]+"/, '');
    expect([known.status, known.code]).toEqual([401, 'control.wrong-credentials']);
    expect(bare(known)).toBe(bare(unknown));
    expect((await attempt('x@x.example', { origin: 'https://evil.example' })).code).toBe('edge.cross-site');
    for (let i = 0; i < 5; i++) await attempt('admin@tenant-b.hanok.local');
    const throttled = await attempt('admin@tenant-b.hanok.local');
    expect([throttled.status, throttled.code]).toEqual([429, 'control.login-throttled']);
    expect(Number(throttled.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('a device on which somebody signed in', () => {
  const attempt = (password: string, headers = {}, email = 'admin@tenant-b.hanok.local') =>
    instance.call('/api/v1/login', { method: 'POST', body: { email, password }, headers });
  const passwordOf = () => instance.first.tenants[1]!.admin.password;

  it('is given a cookie that scripts cannot read and that is sent to the login alone', async () => {
    instance = await openEdgeInstance();
    const { device } = await signIn();
    expect(device).toMatch(
      /^hanok_device=[\w-]{22}\.[0-9a-z]+\.[\w-]{43}; Path=\/api\/v1\/login; HttpOnly; SameSite=Strict; Max-Age=15552000$/,
    );
  });

  it('signs its person in while others behind the same address guess', async () => {
    instance = await openEdgeInstance();
    const { device } = await signIn();
    const headers = { cookie: device.split(';')[0]! };
    for (let n = 0; n < 60; n++) await attempt('guess', {}, `nobody-${n}@x.example`);
    for (let n = 0; n < 6; n++) await attempt('guess');
    expect((await attempt(passwordOf())).code).toBe('control.login-throttled');
    expect((await attempt(passwordOf(), headers)).status).toBe(200);
    // It is good for the person it was given to, and for nobody else.
    const { admin } = instance.first.tenants[0]!;
    expect((await attempt(admin.password, headers, admin.email)).code).toBe('control.login-throttled');
  });

  it('has a budget of its own for wrong passwords', async () => {
    instance = await openEdgeInstance();
    const { device } = await signIn();
    const headers = { cookie: device.split(';')[0]! };
    const codes: unknown[] = [];
    for (let n = 0; n < 12; n++) codes.push((await attempt('guess', headers)).code);
    expect(codes.slice(0, 10)).toEqual(Array(10).fill('control.wrong-credentials'));
    expect(codes.slice(10)).toEqual(Array(2).fill('control.login-throttled'));
    expect((await attempt(passwordOf(), headers)).code).toBe('control.login-throttled');
    // The person elsewhere is not held up by it.
    expect((await attempt(passwordOf())).status).toBe(200);
  });

  it('keeps the marks of several people, and no text that is not a mark', async () => {
    instance = await openEdgeInstance();
    const first = (await signIn()).device.split(';')[0]!;
    const { admin } = instance.first.tenants[0]!;
    const next = await attempt(admin.password, { cookie: `${first}~<script>` }, admin.email);
    const [both = ''] = next.headers.getSetCookie();
    const value = both.split(';')[0]!;
    expect(value.split('~')).toHaveLength(2);
    expect(value).toContain(first.replace('hanok_device=', ''));
    for (let n = 0; n < 6; n++) await attempt('guess');
    expect((await attempt(passwordOf(), { cookie: value })).status).toBe(200);
  });
});

describe('two session cookies', () => {
  it('are refused with a code that says so, on every route of the API', async () => {
    instance = await openEdgeInstance();
    const { pair } = await signIn();
    const other = `hanok_session=${await instance.token('tenant-a')}`;
    for (const cookie of [`${other}; ${pair}`, `${pair}; ${other}`, `${pair}; ${pair}`]) {
      const answers = [
        await instance.call('/api/v1/me', { headers: { cookie } }),
        await instance.call('/api/v1/keys', { method: 'POST', body: { name: 'k' }, headers: { cookie } }),
        await instance.call('/api/v1/login', { method: 'POST', body: {}, headers: { cookie } }),
        await instance.call('/api/v1/ingest-activity/stream', { headers: { cookie } }),
      ];
      expect(answers.map(({ status, code }) => [status, code])).toEqual(Array(4).fill([400, 'edge.repeated-session']));
    }
    const { headers } = await fetch(`${instance.url}/api/v1/me`, { headers: { cookie: `${other}; ${pair}` } });
    const ended = headers.getSetCookie();
    for (const path of ['/', '/api', '/api/', '/api/v1', '/api/v1/me'])
      expect(ended).toContain(`hanok_session=; Path=${path}; HttpOnly; SameSite=Strict; Max-Age=0`);
    expect((await instance.call('/', { headers: { cookie: `${other}; ${pair}` } })).code).not.toBe(
      'edge.repeated-session',
    );
  });
});

describe('the client behind a proxy', () => {
  /** Sixty wrong passwords for invented addresses from one client, then the right one from another. */
  async function floodThenSignIn(trustProxy: string) {
    instance = await openEdgeInstance({ config: { trustProxy } });
    const from = (client: string) => ({ 'x-forwarded-for': client });
    for (let n = 0; n < 60; n++)
      await instance.call('/api/v1/login', {
        method: 'POST',
        body: { email: `p${n}@x.example`, password: 'guess' },
        headers: from('198.51.100.7'),
      });
    const { admin } = instance.first.tenants[1]!;
    const again = await instance.call('/api/v1/login', {
      method: 'POST',
      body: admin,
      headers: from('198.51.100.7'),
    });
    const other = await instance.call('/api/v1/login', { method: 'POST', body: admin, headers: from('192.0.2.9') });
    return [again.status, other.status];
  }

  it('is who the declared proxy says it is: one client does not use up the others', async () => {
    expect(await floodThenSignIn('127.0.0.1')).toEqual([429, 200]);
  });

  it('is the proxy itself when none is declared, whatever the header says; the log says what to do', async () => {
    expect(await floodThenSignIn('')).toEqual([429, 429]);
    expect(instance.warnings).toEqual([expect.objectContaining({ setting: 'HANOK_TRUST_PROXY' })]);
  });
});

describe('a session', () => {
  it('ends with logout, for cookie and bearer alike', async () => {
    instance = await openEdgeInstance();
    const { pair, token } = await signIn();
    const out = await instance.call('/api/v1/logout', { method: 'POST', headers: { cookie: pair } });
    expect(out.status).toBe(200);
    expect(out.headers.get('set-cookie')).toMatch(/^hanok_session=; .*Max-Age=0/);
    expect((await instance.call('/api/v1/me', { token })).code).toBe('edge.no-session');
  });

  it('in a cookie changes things for our own pages only', async () => {
    instance = await openEdgeInstance();
    const { pair, token } = await signIn();
    const make = (headers: Record<string, string>) =>
      instance.call('/api/v1/keys', { method: 'POST', body: { name: 'k' }, headers });
    expect((await make({ cookie: pair, origin: 'https://evil.example' })).code).toBe('edge.cross-site');
    expect((await make({ cookie: pair, 'sec-fetch-site': 'same-site' })).code).toBe('edge.cross-site');
    expect((await make({ cookie: pair, origin: instance.url })).status).toBe(200);
    expect((await make({ cookie: pair })).status).toBe(200);
    // A bearer token is not sent by browsers on their own.
    expect((await make({ authorization: `Bearer ${token}`, origin: 'https://evil.example' })).status).toBe(200);
    expect(
      (await instance.call('/api/v1/keys', { headers: { cookie: pair, 'sec-fetch-site': 'cross-site' } })).status,
    ).toBe(200);
  });

  it('does not mix with another', async () => {
    instance = await openEdgeInstance();
    const { pair } = await signIn();
    const answer = await instance.call('/api/v1/me', {
      headers: { cookie: pair },
      token: await instance.token('tenant-a'),
    });
    expect([answer.status, answer.code]).toEqual([401, 'edge.credential-conflict']);
  });

  it('of an operator sees all tenants, and into those that were opened', async () => {
    instance = await openEdgeInstance();
    const token = await instance.token('operator');
    expect((await instance.call('/api/v1/me', { token })).json).toMatchObject({
      operatorRole: 'operator',
      tenant: null,
      tenants: [{ id: 'hanok' }, { id: 'tenant-a' }, { id: 'tenant-b' }],
    });
    const headers = { 'x-hanok-tenant': 'tenant-a' };
    const me = () => instance.call('/api/v1/me', { token, headers });
    expect((await me()).json).toMatchObject({ tenant: { id: 'tenant-a', role: null, permissions: [], until: null } });
    expect((await instance.call('/api/v1/keys', { token, headers })).code).toBe('edge.access-needed');
    const access = '/api/v1/tenants/tenant-a/access';
    expect((await instance.call(access, { method: 'POST', token, body: { reason: 'no' } })).code).toBe(
      'edge.invalid-input',
    );
    const reason = 'they asked why nothing arrives';
    expect((await instance.call(access, { method: 'POST', token, body: { reason } })).status).toBe(200);
    expect((await me()).json).toMatchObject({ tenant: { role: 'viewer', until: expect.stringMatching(/^\d{19}$/) } });
    expect((await instance.call('/api/v1/keys', { token, headers })).status).toBe(200);
    const make = { method: 'POST', token, headers, body: { name: 'k' } };
    expect((await instance.call('/api/v1/keys', make)).code).toBe('edge.forbidden');
    // The tenant reads who it was and why.
    const owner = await instance.token('tenant-a');
    expect((await instance.call('/api/v1/audit', { token: owner })).text).toContain(reason);
    expect((await instance.call(access, { method: 'DELETE', token })).status).toBe(200);
    expect((await instance.call('/api/v1/keys', { token, headers })).code).toBe('edge.access-needed');
  });

  it('changes its own password, slowly when guessing', async () => {
    instance = await openEdgeInstance();
    const { token } = await signIn();
    const { password } = instance.first.tenants[1]!.admin;
    const change = (current: string) =>
      instance.call('/api/v1/me/password', { method: 'PUT', token, body: { current, next: 'a much better one' } });
    expect((await change('wrong')).code).toBe('control.wrong-password');
    expect((await change(password)).status).toBe(200);
    expect((await instance.call('/api/v1/me', { token })).status).toBe(200);
    const codes: unknown[] = [];
    for (let i = 0; i < 7; i++) codes.push((await change('wrong')).code);
    expect(codes.at(-1)).toBe('control.login-throttled');
    const audit = await instance.control.audit.page({ tenant: 'tenant-b', before: undefined, limit: 10 });
    expect(audit.map((row) => `${row.action} ${row.outcome}`)).toContain('user.change-password ok');
  });
});

describe('administration over HTTP', () => {
  it('makes tenants, people and keys, once, and tells the secrets once', async () => {
    instance = await openEdgeInstance();
    const token = await instance.token('operator');
    const body = { id: 'shop', name: 'Shop', mode: 'silo', adminEmail: 'boss@shop.example' };
    const made = await instance.call('/api/v1/tenants', { method: 'POST', token, body });
    expect(made.json).toMatchObject({
      tenant: { id: 'shop', store: 'silo-shop' },
      ingestKey: expect.stringMatching(/^hk_/),
    });
    expect((await instance.call('/api/v1/tenants', { method: 'POST', token, body })).code).toBe(
      'control.tenant-exists',
    );
    for (const id of ['hanok', 'Shop', 'a|b', '../x', '-a', 'a'.repeat(64)])
      expect(
        (await instance.call('/api/v1/tenants', { method: 'POST', token, body: { ...body, id } })).status,
        id,
      ).toBe(400);
    const patch = { limits: { recordsPerSecond: 7 }, retentionDays: { traces: 2 } };
    const changed = await instance.call('/api/v1/tenants/shop', { method: 'PATCH', token, body: patch });
    expect(changed.json).toMatchObject({ limits: { recordsPerSecond: 7 }, retentionDays: { traces: 2, logs: 30 } });

    const { headers } = await instance.operatorIn('shop');
    const key = await instance.call('/api/v1/keys', { method: 'POST', token, headers, body: { name: 'k' } });
    const { secret, key: row } = key.json as { secret: string; key: { id: string } };
    const list = await instance.call('/api/v1/keys', { token, headers });
    expect(list.text).toContain(row.id);
    expect(list.text).not.toContain(secret);
    const revoke = () => instance.call(`/api/v1/keys/${row.id}`, { method: 'DELETE', token, headers });
    expect((await revoke()).status).toBe(200);
    expect((await revoke()).code).toBe('control.not-found');
    expect((await instance.call('/api/v1/audit/verify', { token })).json).toMatchObject({ ok: true, broken: null });
    const pages = await instance.call('/api/v1/instance/audit?limit=2', { token });
    const { cursor, rows } = pages.json as { cursor: string; rows: Array<{ seq: number }> };
    const next = await instance.call(`/api/v1/instance/audit?limit=2&cursor=${cursor}`, { token });
    expect((next.json as typeof pages.json & { rows: Array<{ seq: number }> }).rows[0]!.seq).toBe(rows[1]!.seq - 1);
    expect((await instance.call('/api/v1/instance/audit?cursor=x', { token })).code).toBe('control.invalid-cursor');
  });
});
