import type {
  FacetsResponse,
  HeatmapResponse,
  HistogramResponse,
  ServiceResponse,
  ServicesResponse,
  SpanRow,
  TraceResponse,
  TracesSearchResponse,
} from '@hanok/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchBuilder, SECOND, START } from '../testkit/data.ts';
import { openTestInstance, TENANT_A, TENANT_B, type TestInstance } from '../testkit/instance.ts';

let instance: TestInstance;
const MINUTE = 60n * SECOND;
const range = { from: String(START), to: String(START + 60n * MINUTE) };
const TRACE = '00112233445566778899aabbccddeeff';
const hex = (n: number, width = 16) => n.toString(16).padStart(width, '0');

beforeAll(async () => {
  instance = await openTestInstance();
  const spans = new BatchBuilder(TENANT_A);
  // web: 600 requests, durations 1 to 600 ms, every tenth fails; each calls db.
  for (let i = 0; i < 600; i++) {
    const time = START + BigInt(i) * 5n * SECOND;
    const traceId = i === 7 ? TRACE : hex(i + 1, 32);
    spans.span({
      time,
      duration: (i + 1) * 1_000_000,
      name: 'GET /checkout',
      kind: 'server',
      status: i % 10 === 0 ? 'error' : 'ok',
      traceId,
      spanId: hex(i + 1),
      attributes: { 'http.route': '/checkout', 'http.response.status_code': i % 10 === 0 ? 500 : 200 },
      resource: { 'service.name': 'web', 'deployment.environment': 'prod' },
    });
    spans.span({
      time: time + 1_000n,
      duration: 500_000,
      name: 'SELECT',
      kind: 'client',
      traceId,
      spanId: hex(i + 10_001),
      parentSpanId: hex(i + 1),
      resource: { 'service.name': 'web', 'deployment.environment': 'prod' },
    });
  }
  // 2,000 spans of one instant and one duration.
  for (let i = 0; i < 2_000; i++)
    spans.span({
      time: START + 59n * MINUTE,
      duration: 7_777,
      name: 'tied',
      kind: 'client',
      spanId: hex(i + 50_000),
      traceId: hex(9, 32),
      resource: { 'service.name': 'batch' },
    });
  spans.span({
    time: START + 10n,
    name: 'whole',
    traceId: TRACE,
    spanId: hex(77),
    parentSpanId: hex(8),
    duration: -5,
    statusMessage: 'why',
    traceState: 'a=b',
    scope: { name: 'lib' },
    events: [{ name: 'exception', time: '42', attributes: { 'exception.type': 'E', n: { int: '9007199254740993' } } }],
    links: [{ traceId: TRACE, spanId: hex(3) }],
    resource: { 'service.name': 'odd' },
  });
  await instance.insert(spans.batch('traces'));
  await instance.insert(
    new BatchBuilder(TENANT_B).span({ name: 'secret', traceId: TRACE, spanId: hex(1), kind: 'server' }).batch('traces'),
  );
});
afterAll(() => instance.close());

const search = (input: object) =>
  instance.call<TracesSearchResponse>(TENANT_A, 'POST', '/api/v1/traces/search', { ...range, ...input });

async function walk(input: object): Promise<SpanRow[]> {
  const rows: SpanRow[] = [];
  let cursor: string | null = null;
  do {
    const page: TracesSearchResponse = await search({ ...input, ...(cursor && { cursor }) });
    rows.push(...page.rows);
    cursor = page.cursor;
  } while (cursor !== null);
  return rows;
}

describe('traces/search', () => {
  it('orders by duration across pages', async () => {
    const rows = await walk({ query: 'name:GET*', order: 'slowest', limit: 250 });
    expect(rows.map((row) => row.duration)).toEqual(Array.from({ length: 600 }, (_, i) => (600 - i) * 1_000_000));
  });

  it.each(['newest', 'oldest', 'slowest'])(
    'neither skips nor repeats spans alike in time and duration, %s',
    async (order) => {
      const rows = await walk({ query: 'name:tied', order, limit: 300 });
      expect(rows).toHaveLength(2_000);
      expect(new Set(rows.map((row) => row.spanId)).size).toBe(2_000);
    },
  );

  it('shows roots and entries only when asked', async () => {
    expect((await walk({ query: 'service.name:web', limit: 1_000 })).length).toBe(1_200);
    expect((await walk({ query: 'service.name:web', view: 'roots', limit: 1_000 })).length).toBe(600);
    expect((await walk({ query: 'service.name:batch', view: 'entries', limit: 1_000 })).length).toBe(2_000);
    expect((await search({ query: 'exception.type:E', view: 'entries' })).rows).toEqual([]);
    expect((await search({ query: 'exception.type:E' })).rows.map((row) => row.name)).toEqual(['whole']);
  });
});

it('counts a span that ends before its start as one of no duration', async () => {
  const found = await search({ query: 'service.name:odd duration:0' });
  expect(found.rows.map((row) => [row.name, row.duration])).toEqual([['whole', 0]]);
  expect((await search({ query: 'service.name:odd duration:<0' })).rows).toEqual([]);
});

describe('traces/:traceId', () => {
  it('gives the whole trace of this tenant, exactly', async () => {
    const { spans, total } = await instance.call<TraceResponse>(
      TENANT_A,
      'GET',
      `/api/v1/traces/${TRACE.toUpperCase()}`,
    );
    expect(total).toBe(3);
    expect(spans.map((span) => span.name)).toEqual(['whole', 'GET /checkout', 'SELECT']);
    expect(spans[0]).toMatchObject({
      startTime: String(START + 10n),
      endTime: String(START + 5n),
      duration: 0,
      statusMessage: 'why',
      traceState: 'a=b',
      scope: { name: 'lib' },
      events: [
        { name: 'exception', time: '42', attributes: { 'exception.type': 'E', n: { int: '9007199254740993' } } },
      ],
      links: [{ traceId: TRACE, spanId: hex(3), attributes: {} }],
      resource: { attributes: { 'service.name': 'odd' } },
    });
    expect(spans[1]).toMatchObject({
      kind: 'server',
      attributes: { 'http.response.status_code': 200 },
      parentSpanId: '',
    });
  });

  it('cuts at the limit and says so; finds nothing elsewhere', async () => {
    const cut = await instance.call<TraceResponse>(TENANT_A, 'GET', `/api/v1/traces/${TRACE}`, { limit: 1, ...range });
    expect([cut.spans.length, cut.total]).toEqual([1, 3]);
    const none = await instance.call<TraceResponse>(TENANT_A, 'GET', `/api/v1/traces/${'f'.repeat(32)}`);
    expect([none.spans.length, none.total]).toEqual([0, 0]);
    expect(await instance.fault(TENANT_A, 'GET', '/api/v1/traces/xyz')).toBe('query.bad-id at traceId');
  });
});

describe('traces/histogram, facets and heatmap', () => {
  it('counts and stacks by name', async () => {
    const { series, total } = await instance.call<HistogramResponse>(TENANT_A, 'POST', '/api/v1/traces/histogram', {
      ...range,
      buckets: 12,
      by: 'name',
    });
    expect(total).toBe(3_201);
    expect(series.map((one) => [one.key, one.counts.reduce((a, b) => a + b)])).toEqual([
      ['tied', 2_000],
      ['GET /checkout', 600],
      ['SELECT', 600],
      ['whole', 1],
    ]);
  });

  it('counts values, kinds and statuses by name', async () => {
    const { facets } = await instance.call<FacetsResponse>(TENANT_A, 'POST', '/api/v1/traces/facets', {
      ...range,
      query: 'service.name:web',
      fields: ['kind', 'status', 'http.response.status_code', 'root'],
    });
    expect(facets.map((facet) => facet.values)).toEqual([
      [
        { value: 'client', count: 600 },
        { value: 'server', count: 600 },
      ],
      [
        { value: 'unset', count: 600 },
        { value: 'ok', count: 540 },
        { value: 'error', count: 60 },
      ],
      [
        { value: '200', count: 540 },
        { value: '500', count: 60 },
      ],
      [
        { value: 'false', count: 600 },
        { value: 'true', count: 600 },
      ],
    ]);
  });

  it('counts what the list of the same view lists', async () => {
    const counted = async (view: string | undefined) => {
      const { facets } = await instance.call<FacetsResponse>(TENANT_A, 'POST', '/api/v1/traces/facets', {
        ...range,
        query: 'service.name:web',
        fields: ['name'],
        ...(view ? { view } : {}),
      });
      return facets[0]!.values;
    };
    const get = { value: 'GET /checkout', count: 600 };
    const sql = { value: 'SELECT', count: 600 };
    expect(await counted(undefined)).toEqual([get, sql]);
    expect(await counted('spans')).toEqual([get, sql]);
    expect(await counted('roots')).toEqual([get]);
    expect(await counted('entries')).toEqual([get]);
  });

  it('spreads durations over logarithmic rows', async () => {
    const { bounds, counts, errors } = await instance.call<HeatmapResponse>(
      TENANT_A,
      'POST',
      '/api/v1/traces/heatmap',
      {
        ...range,
        query: 'name:GET*',
        columns: 10,
      },
    );
    expect(counts.flat().reduce((a, b) => a + b)).toBe(600);
    expect(errors.flat().reduce((a, b) => a + b)).toBe(60);
    expect(bounds).toHaveLength(counts.length + 1);
    expect(bounds.length).toBeLessThanOrEqual(49);
    expect(bounds[0]).toBeLessThanOrEqual(1_000_000);
    expect(bounds.at(-1)).toBeGreaterThan(600_000_000);
    const ratio = bounds[1]! / bounds[0]!;
    for (let i = 1; i < bounds.length; i++) expect(bounds[i]! / bounds[i - 1]!).toBeCloseTo(ratio, 9);
    // The slowest span, 600 ms, began in the last of the minutes with data.
    const slowest = bounds.findIndex((bound, i) => bound <= 600_000_000 && bounds[i + 1]! > 600_000_000);
    expect(counts[slowest]!.some((count) => count > 0)).toBe(true);
  });

  it('answers an empty range with nothing', async () => {
    const empty = { from: String(START - 60n * MINUTE), to: String(START - 30n * MINUTE) };
    expect(await instance.call<HeatmapResponse>(TENANT_A, 'POST', '/api/v1/traces/heatmap', empty)).toMatchObject({
      bounds: [],
      counts: [],
    });
  });
});

describe('services', () => {
  it('measures each by what it was asked to do', async () => {
    const { services, series } = await instance
      .call<ServicesResponse>(TENANT_A, 'GET', '/api/v1/services', range)
      .then((answer) => ({ ...answer, series: answer.services.find((one) => one.name === 'web')!.series }));
    // `odd` and `batch` only have inner or client spans, of which the parentless ones count.
    expect(services.map((one) => [one.name, one.requests])).toEqual([
      ['batch', 2_000],
      ['web', 600],
      ['odd', 1],
    ]);
    const web = services[1]!;
    expect(web.errors).toBe(60);
    expect(web.errorRate).toBeCloseTo(0.1);
    expect(web.rate).toBeCloseTo(600 / 3_600);
    expect(web.environments).toEqual(['prod']);
    for (const [value, exact] of [
      [web.p50, 300e6],
      [web.p95, 570e6],
      [web.p99, 594e6],
    ] as const)
      expect(Math.abs(value / exact - 1)).toBeLessThan(0.05);
    expect(series.requests.reduce((a, b) => a + b)).toBe(600);
    expect(series.p95.some((value) => value > 500e6)).toBe(true);
  });

  it('lists operations with their share of the time', async () => {
    const { service, operations } = await instance.call<ServiceResponse>(
      TENANT_A,
      'GET',
      '/api/v1/services/web',
      range,
    );
    expect(service?.requests).toBe(600);
    expect(operations.map((one) => [one.name, one.kind, one.entry, one.requests])).toEqual([
      ['GET /checkout', 'server', true, 600],
      ['SELECT', 'client', false, 600],
    ]);
    expect(operations[0]!.timeShare + operations[1]!.timeShare).toBeCloseTo(1);
    expect(operations[1]!.timeShare).toBeCloseTo(300e6 / (300e6 + 180_300e6), 4);
  });

  it('divides by the minutes that were counted, not by the range', async () => {
    const at = (minutes: number) => String(START + BigInt(minutes * 60) * SECOND);
    // One request every five seconds, whatever second the range begins and ends at.
    for (const [from, to] of [
      [10, 15],
      [10.5, 15.5],
      [10.95, 15.9],
    ] as const) {
      const input = { from: at(from), to: at(to) };
      const answer = await instance.call<ServicesResponse>(TENANT_A, 'GET', '/api/v1/services', input);
      expect(answer.services.find((one) => one.name === 'web')?.rate).toBeCloseTo(0.2, 10);
      const detail = await instance.call<ServiceResponse>(TENANT_A, 'GET', '/api/v1/services/web', input);
      expect(detail.service?.rate).toBeCloseTo(0.2, 10);
      expect(detail.operations[0]?.rate).toBeCloseTo(0.2, 10);
    }
  });

  it('lists a service that went silent, also when it did before the range', async () => {
    const silent = async (from: bigint, to: bigint) =>
      (
        await instance.call<ServicesResponse>(TENANT_A, 'GET', '/api/v1/services', {
          from: String(from),
          to: String(to),
        })
      ).services.map((one) => [one.name, one.silent, one.requests]);
    const now = START + 60n * MINUTE;
    // `batch` was seen a minute ago, `web` and `odd` ten and more.
    expect(await silent(START, now)).toEqual([
      ['batch', false, 2_000],
      ['web', true, 600],
      ['odd', true, 1],
    ]);
    expect(await silent(now - 5n * MINUTE, now)).toEqual([
      ['batch', false, 2_000],
      ['odd', true, 0],
      ['web', true, 0],
    ]);
    // Nothing is known about today when the range is of the past.
    expect(await silent(START, START + 30n * MINUTE)).toEqual([
      ['web', false, 360],
      ['odd', false, 1],
    ]);
    const detail = await instance.call<ServiceResponse>(TENANT_A, 'GET', '/api/v1/services/web', {
      from: String(now - 5n * MINUTE),
      to: String(now),
    });
    expect(detail.service).toMatchObject({
      silent: true,
      requests: 0,
      lastSeen: String(START + 50n * MINUTE - SECOND),
    });
  });

  it('has at least 60 points for a quarter of an hour, and counts the same in each', async () => {
    const { series, step, start } = await instance.call<ServiceResponse>(TENANT_A, 'GET', '/api/v1/services/web', {
      from: String(START + 10n * MINUTE),
      to: String(START + 25n * MINUTE),
    });
    expect([step, start]).toEqual([String(10n * SECOND), String(START + 10n * MINUTE)]);
    expect(series.requests).toEqual(Array.from({ length: 90 }, () => 2));
    // Requests 120 to 299, every tenth of which fails.
    expect(series.errors.reduce((sum, one) => sum + one)).toBe(18);
    for (const [i, p50] of series.p50.entries()) expect(Math.abs(p50 / ((121 + 2 * i) * 1e6) - 1)).toBeLessThan(0.06);
    expect(series.p99.every((value, i) => value >= series.p95[i]! && series.p95[i]! >= series.p50[i]!)).toBe(true);
  });

  it('says what a service is like now', async () => {
    const { service } = await instance.call<ServiceResponse>(TENANT_A, 'GET', '/api/v1/services/web', {
      from: String(START),
      to: String(START + 20n * MINUTE),
    });
    expect(service?.recent).toEqual({ seconds: 300, requests: 60, errors: 6 });
  });

  it('filters by environment and keeps tenants apart', async () => {
    const staging = await instance.call<ServicesResponse>(TENANT_A, 'GET', '/api/v1/services', {
      ...range,
      environment: 'staging',
    });
    expect(staging.services).toEqual([]);
    const theirs = await instance.call<ServicesResponse>(TENANT_B, 'GET', '/api/v1/services', range);
    expect(theirs.services.map((one) => [one.name, one.requests])).toEqual([['shop', 1]]);
    const none = await instance.call<ServiceResponse>(TENANT_B, 'GET', '/api/v1/services/web', range);
    expect(none).toMatchObject({ service: null, operations: [] });
  });

  it('gives no duration longer than the longest there is, where that is known', async () => {
    // `odd` sent one span: its sum is its longest.
    const { services } = await instance.call<ServicesResponse>(TENANT_A, 'GET', '/api/v1/services', range);
    const odd = services.find((one) => one.name === 'odd')!;
    const { rows } = await instance.call<TracesSearchResponse>(TENANT_A, 'POST', '/api/v1/traces/search', {
      ...range,
      query: 'service.name:odd',
    });
    const longest = Math.max(0, rows[0]!.duration);
    expect(odd.p99).toBeLessThanOrEqual(longest);
    // The longest of each point counted from spans is known.
    const { series } = await instance.call<ServiceResponse>(TENANT_A, 'GET', '/api/v1/services/web', {
      from: String(START + 10n * MINUTE),
      to: String(START + 25n * MINUTE),
    });
    for (const [i, p99] of series.p99.entries()) expect(p99).toBeLessThanOrEqual((122 + 2 * i) * 1e6);
  });
});

describe('services that only send logs', () => {
  const day = 24n * 60n * MINUTE;
  beforeAll(async () => {
    const logs = new BatchBuilder(TENANT_A);
    const talker = { 'service.name': 'cron', 'deployment.environment': 'prod' };
    for (let i = 0; i < 120; i++)
      logs.log({
        time: START + 30n * MINUTE + BigInt(i) * 15n * SECOND,
        resource: talker,
        severityNumber: i % 12 === 0 ? 17 : 9,
        level: i % 12 === 0 ? 'error' : 'info',
        body: 'run',
      });
    // A traced service has logs too; one service stopped before the range.
    logs.log({ time: START + MINUTE, resource: { 'service.name': 'web', 'deployment.environment': 'prod' } });
    logs.log({ time: START - 3n * 60n * MINUTE, resource: { 'service.name': 'nightly' } });
    logs.log({ time: START - 2n * day, resource: { 'service.name': 'forgotten' } });
    await instance.insert(logs.batch());
    const theirs = new BatchBuilder(TENANT_B);
    theirs.log({ time: START + 59n * MINUTE, resource: { 'service.name': 'theirs' } });
    await instance.insert(theirs.batch());
  });

  it('are listed beside those that are traced, silent ones too', async () => {
    const { logServices, services } = await instance.call<ServicesResponse>(TENANT_A, 'GET', '/api/v1/services', range);
    expect(logServices).toEqual([
      {
        name: 'cron',
        environments: ['prod'],
        lastSeen: String(START + 30n * MINUTE + 119n * 15n * SECOND),
        silent: false,
        records: 120,
        rate: 120 / 3_600,
        errors: 10,
      },
      {
        name: 'nightly',
        environments: [],
        lastSeen: String(START - 3n * 60n * MINUTE),
        silent: true,
        records: 0,
        rate: 0,
        errors: 0,
      },
    ]);
    expect(services.map((one) => one.name)).toEqual(['batch', 'web', 'odd']);
  });

  it('look at the range only where it is of the past, and at the environment', async () => {
    const past = { from: String(START), to: String(START + 31n * MINUTE) };
    const answer = await instance.call<ServicesResponse>(TENANT_A, 'GET', '/api/v1/services', past);
    expect(answer.logServices.map((one) => [one.name, one.records, one.silent])).toEqual([['cron', 4, false]]);
    const staging = await instance.call<ServicesResponse>(TENANT_A, 'GET', '/api/v1/services', {
      ...range,
      environment: 'staging',
    });
    expect(staging.logServices).toEqual([]);
  });

  it('have a page', async () => {
    const answer = await instance.call<ServiceResponse>(TENANT_A, 'GET', '/api/v1/services/cron', range);
    expect(answer).toMatchObject({ service: null, operations: [], logs: { records: 120, errors: 10, silent: false } });
    const traced = await instance.call<ServiceResponse>(TENANT_A, 'GET', '/api/v1/services/web', range);
    expect(traced.logs).toBeNull();
  });

  it('are their tenant’s alone', async () => {
    const theirs = await instance.call<ServicesResponse>(TENANT_B, 'GET', '/api/v1/services', range);
    expect(theirs.logServices.map((one) => one.name)).toEqual(['theirs']);
    const none = await instance.call<ServiceResponse>(TENANT_B, 'GET', '/api/v1/services/cron', range);
    expect(none).toMatchObject({ service: null, logs: null });
  });
});
