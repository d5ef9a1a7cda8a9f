import { connect } from 'node:net';
import { endpoint } from '@hanok/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { errorCatalogue, failer, must, type Route, routeOf } from '#base';
import { type EdgeInstance, openEdgeInstance } from '../testkit/instance.ts';

const failed = failer(errorCatalogue({ 'demo.later': { kind: 'world', status: 503, retry: true } }));
const seen = { aborted: 0, changed: 0 };

const routes: Route[] = [
  routeOf(
    'POST /api/v1/demo/:name',
    endpoint({
      permission: 'logs.read',
      summary: 'Echo',
      input: z.object({
        name: z.string().max(20),
        limit: z.coerce.number().int().min(1).max(9).default(3),
        list: z.array(z.object({ key: z.string() })).optional(),
      }),
      output: z.object({ tenant: z.string(), name: z.string(), limit: z.number() }),
    }),
    async ({ input, caller }) => ({ tenant: caller.tenant, name: input.name, limit: input.limit }),
  ),
  routeOf(
    'GET /api/v1/demo-named/:name',
    endpoint({
      permission: 'public',
      summary: 'A name of any length',
      input: z.object({ name: z.string() }),
      output: z.object({ length: z.number() }),
    }),
    async ({ input }) => ({ length: input.name.length }),
  ),
  routeOf(
    'GET /api/v1/demo-list',
    endpoint({
      permission: 'logs.read',
      summary: 'Query strings',
      input: z.object({
        fields: z.array(z.string()).default([]),
        deep: z.boolean().default(false),
        n: z.number().default(0),
      }),
      output: z.object({ fields: z.array(z.string()), deep: z.boolean(), n: z.number() }),
    }),
    async ({ input }) => input,
  ),
  routeOf(
    'GET /api/v1/demo-large',
    endpoint({
      permission: 'public',
      summary: 'A large answer',
      input: z.object({}),
      output: z.object({ text: z.string() }),
    }),
    async () => ({ text: 'hanok '.repeat(10_000) }),
  ),
  routeOf(
    'GET /api/v1/demo-slow',
    endpoint({
      permission: 'public',
      summary: 'Takes its time',
      input: z.object({ deaf: z.string().optional() }),
      output: z.object({}),
    }),
    ({ signal, input }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          seen.aborted++;
          if (input.deaf === undefined) reject(new Error('engine: query was cancelled'));
        });
      }),
  ),
  routeOf(
    'GET /api/v1/demo-broken/:how',
    endpoint({
      permission: 'public',
      summary: 'Fails',
      input: z.object({ how: z.enum(['throw', 'must', 'later', 'lie']) }),
      output: z.object({ good: z.boolean() }),
    }),
    async ({ input: { how } }) => {
      if (how === 'throw') throw new Error('secret of the instance: password=hunter2');
      if (how === 'must') must(false, 'secret of the instance');
      if (how === 'later') throw failed('demo.later', 'the engine is away', { retryAfter: 2.5 });
      return JSON.parse('{"good":"no"}');
    },
  ),
  routeOf(
    'PUT /api/v1/demo-change/:id',
    endpoint({
      permission: 'people.write',
      summary: 'Changes something',
      input: z.object({ id: z.string() }),
      output: z.object({ done: z.boolean() }),
      audit: 'demo.change',
    }),
    async () => {
      seen.changed++;
      return { done: true };
    },
  ),
];

let instance: EdgeInstance;
let admin: string;
let operator: string;
let member: string;
beforeAll(async () => {
  instance = await openEdgeInstance({
    routes,
    // Long enough for a password's hash on a busy machine.
    config: { timeBudget: 2_000, allowedHosts: 'hanok.example, 127.0.0.1', trustProxy: '127.0.0.9' },
    deps: {
      ready: () => ({
        journal: { ready: true },
        'engine pool': { ready: true, detail: 'fine' },
        'engine silo-tenant-a': { ready: false, detail: 'starting' },
      }),
    },
  });
  admin = await instance.token('tenant-b');
  operator = await instance.token('operator');
  const made = await instance.call('/api/v1/users', {
    method: 'POST',
    token: admin,
    body: { email: 'member@b.example', role: 'editor' },
  });
  const { password } = made.json as { password: string };
  member = (await instance.control.login.login('member@b.example', password, { remote: '192.0.2.2' })).token;
});
afterAll(() => instance.close());

describe('input', () => {
  it('is the union of path and body', async () => {
    const answer = await instance.call('/api/v1/demo/x', { method: 'POST', token: admin, body: { limit: 5 } });
    expect([answer.status, answer.json]).toEqual([200, { tenant: 'tenant-b', name: 'x', limit: 5 }]);
    expect((await instance.call('/api/v1/demo/x', { method: 'POST', token: admin })).json).toMatchObject({ limit: 3 });
  });

  it('reads query strings by the declared types', async () => {
    expect((await instance.call('/api/v1/demo-list?fields=a&deep=true&n=1.5', { token: admin })).json).toEqual({
      fields: ['a'],
      deep: true,
      n: 1.5,
    });
    expect((await instance.call('/api/v1/demo-list?fields=a&fields=b', { token: admin })).json).toMatchObject({
      fields: ['a', 'b'],
    });
  });

  it.each([
    ['a wrong value', '/api/v1/demo/x', { limit: 99 }, 'limit', /limit: .*9/],
    ['a wrong place deep down', '/api/v1/demo/x', { list: [{ key: 1 }] }, 'list[0].key', /list\[0\]\.key/],
    ['an unknown name', '/api/v1/demo/x', { limti: 1 }, 'limti', /did you mean limit\?/],
    ['a name in two places', '/api/v1/demo/x', { name: 'y' }, 'name', /two places/],
    ['a name in path and query', '/api/v1/demo/x?name=z', {}, 'name', /two places/],
    ['no object', '/api/v1/demo/x', [1], 'body', /object/],
    ['prototype poisoning', '/api/v1/demo/x', '{"__proto__":{"limit":1}}', 'body', /not JSON/],
    ['no JSON', '/api/v1/demo/x', '{"limit":', 'body', /not JSON/],
    ['too long a path parameter', `/api/v1/demo/${'x'.repeat(21)}`, {}, 'name', /name/],
  ])('refuses %s and says where', async (_, path, body, at, message) => {
    const answer = await instance.call(path, { method: 'POST', token: admin, body });
    expect(answer.status).toBe(400);
    const { error } = answer.json as { error: { at: string; message: string; fix: string; requestId: string } };
    expect(error.at).toBe(at);
    expect(error.message).toMatch(message);
    expect(error.fix.length).toBeGreaterThan(5);
    expect(answer.headers.get('x-request-id')).toBe(error.requestId);
  });

  it('have request ids that tell nothing of how many there were', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 20; i++) ids.push((await instance.call('/api/v1/demo/x')).headers.get('x-request-id') ?? '');
    expect(new Set(ids).size).toBe(20);
    // Neither sorted nor with a beginning in common, as counts have.
    expect(ids).not.toEqual([...ids].sort());
    expect(new Set(ids.map((id) => id.slice(0, 4))).size).toBeGreaterThan(15);
  });

  it('has bounds and one type', async () => {
    const large = await instance.call('/api/v1/demo/x', {
      method: 'POST',
      token: admin,
      body: `"${'x'.repeat(1_100_000)}"`,
    });
    expect([large.status, large.code]).toEqual([413, 'edge.body-too-large']);
    const form = await instance.call('/api/v1/demo/x', {
      method: 'POST',
      token: admin,
      body: 'limit=1',
      headers: { 'content-type': 'text/plain' },
    });
    expect([form.status, form.code]).toEqual([415, 'edge.content-type']);
  });

  it('of somebody who may not is not read', async () => {
    const socket = connect(instance.edge.port, '127.0.0.1');
    socket.write(
      'POST /api/v1/demo/x HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 500000\r\n\r\n',
    );
    const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe('answers', () => {
  it('are compressed when large and wanted', async () => {
    const plain = await instance.call('/api/v1/demo-large', { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    const packed = await instance.call('/api/v1/demo-large', { headers: { 'accept-encoding': 'gzip' } });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(Number(packed.headers.get('content-length'))).toBeLessThan(2_000);
    expect(packed.text).toBe(plain.text);
  });

  it('carry the security headers, errors and pages too', async () => {
    for (const path of ['/', '/api/v1/demo-large', '/api/v1/nothing', '/health/live', '/api/v1/me']) {
      const { headers } = await instance.call(path);
      expect(headers.get('content-security-policy'), path).toContain("script-src 'self'");
      expect(headers.get('content-security-policy'), path).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('referrer-policy'), path).toBe('no-referrer');
      expect(headers.get('strict-transport-security'), path).toBeNull();
    }
  });

  it('of the API are never cached', async () => {
    expect((await instance.call('/api/v1/demo-large')).headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['throw', 500, 'edge.bug'],
    ['must', 500, 'edge.bug'],
    ['lie', 500, 'edge.bug'],
    ['later', 503, 'demo.later'],
    ['other', 400, 'edge.invalid-input'],
  ])('to %s are %i %s and tell no secret', async (how, status, code) => {
    const answer = await instance.call(`/api/v1/demo-broken/${how}`);
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(answer.text).not.toMatch(/secret|hunter2|at Object|\.ts:/);
    if (how === 'later') expect(answer.headers.get('retry-after')).toBe('3');
  });

  it.each([
    ['GET', '/api/v1/nothing'],
    ['GET', '/api'],
    ['DELETE', '/api/v1/login'],
    ['POST', '/'],
    ['GET', '/health/other'],
    ['GET', '/api/v1/demo/%ff'],
    ['GET', `/api/v1/demo/${'x'.repeat(600)}`],
  ])('to %s %s say that there is nothing, in the one shape', async (method, path) => {
    const answer = await instance.call(path, { method });
    expect([400, 404]).toContain(answer.status);
    expect(answer.code).toMatch(/^edge\.(not-found|malformed-request)$/);
  });

  it.each(['x'.repeat(15_000), '이름'.repeat(800)])('take names in paths as long as headers may be', async (name) => {
    const answer = await instance.call(`/api/v1/demo-named/${encodeURIComponent(name)}`);
    expect([answer.status, answer.text]).toEqual([200, JSON.stringify({ length: name.length })]);
  });

  it('to broken HTTP are clear', async () => {
    const socket = connect(instance.edge.port, '127.0.0.1');
    socket.write('GARBAGE\r\n\r\n');
    const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*edge\.malformed-request/s);
  });
});

describe('time', () => {
  it.each(['', '?deaf=yes'])('is bounded, and the work is cancelled (%s)', async (query) => {
    const before = seen.aborted;
    const answer = await instance.call(`/api/v1/demo-slow${query}`);
    expect([answer.status, answer.code]).toEqual([504, 'edge.timeout']);
    expect(seen.aborted).toBe(before + 1);
  });

  it('is not spent on clients that have gone', async () => {
    const before = seen.aborted;
    const stop = new AbortController();
    const request = fetch(`${instance.url}/api/v1/demo-slow`, { signal: stop.signal }).catch(() => undefined);
    await instance.call('/health/live');
    stop.abort();
    await request;
    await expect.poll(() => seen.aborted).toBe(before + 1);
  });
});

describe('access', () => {
  it.each([
    ['nobody', () => ({}), 401, 'edge.no-session'],
    ['a made-up token', () => ({ token: `hs_${'A'.repeat(43)}` }), 401, 'edge.no-session'],
    ['an ingest key', () => ({ token: instance.key('tenant-b') }), 401, 'edge.no-session'],
    [
      'an ingest key in its header',
      () => ({ headers: { 'x-hanok-key': instance.key('tenant-b') } }),
      401,
      'edge.no-session',
    ],
    ['a member', () => ({ token: member }), 403, 'edge.forbidden'],
    ['an operator without a tenant', () => ({ token: operator }), 400, 'edge.tenant-needed'],
    [
      'an operator with an unknown one',
      () => ({ token: operator, headers: { 'x-hanok-tenant': 'zz' } }),
      404,
      'edge.unknown-tenant',
    ],
    [
      'another tenant named',
      () => ({ token: admin, headers: { 'x-hanok-tenant': 'tenant-a' } }),
      403,
      'edge.tenant-mismatch',
    ],
    [
      'an unknown tenant named',
      () => ({ token: admin, headers: { 'x-hanok-tenant': 'zz' } }),
      403,
      'edge.tenant-mismatch',
    ],
    [
      'another in x-business-id',
      () => ({ token: admin, headers: { 'x-business-id': 'tenant-a' } }),
      403,
      'edge.tenant-mismatch',
    ],
  ] as const)('is refused to %s', async (_, options, status, code) => {
    const before = seen.changed;
    const answer = await instance.call('/api/v1/demo-change/1', { method: 'PUT', body: {}, ...options() });
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(seen.changed).toBe(before);
  });

  it('is given to administrators, and to operators to whom the tenant is open', async () => {
    expect((await instance.call('/api/v1/demo-change/1', { method: 'PUT', token: admin })).status).toBe(200);
    const named = await instance.operatorIn('tenant-a');
    expect((await instance.call('/api/v1/demo-change/1', { method: 'PUT', ...named })).status).toBe(200);
    expect((await instance.call('/api/v1/demo/x', { method: 'POST', ...named })).json).toMatchObject({
      tenant: 'tenant-a',
    });
  });

  it('leaves traces in the audit log, of what was done and of what was refused', async () => {
    await instance.call('/api/v1/demo-change/7', { method: 'PUT', token: admin });
    await instance.call('/api/v1/demo-change/7', { method: 'PUT', token: member });
    const done = await instance.call('/api/v1/audit?limit=1000', { token: admin });
    const rows = (done.json as { rows: Array<{ action: string; outcome: string; actor: string; target: string }> })
      .rows;
    expect(rows).toContainEqual(
      expect.objectContaining({
        action: 'demo.change',
        outcome: 'ok',
        target: '7',
        actor: 'admin@tenant-b.hanok.local',
      }),
    );
    expect(rows).toContainEqual(
      expect.objectContaining({ action: 'PUT /api/v1/demo-change/:id', outcome: 'denied', actor: 'member@b.example' }),
    );
    expect((await instance.call('/api/v1/audit', { token: member })).code).toBe('edge.forbidden');
  });

  it('to unknown hosts is refused', async () => {
    const ask = (host: string, path = '/api/v1/demo-large') =>
      new Promise<string>((resolve) => {
        const socket = connect(instance.edge.port, '127.0.0.1');
        socket.end(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
        socket.once('data', (data) => {
          resolve(String(data).slice(9, 12));
          socket.destroy();
        });
      });
    expect(await ask('hanok.example:8080')).toBe('200');
    expect(await ask('[::1]:8080')).toBe('200');
    for (const path of ['/', '/api/v1/me', '/metrics', '/health/ready', '/health/live', '/api/v1/openapi.json', '/no'])
      expect([path, await ask('evil.example', path)]).toEqual([path, '421']);
  });
});

describe('the instance', () => {
  it('says what is not ready: kinds of stores to the world and to its machine, which one to operators', async () => {
    const kinds = {
      ready: false,
      parts: { journal: { ready: true }, 'engine pool': { ready: true }, 'engine silo': { ready: false } },
    };
    for (const options of [{}, { headers: { 'x-forwarded-for': '192.0.2.1' } }, { token: admin }, { token: 'hs_x' }]) {
      const { status, json } = await instance.call('/health/ready', options);
      expect([status, json]).toEqual([503, kinds]);
    }
    const own = await instance.call('/health/ready', { token: operator });
    expect([own.status, own.json]).toEqual([
      503,
      {
        ready: false,
        parts: {
          journal: { ready: true },
          'engine pool': { ready: true, detail: 'fine' },
          'engine silo-tenant-a': { ready: false, detail: 'starting' },
        },
      },
    ]);
  });

  it('shows metrics to its own machine and to operators, and stores by name to operators alone', async () => {
    instance.meter.gauge('hanok_demo_lag', '', { store: 'silo-tenant-a' }).set(7);
    expect((await instance.call('/metrics')).text).toMatch(
      /^hanok_edge_requests\{.*route="GET \/api\/v1\/demo-large"/m,
    );
    expect((await instance.call('/metrics')).text).toContain('hanok_demo_lag{store="silo"} 7');
    expect((await instance.call('/metrics', { token: admin })).text).not.toContain('tenant-a');
    expect((await instance.call('/metrics', { token: operator })).text).toContain(
      'hanok_demo_lag{store="silo-tenant-a"} 7',
    );
    const forwarded = { 'x-forwarded-for': '192.0.2.1' };
    expect((await instance.call('/metrics', { headers: forwarded })).code).toBe('edge.forbidden');
    expect((await instance.call('/metrics', { headers: forwarded, token: admin })).code).toBe('edge.forbidden');
    expect((await instance.call('/metrics', { headers: forwarded, token: operator })).status).toBe(200);
  });

  it('describes its API', async () => {
    const { json } = await instance.call('/api/v1/openapi.json');
    const document = json as {
      openapi: string;
      paths: Record<string, Record<string, { parameters?: unknown[]; requestBody?: unknown; operationId: string }>>;
    };
    expect(document.openapi).toBe('3.1.0');
    for (const { method, path } of instance.edge.routes)
      expect(document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()], path).toBeDefined();
    const operation = document.paths['/api/v1/demo/{name}']!['post']!;
    expect(operation.parameters).toContainEqual(expect.objectContaining({ name: 'name', in: 'path', required: true }));
    expect(operation.requestBody).toMatchObject({
      required: false,
      content: { 'application/json': { schema: { properties: { limit: { minimum: 1, maximum: 9 } } } } },
    });
    const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map((one) => one.operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('met no bug but the ones made', () => {
    expect(instance.errors).toHaveLength(3);
  });
});
