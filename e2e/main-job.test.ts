/** The main job through the public ports: telemetry of two tenants in, durable, apart, and found again. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Instance, openInstance } from './instance.ts';

let instance: Instance;
const tokens = new Map<string, string>();
const now = BigInt(Date.now()) * 1_000_000n;
const range = { from: String(now - 3_600_000_000_000n), to: String(now + 3_600_000_000_000n) };
const traceId = '5b8efff798038103d269b633813fc60c';

const attribute = (key: string, value: unknown) => ({ key, value });
const resource = (service: string, extra: unknown[] = []) => ({
  attributes: [
    attribute('service.name', { stringValue: service }),
    attribute('host.name', { stringValue: 'web-1' }),
    attribute('deployment.environment', { stringValue: 'production' }),
    ...extra,
  ],
});

const post = (tenant: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(instance.otlpHttp + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${instance.tenant(tenant).ingestKey}`,
      ...headers,
    },
    body: JSON.stringify(body),
  });

const span = (
  spanId: string,
  parentSpanId: string,
  name: string,
  kind: number,
  startMs: number,
  durationMs: number,
  extra: object = {},
) => ({
  traceId,
  spanId,
  ...(parentSpanId ? { parentSpanId } : {}),
  name,
  kind,
  startTimeUnixNano: String(now + BigInt(startMs) * 1_000_000n),
  endTimeUnixNano: String(now + BigInt(startMs + durationMs) * 1_000_000n),
  ...extra,
});

beforeAll(async () => {
  instance = await openInstance();
  for (const { id, admin } of instance.bootstrap.tenants) tokens.set(id, await instance.login(admin));
  tokens.set('operator', await instance.login(instance.bootstrap.operator));
});
afterAll(async () => instance?.dispose());

describe('first start', () => {
  it('leaves bootstrap.json with the promised shape and mode 0600', () => {
    expect(statSync(join(instance.dataDir, 'bootstrap.json')).mode & 0o777).toBe(0o600);
    expect(instance.bootstrap.tenants.map(({ id, mode }) => [id, mode])).toEqual([
      ['tenant-a', 'silo'],
      ['tenant-b', 'pool'],
    ]);
    for (const secret of [
      instance.bootstrap.operator.password,
      ...instance.bootstrap.tenants.flatMap((one) => [one.ingestKey, one.admin.password]),
    ]) {
      expect(secret.length).toBeGreaterThanOrEqual(16);
    }
  });

  it('prints the addresses and where the credentials are; them it prints to a terminal alone', () => {
    expect(instance.output()).toContain(instance.url);
    expect(instance.output()).toContain(instance.otlpHttp);
    expect(instance.output()).toContain(join(instance.dataDir, 'bootstrap.json'));
    const { operator, tenants } = instance.bootstrap;
    for (const secret of [operator.password, ...tenants.flatMap((one) => [one.ingestKey, one.admin.password])])
      expect(instance.output()).not.toContain(secret);
  });

  it('says that it lives and is ready, and describes its API', async () => {
    expect((await fetch(`${instance.url}/health/live`)).status).toBe(200);
    const ready = (await (await fetch(`${instance.url}/health/ready`)).json()) as {
      ready: boolean;
      parts: Record<string, { ready: boolean }>;
    };
    expect(JSON.stringify(ready)).not.toContain('tenant-');
    expect(ready.ready).toBe(true);
    expect(Object.keys(ready.parts).length).toBeGreaterThanOrEqual(3);
    const openapi = (await (await fetch(`${instance.url}/api/v1/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, unknown>;
    };
    expect(openapi.openapi).toMatch(/^3\./);
    expect(Object.keys(openapi.paths)).toEqual(
      expect.arrayContaining(['/api/v1/login', '/api/v1/logs/search', '/api/v1/services', '/api/v1/traces/search']),
    );
  });
});

describe('traces', () => {
  beforeAll(async () => {
    const answer = await post('tenant-a', '/v1/traces', {
      resourceSpans: [
        {
          resource: resource('checkout'),
          schemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
          scopeSpans: [
            {
              scope: { name: 'manual', version: '1.2', attributes: [attribute('scope.key', { stringValue: 'v' })] },
              spans: [
                span('00f067aa0ba902b7', '', 'POST /orders', 2, 0, 1_500, {
                  traceState: 'vendor=1',
                  flags: 257,
                  attributes: [
                    attribute('http.route', { stringValue: '/orders' }),
                    attribute('http.status_code', { intValue: '200' }),
                    attribute('big', { intValue: '9223372036854775807' }),
                    attribute('list', { arrayValue: { values: [{ intValue: 1 }, { stringValue: 'zwei' }] } }),
                  ],
                  events: [
                    {
                      timeUnixNano: String(now + 5n),
                      name: 'queued',
                      attributes: [attribute('position', { intValue: 3 })],
                      droppedAttributesCount: 1,
                    },
                  ],
                  links: [
                    {
                      traceId: '1'.repeat(32),
                      spanId: '2'.repeat(16),
                      traceState: 'x=y',
                      attributes: [attribute('why', { stringValue: 'retry' })],
                      flags: 1,
                    },
                  ],
                  status: { code: 1 },
                }),
                span('00f067aa0ba902b8', '00f067aa0ba902b7', 'SELECT orders', 3, 20, 1_400, {
                  attributes: [attribute('db.system', { stringValue: 'postgresql' })],
                  status: { code: 2, message: 'statement timeout' },
                }),
              ],
            },
          ],
        },
      ],
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toEqual({});
  });

  it('gives the trace back whole', async () => {
    const trace = await eventually('the trace', async () => {
      const found = await instance.api<{ spans: Array<Record<string, unknown>> }>(
        tokens.get('tenant-a')!,
        'GET',
        `/api/v1/traces/${traceId}`,
      );
      return found.spans.length === 2 && found;
    });
    const [root, child] = trace.spans;
    expect(root).toMatchObject({
      traceId,
      spanId: '00f067aa0ba902b7',
      parentSpanId: '',
      name: 'POST /orders',
      kind: 'server',
      startTime: String(now),
      endTime: String(now + 1_500_000_000n),
      duration: 1_500_000_000,
      statusCode: 'ok',
      traceState: 'vendor=1',
      flags: 257,
      serviceName: 'checkout',
      environment: 'production',
      hostName: 'web-1',
      businessId: 'tenant-a',
      attributes: {
        'http.route': '/orders',
        'http.status_code': 200,
        big: { int: '9223372036854775807' },
        list: [1, 'zwei'],
      },
      events: [{ time: String(now + 5n), name: 'queued', attributes: { position: 3 }, droppedAttributesCount: 1 }],
      links: [
        { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceState: 'x=y', flags: 1, attributes: { why: 'retry' } },
      ],
      resource: { attributes: { 'service.name': 'checkout' }, schemaUrl: 'https://opentelemetry.io/schemas/1.30.0' },
      scope: { name: 'manual', version: '1.2', attributes: { 'scope.key': 'v' } },
    });
    expect(child).toMatchObject({
      parentSpanId: '00f067aa0ba902b7',
      kind: 'client',
      statusCode: 'error',
      statusMessage: 'statement timeout',
    });
  });

  it('finds the slow span by duration and lists the service with its figures', async () => {
    const token = tokens.get('tenant-a')!;
    const found = await instance.api<{ rows: Array<{ name: string }> }>(token, 'POST', '/api/v1/traces/search', {
      ...range,
      query: 'duration:>1s status:error',
      order: 'slowest',
    });
    expect(found.rows.map((row) => row.name)).toEqual(['SELECT orders']);
    const { services } = await instance.api<{ services: Array<Record<string, number | string>> }>(
      token,
      'GET',
      `/api/v1/services?from=${range.from}&to=${range.to}`,
    );
    const checkout = services.find((one) => one['name'] === 'checkout');
    expect(checkout).toMatchObject({ requests: 1, errors: 0 });
    expect(checkout!['p95'] as number).toBeGreaterThan(1_400_000_000);
    expect(checkout!['p95'] as number).toBeLessThan(1_600_000_000);
  });

  it('does not exist for the other tenant', async () => {
    const other = tokens.get('tenant-b')!;
    const trace = await instance
      .api<{ spans: unknown[] }>(other, 'GET', `/api/v1/traces/${traceId}`)
      .catch((error: { status: number }) => error);
    expect('spans' in trace ? trace.spans : (trace as { status: number }).status).toEqual('spans' in trace ? [] : 404);
    const { services } = await instance.api<{ services: unknown[] }>(
      other,
      'GET',
      `/api/v1/services?from=${range.from}&to=${range.to}`,
    );
    expect(services).toEqual([]);
  });
});

describe('logs', () => {
  beforeAll(async () => {
    const answer = await post('tenant-b', '/v1/logs', {
      resourceLogs: [
        {
          resource: resource('payment', [attribute('business_id', { stringValue: 'tenant-a' })]),
          scopeLogs: [
            {
              logRecords: [
                {
                  timeUnixNano: String(now),
                  severityText: 'WARNING',
                  body: { stringValue: '결제 한도를 초과했습니다: card limit exceeded' },
                  attributes: [attribute('amount', { intValue: '12000' })],
                  traceId,
                  spanId: '00f067aa0ba902b7',
                },
                {
                  timeUnixNano: String(now + 1n),
                  body: { stringValue: '{"level":50,"msg":"pino says error","time":1}' },
                },
                {
                  timeUnixNano: String(now + 2n),
                  severityNumber: 5,
                  body: { kvlistValue: { values: [attribute('nested', { boolValue: true })] } },
                  eventName: 'cart.emptied',
                },
                { timeUnixNano: '1000000000', severityNumber: 9, body: { stringValue: 'from 1970' } },
              ],
            },
          ],
        },
      ],
    });
    expect(answer.status).toBe(200);
  });

  const search = (query: string, tenant = 'tenant-b') =>
    instance.api<{ rows: Array<Record<string, unknown>>; cursor: string | null }>(
      tokens.get(tenant)!,
      'POST',
      '/api/v1/logs/search',
      { ...range, query },
    );

  it('are searchable with the five enforced fields, the tenant being the credential’s', async () => {
    const { rows } = await eventually('four logs', async () => {
      const found = await search('service.name:payment');
      return found.rows.length === 4 && found;
    });
    for (const row of rows)
      expect(row).toMatchObject({
        serviceName: 'payment',
        environment: 'production',
        hostName: 'web-1',
        businessId: 'tenant-b',
      });
    const byBody = (text: string) => rows.find((row) => JSON.stringify(row['body']).includes(text))!;
    expect(byBody('card limit')).toMatchObject({
      severityText: 'warn',
      severityOriginal: 'WARNING',
      timestamp: String(now),
      traceId,
      attributes: { amount: 12_000 },
    });
    expect(byBody('pino says')).toMatchObject({ severityText: 'error' });
    expect(byBody('nested')).toMatchObject({
      severityText: 'debug',
      eventName: 'cart.emptied',
      body: { kv: [['nested', true]] },
    });
    expect(byBody('from 1970')).toMatchObject({
      originalTime: '1000000000',
      marks: expect.arrayContaining(['time-placed']),
    });
    expect(byBody('card limit')['marks']).toContain('business-id-differed');
  });

  it.each([
    ['한도를', 1],
    ['"card limit"', 1],
    ['card -exceeded', 0],
    ['amount:>=12000', 1],
    ['amount:>12000', 0],
    ['level:(warn OR error)', 2],
    ['NOT level:warn service.name:pay*', 3],
    ['event_name:cart.emptied', 1],
    ['body:/card l[a-z]+t/', 1],
    [`trace_id:${traceId}`, 1],
    ['amount:*', 1],
  ])('query %s finds %i', async (query, count) => {
    await eventually('logs', async () => (await search('service.name:payment')).rows.length === 4);
    expect((await search(query)).rows).toHaveLength(count);
  });

  it('points at the character of a mistake', async () => {
    const answer = await fetch(`${instance.url}/api/v1/logs/search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.get('tenant-b')}` },
      body: JSON.stringify({ ...range, query: 'level:error AND (card' }),
    });
    expect(answer.status).toBe(400);
    const { error } = (await answer.json()) as { error: { code: string; at: string } };
    expect(error.code).toBe('query.syntax');
    expect(error.at).toMatch(/^query:\d+$/);
  });

  it('are pushed to a live tail', async () => {
    const stop = new AbortController();
    const tail = await fetch(`${instance.url}/api/v1/logs/tail?query=${encodeURIComponent('tailed')}`, {
      headers: { authorization: `Bearer ${tokens.get('tenant-b')}` },
      signal: stop.signal,
    });
    expect(tail.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const reader = tail.body!.getReader();
    await post('tenant-a', '/v1/logs', {
      resourceLogs: [
        { resource: resource('x'), scopeLogs: [{ logRecords: [{ body: { stringValue: 'tailed by nobody else' } }] }] },
      ],
    });
    await post('tenant-b', '/v1/logs', {
      resourceLogs: [
        {
          resource: resource('x'),
          scopeLogs: [
            { logRecords: [{ body: { stringValue: 'tailed line' } }, { body: { stringValue: 'other line' } }] },
          ],
        },
      ],
    });
    let text = '';
    while (!text.includes('tailed line')) text += new TextDecoder().decode((await reader.read()).value);
    stop.abort();
    expect(text).not.toContain('other line');
    expect(text).not.toContain('nobody else');
  });

  it('of one tenant are not the other’s', async () => {
    expect((await search('card', 'tenant-a')).rows).toEqual([]);
  });
});

describe('metrics', () => {
  it('are charted with the right default', async () => {
    const points = (values: number[]) =>
      values.map((value, i) => ({
        timeUnixNano: String(now - BigInt(600 - i * 60) * 1_000_000_000n),
        startTimeUnixNano: String(now - 3_000_000_000_000n),
        asInt: String(value),
        attributes: [attribute('route', { stringValue: '/orders' })],
      }));
    const answer = await post('tenant-b', '/v1/metrics', {
      resourceMetrics: [
        {
          resource: resource('payment'),
          scopeMetrics: [
            {
              metrics: [
                {
                  name: 'requests',
                  unit: '{request}',
                  sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: points([0, 60, 120, 180, 30, 90]) },
                },
              ],
            },
          ],
        },
      ],
    });
    expect(answer.status).toBe(200);
    const token = tokens.get('tenant-b')!;
    const result = await eventually('the metric', async () => {
      const found = await instance.api<{
        aggregate: string;
        metric: unknown;
        series: Array<{ labels: Record<string, string>; values: Array<number | null> }>;
      }>(token, 'POST', '/api/v1/metrics/query', {
        from: String(now - 720_000_000_000n),
        to: String(now),
        metric: 'requests',
        groupBy: ['route'],
        step: '60000000000',
        // Two points: 60 in 60 s, extrapolated to both ends.
        window: '120000000000',
      });
      return found.series.length > 0 && found;
    });
    expect(result.aggregate).toBe('rate');
    expect(result.series[0]!.labels).toEqual({ route: '/orders' });
    const rates = result.series[0]!.values.filter((value) => value !== null && value > 0);
    expect(Math.max(...(rates as number[]))).toBeCloseTo(1, 1);
  });
});

describe('credentials', () => {
  it('unknown key 401, mismatched x-business-id 403, operator sees into a tenant only by opening it', async () => {
    const body = { resourceLogs: [] };
    expect((await post('tenant-a', '/v1/logs', body, { authorization: 'Bearer nonsense' })).status).toBe(401);
    expect((await post('tenant-a', '/v1/logs', body, { 'x-business-id': 'tenant-b' })).status).toBe(403);
    expect((await post('tenant-a', '/v1/logs', body, { 'x-business-id': 'tenant-a' })).status).toBe(200);
    for (const header of ['x-hanok-key', 'x-oneuptime-token', 'signoz-ingestion-key']) {
      const answer = await fetch(`${instance.otlpHttp}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', [header]: instance.tenant('tenant-a').ingestKey },
        body: JSON.stringify(body),
      });
      expect(answer.status).toBe(200);
    }
    const operator = tokens.get('operator')!;
    await expect(instance.api(operator, 'GET', '/api/v1/services')).rejects.toThrow(/40[03]/);
    const named = { 'x-hanok-tenant': 'tenant-a' };
    await expect(instance.api(operator, 'GET', '/api/v1/services', undefined, named)).rejects.toThrow(/403/);
    await instance.openTenant(operator, 'tenant-a');
    await instance.api(operator, 'GET', '/api/v1/services', undefined, named);
    await expect(
      instance.api(tokens.get('tenant-b')!, 'GET', '/api/v1/services', undefined, { 'x-hanok-tenant': 'tenant-a' }),
    ).rejects.toThrow(/403/);
  });
});

describe('closing', () => {
  it('drains on Ctrl-C, starts again with everything there and shows no credentials', async () => {
    const before = instance.output().length;
    expect(await instance.stop()).toBe(0);
    await instance.start();
    expect(instance.output().slice(before)).not.toContain(instance.tenant('tenant-a').ingestKey);
    const token = await instance.login(instance.tenant('tenant-a').admin);
    const trace = await instance.api<{ spans: unknown[] }>(token, 'GET', `/api/v1/traces/${traceId}`);
    expect(trace.spans).toHaveLength(2);
  });
});
