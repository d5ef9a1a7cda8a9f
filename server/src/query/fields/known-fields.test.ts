import type { FieldInfo, LogsSearchResponse, Stats, TailReady } from '@hanok/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchBuilder, START } from '../testkit/data.ts';
import { openTestInstance, TENANT_A, TENANT_B, type TestInstance } from '../testkit/instance.ts';
import { nearest, spelled } from './nearest.ts';

const RANGE = { from: String(START), to: String(START + 3_600_000_000_000n) };
const DAY = Number(START / 86_400_000_000_000n);
let instance: TestInstance;

const field = (builder: BatchBuilder, signal: 'logs' | 'traces', source: string, key: string, type = 's') =>
  builder.row('fields', { day: DAY, signal, source, key, type, value: '', count: 1n });

beforeAll(async () => {
  instance = await openTestInstance();
  const mine = new BatchBuilder(TENANT_A)
    .log({ body: 'x', attributes: { 'http.route': '/pay', pm2: { kv: [['type', 'err']] } } })
    .span({ name: 'a', attributes: { 'http.route': '/pay', db: { kv: [['system', 'mysql']] } } });
  for (const signal of ['logs', 'traces'] as const) {
    field(mine, signal, 'attribute', 'http.route');
    field(mine, signal, 'resource', 'k8s.pod.name');
  }
  field(mine, 'logs', 'attribute', 'pm2', 'm');
  field(mine, 'traces', 'attribute', 'db', 'm');
  await instance.insert(mine.batch());
  const theirs = new BatchBuilder(TENANT_B).log({ body: 'x' });
  field(theirs, 'logs', 'attribute', 'secret.plan');
  await instance.insert(theirs.batch());
});
afterAll(() => instance.close());

const hintsOf = async (query: string, path = 'logs/search') =>
  (await instance.call<{ stats: Stats }>(TENANT_A, 'POST', `/api/v1/${path}`, { ...RANGE, query })).stats.hints;
const unknown = (name: string, near: string) => ({
  code: 'query.unknown-field',
  values: { field: name, nearest: near },
});

describe('a field that nobody sent', () => {
  it.each(['logs/search', 'logs/histogram', 'logs/facets', 'traces/search', 'traces/facets', 'traces/heatmap'])(
    'is told by %s, with the names most like it',
    async (path) => {
      expect(await hintsOf('htp.route:/pay', path)).toEqual([unknown('htp.route', 'http.route')]);
      expect(await hintsOf('http.route:/pay', path)).toBeUndefined();
    },
  );

  it('is each one, in whatever place, once', async () => {
    expect(await hintsOf('httpRoute:x OR NOT (route:y podname:z) httpRoute:y nothing.like.it:1')).toEqual([
      unknown('httpRoute', 'http.route'),
      unknown('route', 'http.route'),
      unknown('podname', 'resource.k8s.pod.name'),
      unknown('nothing.like.it', ''),
    ]);
    expect(await hintsOf('eventName:x statusCode:y')).toEqual([
      unknown('eventName', 'event_name'),
      unknown('statusCode', ''),
    ]);
  });

  it('is not one that the resource has, a member of a map, a column, or of what is not counted', async () => {
    expect(
      await hintsOf(
        'k8s.pod.name:x pm2.type:err resource.k8s.pod.name:* level:error body.any:x resource.business_id:*',
      ),
    ).toBeUndefined();
    expect(await hintsOf('event.any:x link.any:y exception.type:z db.system:mysql', 'traces/search')).toBeUndefined();
    expect(await hintsOf('attributes.k8s.pod.name:x')).toEqual([
      unknown('attributes.k8s.pod.name', 'resource.k8s.pod.name'),
    ]);
  });

  it('is never told from what another tenant sent', async () => {
    expect(await hintsOf('secret.plam:x')).toEqual([unknown('secret.plam', '')]);
  });

  it('is known as soon as it was sent', async () => {
    expect(await hintsOf('brand.new:x')).toEqual([unknown('brand.new', '')]);
    const later = new BatchBuilder(TENANT_A).log({ body: 'x', attributes: { 'brand.new': 'x' } });
    field(later, 'logs', 'attribute', 'brand.new');
    await instance.insert(later.batch());
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await hintsOf('brand.new:x')).toBeUndefined();
  });

  it('is told by a live tail when it begins', async () => {
    const stop = new AbortController();
    instance.clock.at = START + 60_000_000_000n;
    const chunks = await instance.stream(TENANT_A, '/api/v1/logs/tail', { query: 'htp.route:x' }, stop.signal);
    for await (const chunk of chunks) {
      const ready = JSON.parse(/event: ready\ndata: (.*)/.exec(String(chunk))![1]!) as TailReady;
      expect(ready.hints).toEqual([unknown('htp.route', 'http.route')]);
      break;
    }
    stop.abort();
  });
});

describe('members of nested values', () => {
  it('are searched, counted and listed although only their map is a known key', async () => {
    const found = await instance.call<LogsSearchResponse>(TENANT_A, 'POST', '/api/v1/logs/search', {
      ...RANGE,
      query: 'pm2.type:err',
    });
    expect(found.rows).toHaveLength(1);
    const facets = await instance.call<{ facets: unknown }>(TENANT_A, 'POST', '/api/v1/logs/facets', {
      ...RANGE,
      fields: ['pm2.type', 'http.route'],
    });
    expect(facets.facets).toEqual([
      { field: 'pm2.type', values: [{ value: 'err', count: 1 }], more: false },
      { field: 'http.route', values: [{ value: '/pay', count: 1 }], more: false },
    ]);
    const histogram = await instance.call<{ series: { key: string }[] }>(TENANT_A, 'POST', '/api/v1/traces/histogram', {
      ...RANGE,
      by: 'db.system',
    });
    expect(histogram.series.map(({ key }) => key)).toEqual(['mysql']);
    const { fields } = await instance.call<{ fields: FieldInfo[] }>(TENANT_A, 'GET', '/api/v1/fields', {
      ...RANGE,
      signal: 'logs',
      prefix: 'pm2',
    });
    expect(fields.map(({ name }) => name)).toEqual(['pm2']);
  });
});

describe('a query that looks into nested values in too many ways', () => {
  const terms = (count: number, field: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => `${field(i)}:x`).join(' OR ');

  it('is refused, with the reason, by search and tail', async () => {
    const query = terms(60, (i) => `body.k${i}`);
    expect(await instance.fault(TENANT_A, 'POST', '/api/v1/logs/search', { ...RANGE, query })).toBe(
      'query.syntax at query:0',
    );
    const stop = new AbortController();
    let text = '';
    for await (const chunk of await instance.stream(TENANT_A, '/api/v1/logs/tail', { query }, stop.signal))
      text += chunk;
    expect(text).toContain('"reason":"nested"');
    expect(
      await instance.fault(TENANT_A, 'POST', '/api/v1/logs/search', { ...RANGE, query: terms(60, (i) => `pm2.k${i}`) }),
    ).toBe('query.syntax at query:0');
  });

  it('is not one of many names that nothing is nested under', async () => {
    expect(await hintsOf(terms(60, (i) => `k${i}.a.b.c`))).toHaveLength(8);
  });
});

describe('the nearest names', () => {
  it.each([
    ['serivce.name', ['service.name']],
    ['servicename', ['service.name']],
    ['status', ['http.response.status']],
    ['x', []],
    ['http_response_status', ['http.response.status']],
  ])('of %s', (name, expected) => {
    expect(nearest(name, spelled(['service.name', 'http.response.status', 'level', 'k8s.pod.name']))).toEqual(expected);
  });
});
