/** Rights that end while something is open: on the real program, with data flowing through the live tail. */
import { request } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, openBrowser } from './browser.ts';
import { eventually, type Instance, openInstance } from './instance.ts';

const PASSWORD = 'correct horse battery staple';
/** What is promised, and what a machine shared by other suites may add to it before this process sees the end. */
const WITHIN_MS = 1_000 + 500;

let instance: Instance;
let operator: string;
let sending: NodeJS.Timeout;
const admins = new Map<string, string>();

/** Sends a line to both tenants every 20 ms: no heartbeat of a tail ever finds a pause. */
function keepSending(): NodeJS.Timeout {
  let n = 0;
  return setInterval(() => {
    n++;
    for (const { ingestKey } of instance.bootstrap.tenants)
      void fetch(`${instance.otlpHttp}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-hanok-key': ingestKey },
        body: JSON.stringify({
          resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: `flowing ${n}` } }] }] }],
        }),
      }).catch(() => undefined);
  }, 20);
}

async function newMember(tenant: string, name: string): Promise<{ readonly id: string; readonly token: string }> {
  const email = `${name}@${tenant}.example`;
  const { user } = await instance.api<{ user: { id: string } }>(admins.get(tenant)!, 'POST', '/api/v1/users', {
    email,
    role: 'editor',
    password: PASSWORD,
  });
  return { id: user.id, token: await instance.login({ email, password: PASSWORD }) };
}

interface Opened {
  readonly text: () => string;
  /** Milliseconds from `at` to the end of the stream. */
  endedAfter(at: number): Promise<number>;
  cancel(): Promise<void>;
}

async function open(path: string, token: string, headers: Record<string, string> = {}): Promise<Opened> {
  const response = await fetch(instance.url + path, { headers: { authorization: `Bearer ${token}`, ...headers } });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  const reader = response.body!.getReader();
  let text = '';
  const over = (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return performance.now();
      text += Buffer.from(value).toString();
    }
  })();
  return {
    text: () => text,
    endedAfter: async (at) => (await Promise.race([over, pause(20_000, Number.POSITIVE_INFINITY)])) - at,
    cancel: () => reader.cancel(),
  };
}

async function flowing(token: string, headers: Record<string, string> = {}): Promise<Opened> {
  const tail = await open('/api/v1/logs/tail', token, headers);
  await eventually('lines flow', async () => /flowing \d+[\s\S]*flowing \d+/.test(tail.text()));
  return tail;
}

async function expectEnd(stream: Opened, at: number, reason: string): Promise<void> {
  expect(await stream.endedAfter(at)).toBeLessThan(WITHIN_MS);
  expect(stream.text().slice(stream.text().lastIndexOf('event: ended'))).toBe(
    `event: ended\ndata: {"code":"edge.session-ended","reason":"${reason}"}\n\n`,
  );
}

function inDatabase(sql: string): void {
  const database = new DatabaseSync(`${instance.dataDir}/control.db`, { timeout: 5_000 });
  database.exec(sql);
  database.close();
}

beforeAll(async () => {
  instance = await openInstance({ env: { HANOK_LOG_LEVEL: 'error' } });
  operator = await instance.login(instance.bootstrap.operator);
  for (const { id, admin } of instance.bootstrap.tenants) admins.set(id, await instance.login(admin));
  sending = keepSending();
});
afterAll(async () => {
  clearInterval(sending);
  await instance?.dispose();
});

describe('a live tail and the ingest activity, with data flowing, end within a second of', () => {
  it.each<[string, string, (who: { readonly id: string; readonly token: string }) => Promise<unknown> | unknown]>([
    ['the logout', 'session', ({ token }) => instance.api(token, 'POST', '/api/v1/logout')],
    [
      'the removal of the person',
      'session',
      ({ id }) => instance.api(admins.get('tenant-b')!, 'DELETE', `/api/v1/users/${id}`),
    ],
    [
      'a new password',
      'session',
      ({ id }) => instance.api(admins.get('tenant-b')!, 'PUT', `/api/v1/users/${id}/password`, {}),
    ],
    [
      'another role',
      'role',
      ({ id }) => instance.api(admins.get('tenant-b')!, 'PATCH', `/api/v1/users/${id}`, { role: 'admin' }),
    ],
    [
      'a session that another process deleted',
      'session',
      ({ id }) => inDatabase(`delete from sessions where user_id = '${id}'`),
    ],
  ])('%s', async (what, reason, endRight) => {
    const member = await newMember('tenant-b', what.replace(/\W+/g, '-'));
    const tail = await flowing(member.token);
    const activity = await open('/api/v1/ingest-activity/stream', member.token);
    await eventually('activity flows', async () => activity.text().includes('data: '));
    const other = await flowing(admins.get('tenant-a')!);
    await endRight(member);
    // From the answer on: before it a password may have been hashed for as long as the machine is busy.
    const at = performance.now();
    await expectEnd(tail, at, reason);
    await expectEnd(activity, at, reason);
    expect(await Promise.race([other.endedAfter(at).then(() => 'ended'), pause(200, 'flows')])).toBe('flows');
    await other.cancel();
    const again = await fetch(`${instance.url}/api/v1/logs/tail`, {
      headers: { authorization: `Bearer ${member.token}` },
    });
    expect(again.status).toBe(reason === 'role' ? 200 : 401);
    await again.body?.cancel();
  });

  it('the end of its session by time', async () => {
    const { id, token } = await newMember('tenant-b', 'expiring');
    const ends = Date.now() + 3_000;
    inDatabase(`update sessions set expires_at = ${ends} where user_id = '${id}'`);
    const tail = await flowing(token);
    await expectEnd(tail, performance.now() + (ends - Date.now()), 'session');
  });

  it('the suspension of the tenant, but not for the operator who looks at it', async () => {
    const { tenant, admin: owner } = await instance.api<{
      tenant: { id: string };
      admin: { email: string; password: string };
    }>(operator, 'POST', '/api/v1/tenants', { id: 'tenant-c', name: 'C', adminEmail: 'admin@c.example' });
    await instance.openTenant(operator, tenant.id);
    const admin = await instance.login(owner);
    const theirs = await open('/api/v1/ingest-activity/stream', admin);
    const looked = await open('/api/v1/ingest-activity/stream', operator, { 'x-hanok-tenant': tenant.id });
    await instance.api(operator, 'PATCH', `/api/v1/tenants/${tenant.id}`, { status: 'suspended' });
    const at = performance.now();
    await expectEnd(theirs, at, 'session');
    expect(await Promise.race([looked.endedAfter(at).then(() => 'ended'), pause(500, 'open')])).toBe('open');

    const gone = performance.now();
    inDatabase(
      `${['operator_access', 'links', 'tenant_suspensions', 'memberships', 'ingest_keys'].map((table) => `delete from ${table} where tenant = '${tenant.id}'`).join('; ')}; delete from tenants where id = '${tenant.id}'`,
    );
    await expectEnd(looked, gone, 'tenant');
  });

  it('a revoked key, which cannot open a stream and from then on cannot send', async () => {
    const admin = admins.get('tenant-b')!;
    const { key, secret } = await instance.api<{ key: { id: string }; secret: string }>(admin, 'POST', '/api/v1/keys', {
      name: 'short-lived',
    });
    await expect(open('/api/v1/logs/tail', secret)).rejects.toThrow('401');
    const send = () =>
      fetch(`${instance.otlpHttp}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-hanok-key': secret },
        body: '{"resourceLogs":[]}',
      }).then(({ status }) => status);
    expect(await send()).toBe(200);
    await instance.api(admin, 'DELETE', `/api/v1/keys/${key.id}`);
    expect(await send()).toBe(401);
  });
});

describe("an operator's reads of a tenant's data", () => {
  beforeAll(async () => {
    for (const tenant of ['tenant-a', 'tenant-b']) await instance.openTenant(operator, tenant);
  });
  interface Row {
    readonly actor: string;
    readonly action: string;
    readonly target: string;
    readonly detail: Readonly<Record<string, unknown>>;
  }
  const rowsOf = async (tenant: string): Promise<Row[]> =>
    (await instance.api<{ rows: Row[] }>(admins.get(tenant)!, 'GET', '/api/v1/audit?limit=1000')).rows.filter(
      ({ action }) => action.startsWith('read.'),
    );
  const search = (headers: Record<string, string>, query: string) =>
    fetch(`${instance.url}/api/v1/logs/search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hanok-tenant': 'tenant-a', ...headers },
      body: JSON.stringify({ query, from: 'now-1h', to: 'now' }),
    }).then(({ status }) => status);

  it('are in the audit log of that tenant and no other, once, with what was read, by bearer and by cookie', async () => {
    const who = instance.bootstrap.operator.email;
    const bearer = { authorization: `Bearer ${operator}` };
    const before = await rowsOf('tenant-a');
    const others = await rowsOf('tenant-b');
    const long = `"card 4711" ${'x'.repeat(300)}`;
    expect(await search(bearer, long)).toBe(200);
    // The row is there before the answer is.
    const [row] = await rowsOf('tenant-a');
    expect(row).toMatchObject({
      actor: who,
      action: 'read.logs',
      target: 'POST /api/v1/logs/search',
      detail: { query: long.slice(0, 200), from: 'now-1h', to: 'now' },
    });
    for (let n = 0; n < 5; n++) expect(await search(bearer, `again ${n}`)).toBe(200);
    expect(await search({ cookie: `hanok_session=${operator}` }, 'by cookie')).toBe(200);
    expect(await rowsOf('tenant-a')).toHaveLength(before.length + 1);

    for (const path of ['services', 'metrics', 'storage', 'users', 'keys', 'fields?signal=logs', 'audit'])
      await instance.api(operator, 'GET', `/api/v1/${path}`, undefined, { 'x-hanok-tenant': 'tenant-a' });
    const actions = (await rowsOf('tenant-a')).map(({ action }) => action);
    for (const kind of ['services', 'metrics', 'storage', 'users', 'keys', 'fields', 'audit'])
      expect(actions.filter((action) => action === `read.${kind}`)).toHaveLength(1);
    expect(await rowsOf('tenant-b')).toHaveLength(others.length);
  });

  it('are refused until it is opened, and when the tenant ends it', async () => {
    const admin = admins.get('tenant-a')!;
    const { access } = await instance.api<{ access: Array<{ id: string; endedAt: string | null }> }>(
      admin,
      'GET',
      '/api/v1/operator-access',
    );
    const [open] = access.filter(({ endedAt }) => endedAt === null);
    await instance.api(admin, 'DELETE', `/api/v1/operator-access/${open!.id}`);
    expect(await search({ authorization: `Bearer ${operator}` }, 'closed')).toBe(403);
    await instance.openTenant(operator, 'tenant-a');
    expect(await search({ authorization: `Bearer ${operator}` }, 'open')).toBe(200);
  });

  it('that are streamed are told of too, and what people read of their own tenant is not', async () => {
    const { token } = await newMember('tenant-b', 'reader');
    const own = await rowsOf('tenant-b');
    await instance.api(token, 'POST', '/api/v1/logs/search', {});
    expect(await rowsOf('tenant-b')).toHaveLength(own.length);
    // Signed in with the cookie, and naming the tenant in the address as EventSource does.
    const response = await fetch(`${instance.url}/api/v1/logs/tail?tenant=tenant-b&query=secret`, {
      headers: { cookie: `hanok_session=${operator}` },
    });
    expect(response.status).toBe(200);
    expect(await rowsOf('tenant-b')).toHaveLength(own.length + 1);
    expect((await rowsOf('tenant-b'))[0]).toMatchObject({
      action: 'read.logs',
      target: 'GET /api/v1/logs/tail',
      detail: { query: 'secret' },
    });
    await response.body?.cancel();
    await instance.api(operator, 'GET', '/api/v1/me', undefined, { 'x-hanok-tenant': 'tenant-b' });
    expect(await rowsOf('tenant-b')).toHaveLength(own.length + 1);
  });
});

describe.skipIf(browserPath === undefined)('the browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  async function open(path: string, token: string, locale: 'en' | 'ko'): Promise<Page> {
    const context = await browser.newContext({
      locale: locale === 'ko' ? 'ko-KR' : 'en-US',
      viewport: { width: 1440, height: 900 },
    });
    await context.addInitScript(
      (text) => localStorage.setItem('hanok.preferences', text),
      JSON.stringify({ theme: 'light', locale }),
    );
    await context.addCookies([{ name: 'hanok_session', value: token, url: instance.url }]);
    const page = await context.newPage();
    await page.goto(instance.url + path);
    return page;
  }

  it.each([
    ['en', 'Operator read logs'],
    ['ko', '운영자가 로그 조회'],
  ] as const)("shows a tenant's administrator what operators read, in %s", async (locale, words) => {
    await instance.api(operator, 'POST', '/api/v1/logs/search', {}, { 'x-hanok-tenant': 'tenant-b' });
    const page = await open('/t/tenant-b/settings/audit', admins.get('tenant-b')!, locale);
    await page.getByRole('button', { name: words }).first().waitFor();
    await page.context().close();
  });

  it('leads to the login page when the session ends, without a click', async () => {
    const { id, token } = await newMember('tenant-b', `watching-${Date.now()}`);
    const page = await open('/t/tenant-b/home', token, 'en');
    await page.getByRole('navigation').first().waitFor();
    // The ingest activity is streamed to this screen.
    await page.waitForTimeout(1_500);
    await instance.api(admins.get('tenant-b')!, 'DELETE', `/api/v1/users/${id}`);
    await page.waitForURL(/\/login/, { timeout: 5_000 });
    await page.context().close();
  });
});

describe('metrics and readiness', () => {
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(instance.url + path, { headers });
    return { status: response.status, text: await response.text() };
  };

  it('name tenants to operators alone', async () => {
    const admin = { authorization: `Bearer ${admins.get('tenant-b')!}` };
    for (const path of ['/metrics', '/health/ready', '/health/live'])
      for (const headers of [{}, admin, { cookie: `hanok_session=${admins.get('tenant-a')!}` }]) {
        const { status, text } = await get(path, headers);
        expect([path, status]).toEqual([path, 200]);
        expect(text).not.toMatch(/tenant-[ab]/);
      }
    const whole = await get('/metrics', { authorization: `Bearer ${operator}` });
    expect(whole.text).toContain('store="silo-tenant-a"');
    const sum = (text: string) => [...text.matchAll(/^hanok_journal_appended_batches_total\{[^}]*\} (\d+)/gm)].length;
    expect(sum((await get('/metrics')).text)).toBe(2);
    expect(sum(whole.text)).toBeGreaterThanOrEqual(2);
    expect((await get('/health/ready', { authorization: `Bearer ${operator}` })).text).toContain('silo-tenant-a');
  });

  it('answer to no foreign host', async () => {
    for (const path of ['/metrics', '/health/ready', '/health/live', '/', '/api/v1/openapi.json']) {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const call = request(`${instance.url}${path}`, { headers: { host: 'rebound.example' } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        call.on('error', reject);
        call.end();
      });
      expect([path, status]).toEqual([path, 421]);
    }
  });
});
