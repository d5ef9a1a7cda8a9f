import type { MetricResponse, MetricsQueryResponse, MetricsResponse } from '@hanok/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NativeValue } from '#base';
import { BatchBuilder, SECOND, type SeriesInput, START } from '../testkit/data.ts';
import { openTestInstance, TENANT_A, TENANT_B, type TestInstance } from '../testkit/instance.ts';

let instance: TestInstance;
const MINUTE = 60n * SECOND;
const range = { from: String(START), to: String(START + 10n * MINUTE) };
const step = String(MINUTE);
const long = 1_000n * MINUTE;

/** One point a minute, at the half minute. */
const at = (minute: number): bigint => START + BigInt(minute) * MINUTE + MINUTE / 2n;

beforeAll(async () => {
  instance = await openTestInstance();
  const rows = new BatchBuilder(TENANT_A);
  const samples = (
    input: SeriesInput,
    values: readonly (number | null)[],
    more: (i: number) => Record<string, NativeValue> = () => ({}),
    first = 0,
  ) => {
    const id = rows.series(input);
    values.forEach((value, i) => {
      if (value !== null)
        rows.row('samples', {
          metric: input.metric,
          series_id: id,
          timestamp: at(first + i),
          value,
          start_time: START - long,
          ...more(i),
        });
    });
    return id;
  };
  const gauge = (pod: string, host: string): SeriesInput => ({
    metric: 'memory.used',
    type: 'gauge',
    unit: 'By',
    description: 'Memory in use',
    attributes: { state: pod === 'p3' ? 'free' : 'used' },
    resource: { 'service.name': 'web', 'host.name': host, pod },
  });
  samples(gauge('p1', 'h1'), [10, 20, 30]);
  samples(gauge('p2', 'h1'), [30, 40, null, 80]);
  samples(gauge('p3', 'h2'), [1, 1, 1]);

  const counter = (route: string, temporality: 'cumulative' | 'delta' = 'cumulative'): SeriesInput => ({
    metric: temporality === 'delta' ? 'requests.delta' : 'requests/총',
    type: 'sum',
    temporality,
    monotonic: true,
    unit: '{request}',
    attributes: { route },
  });
  // 60 a minute, restarting at minute 3 (the value falls); a point before the range gives the first difference.
  samples(counter('/a'), [940, 1_000, 1_060, 1_120, 30, 90], undefined, -1);
  // 120 a minute; restarts at minute 2 with a value already above the old one, which only the start time tells.
  samples(counter('/b'), [100, 220, 500, 620], (i) => (i >= 2 ? { start_time: at(1) + SECOND } : {}), 0);
  // Begins within the range: its first value is all new.
  samples(counter('/new'), [6, 12], () => ({ start_time: START + 4n * MINUTE }), 5);
  samples(counter('/d', 'delta'), [5, 7, 9]);
  const updown = { metric: 'queue.size', type: 'sum', temporality: 'cumulative' } as const;
  samples({ ...updown, attributes: { q: '1' } }, [5, 3]);
  samples({ ...updown, attributes: { q: '2' } }, [2, 4]);
  // Two kinds under one name.
  samples({ metric: 'mixed', type: 'gauge', attributes: { n: 1 } }, [1]);
  samples({ metric: 'mixed', type: 'gauge', attributes: { n: 2 } }, [3]);
  samples({ metric: 'mixed', type: 'sum', temporality: 'delta', monotonic: true }, [100]);

  const bounds = [10, 20, 40];
  const histogram = (temporality: 'delta' | 'cumulative', svc: string): SeriesInput => ({
    metric: `latency.${temporality}`,
    type: 'histogram',
    temporality,
    unit: 'ms',
    resource: { 'service.name': svc },
  });
  const point = (id: bigint, metric: string, minute: number, row: Record<string, NativeValue>) =>
    rows.row('histograms', { metric, series_id: id, timestamp: at(minute), start_time: START - long, kind: 1, ...row });
  for (const svc of ['x', 'y']) {
    const delta = rows.series(histogram('delta', svc));
    point(delta, 'latency.delta', 0, {
      bounds,
      counts: [50n, 40n, 10n, 0n],
      count: 100n,
      sum: 1_500,
      present: 7,
      min: 1,
      max: 39,
    });
    const cumulative = rows.series(histogram('cumulative', svc));
    // 100 values a minute as above; a restart at minute 3.
    for (const minute of [0, 1, 2]) {
      const n = BigInt(minute + 5);
      point(cumulative, 'latency.cumulative', minute, {
        bounds,
        counts: [50n * n, 40n * n, 10n * n, 0n],
        count: 100n * n,
        sum: 1_500 * Number(n),
      });
    }
    point(cumulative, 'latency.cumulative', 3, {
      bounds,
      counts: [0n, 0n, 0n, 10n],
      count: 10n,
      sum: 1_000,
      start_time: at(2) + SECOND,
    });
  }

  const exponential = rows.series({ metric: 'latency.exp', type: 'exponential_histogram', temporality: 'cumulative' });
  // Scale 0: buckets (1,2], (2,4], (4,8]. Then scale falls to -1: (1,4], (4,16].
  const exp = { kind: 2, scale: 0, positive_offset: 0, zero_count: 0n };
  point(exponential, 'latency.exp', 0, { ...exp, positive_counts: [10n, 10n, 10n], count: 30n, sum: 90 });
  point(exponential, 'latency.exp', 1, { ...exp, positive_counts: [10n, 10n, 30n], count: 50n, sum: 200 });
  point(exponential, 'latency.exp', 2, { ...exp, scale: -1, positive_counts: [20n, 130n], count: 150n, sum: 1_200 });

  const summary = rows.series({ metric: 'gc', type: 'summary', unit: 's' });
  for (const minute of [0, 1])
    point(summary, 'gc', minute, {
      kind: 3,
      bounds: [0.5, 0.95],
      values: [minute + 1, minute + 9],
      count: BigInt(10 * (minute + 1)),
      sum: 50 * (minute + 1),
    });

  const traced = rows.series(gauge('p1', 'h1'));
  for (const value of [3, 9, 4])
    rows.row('exemplars', {
      metric: 'memory.used',
      series_id: traced,
      timestamp: at(1),
      value,
      trace_id: new Uint8Array(16).fill(value),
      span_id: new Uint8Array(8).fill(1),
    });
  await instance.insert(rows.batch('metrics'));

  const theirs = new BatchBuilder(TENANT_B);
  const id = theirs.series({ metric: 'memory.used', type: 'gauge' });
  theirs.row('samples', { metric: 'memory.used', series_id: id, timestamp: at(0), value: 1_000_000 });
  await instance.insert(theirs.batch('metrics'));
});
afterAll(() => instance.close());

const query = (input: object) =>
  instance.call<MetricsQueryResponse>(TENANT_A, 'POST', '/api/v1/metrics/query', { ...range, step, ...input });
const start = async (input: object, count: number) =>
  (await query(input)).series.map((one) => one.values.slice(0, count));

describe('gauges', () => {
  it('are averaged over points, grouped by attribute, resource and field', async () => {
    const all = await query({ metric: 'memory.used' });
    expect(all).toMatchObject({ aggregate: 'avg', unit: 'By', start: String(START), step, moreSeries: 0 });
    expect(all.series).toHaveLength(1);
    expect(all.series[0]!.values.slice(0, 5)).toEqual([41 / 3, 61 / 3, 31 / 2, 80, null]);
    const grouped = await query({ metric: 'memory.used', groupBy: ['host.name', 'state', 'resource.pod'] });
    expect(grouped.series.map((one) => one.labels)).toEqual([
      { 'host.name': 'h1', state: 'used', 'resource.pod': 'p2' },
      { 'host.name': 'h1', state: 'used', 'resource.pod': 'p1' },
      { 'host.name': 'h2', state: 'free', 'resource.pod': 'p3' },
    ]);
  });

  it.each<[string, (number | null)[]]>([
    ['sum', [41, 61, 31, 80]],
    ['min', [1, 1, 1, 80]],
    ['max', [30, 40, 30, 80]],
    ['count', [3, 3, 2, 1]],
  ])('%s', async (aggregate, expected) => {
    expect(await start({ metric: 'memory.used', aggregate }, 4)).toEqual([expected]);
  });

  it('are filtered by the query language, and counted beyond the limit', async () => {
    expect(await start({ metric: 'memory.used', query: 'pod:p1 -state:free', aggregate: 'last' }, 3)).toEqual([
      [10, 20, 30],
    ]);
    const cut = await query({ metric: 'memory.used', groupBy: ['pod'], limit: 2 });
    expect([cut.series.length, cut.moreSeries]).toEqual([2, 1]);
    expect(
      await instance.fault(TENANT_A, 'POST', '/api/v1/metrics/query', {
        ...range,
        metric: 'memory.used',
        query: 'a AND',
      }),
    ).toBe('query.syntax at query:2');
  });

  it('lead to traces by their largest exemplar', async () => {
    const { exemplars } = await query({ metric: 'memory.used' });
    expect(exemplars).toEqual([
      { timestamp: String(at(1)), value: 9, traceId: '09'.repeat(16), spanId: '01'.repeat(8) },
    ]);
  });

  it('of another tenant are not seen', async () => {
    const theirs = await instance.call<MetricsQueryResponse>(TENANT_B, 'POST', '/api/v1/metrics/query', {
      ...range,
      step,
      metric: 'memory.used',
    });
    expect(theirs.series[0]!.values[0]).toBe(1_000_000);
    const none = await instance.call<MetricsQueryResponse>(TENANT_B, 'POST', '/api/v1/metrics/query', {
      ...range,
      metric: 'queue.size',
    });
    expect(none).toMatchObject({ metric: null, series: [] });
  });
});

describe('sums', () => {
  it('that only grow are shown as rate per second, restarts and beginnings included, before groups are added', async () => {
    const { series, aggregate, unit } = await query({ metric: 'requests/총', groupBy: ['route'] });
    expect([aggregate, unit]).toEqual(['rate', '{request}/s']);
    const by = Object.fromEntries(series.map((one) => [one.labels['route'], one.values]));
    // 60 a minute is 1 a second; the restart counted 30.
    expect(by['/a']!.slice(0, 6)).toEqual([1, 1, 1, 0.5, 1, null]);
    expect(by['/b']!.slice(0, 4)).toEqual([0, 2, 500 / 60, 2]);
    expect(by['/new']!.slice(4, 8)).toEqual([null, 0.1, 0.1, null]);
    const together = await query({ metric: 'requests/총', aggregate: 'increase' });
    expect(together.series[0]!.values.slice(0, 4)).toEqual([60, 180, 560, 150]);
  });

  it('that are deltas add up', async () => {
    expect(await start({ metric: 'requests.delta', aggregate: 'increase' }, 3)).toEqual([[5, 7, 9]]);
    expect(await start({ metric: 'requests.delta' }, 1)).toEqual([[5 / 60]]);
  });

  it('that go up and down are averaged, or added across series', async () => {
    expect(await start({ metric: 'queue.size' }, 2)).toEqual([[3.5, 3.5]]);
    expect(await start({ metric: 'queue.size', aggregate: 'sum' }, 2)).toEqual([[7, 7]]);
    expect(
      await instance.fault(TENANT_A, 'POST', '/api/v1/metrics/query', {
        ...range,
        metric: 'queue.size',
        aggregate: 'rate',
      }),
    ).toBe('query.aggregate at aggregate');
  });

  it('divide the last, cut cell by the time it has', async () => {
    const cut = await query({
      metric: 'requests.delta',
      to: String(START + 2n * MINUTE + 45n * SECOND),
      aggregate: 'rate',
    });
    expect(cut.series[0]!.values[2]).toBeCloseTo(9 / 45);
  });
});

describe('histograms', () => {
  it('with delta temporality add up across series', async () => {
    // 200 values: half up to 10, 80 % of the rest up to 20; rank 190 is in the middle of (20, 40].
    expect(await start({ metric: 'latency.delta' }, 2)).toEqual([[30, null]]);
    expect(await start({ metric: 'latency.delta', aggregate: 'p50' }, 1)).toEqual([[10]]);
    expect(await start({ metric: 'latency.delta', aggregate: 'avg' }, 1)).toEqual([[15]]);
    expect(await start({ metric: 'latency.delta', aggregate: 'max' }, 1)).toEqual([[39]]);
    expect(await start({ metric: 'latency.delta', aggregate: 'rate' }, 1)).toEqual([[200 / 60]]);
  });

  it('with cumulative temporality are differences, whole after a restart', async () => {
    expect(await start({ metric: 'latency.cumulative' }, 5)).toEqual([[null, 30, 30, 40, null]]);
    expect(await start({ metric: 'latency.cumulative', aggregate: 'count', groupBy: ['service.name'] }, 4)).toEqual([
      [null, 100, 100, 10],
      [null, 100, 100, 10],
    ]);
    expect(await start({ metric: 'latency.cumulative', aggregate: 'avg' }, 4)).toEqual([[null, 15, 15, 100]]);
  });

  it('that are exponential are differences too, when the scale falls as well', async () => {
    // Minute 1: 20 values in (4, 8]. Minute 2: (1,4] was 20 and stays; (4,16] was 30 and becomes 130.
    const [p50] = await start({ metric: 'latency.exp', aggregate: 'p50' }, 3);
    expect(p50).toEqual([null, 6, 10]);
    expect(await start({ metric: 'latency.exp', aggregate: 'count' }, 3)).toEqual([[null, 20, 100]]);
  });

  it('that are summaries show the quantile sent', async () => {
    expect(await start({ metric: 'gc' }, 3)).toEqual([[9, 10, null]]);
    expect(await start({ metric: 'gc', aggregate: 'p50' }, 2)).toEqual([[1, 2]]);
    expect((await start({ metric: 'gc', aggregate: 'avg' }, 2))[0]![1]).toBe(5);
  });
});

describe('steps', () => {
  it('are not finer than points come', async () => {
    const { step: picked } = await instance.call<MetricsQueryResponse>(TENANT_A, 'POST', '/api/v1/metrics/query', {
      ...range,
      metric: 'queue.size',
      points: 2_000,
    });
    expect(BigInt(picked)).toBe(MINUTE);
    expect(
      await instance.fault(TENANT_A, 'POST', '/api/v1/metrics/query', { ...range, metric: 'queue.size', step: '1' }),
    ).toBe('query.step at step');
    expect(
      await instance.fault(TENANT_A, 'POST', '/api/v1/metrics/query', { ...range, metric: 'queue.size', step: '0' }),
    ).toBe('query.step at step');
  });

  it('say when a name is sent as several kinds', async () => {
    const mixed = await query({ metric: 'mixed' });
    expect(mixed.series[0]!.values[0]).toBe(2);
    expect(mixed.stats.partial?.code).toBe('query.mixed-metric');
  });
});

describe('the catalogue', () => {
  it('lists metrics with what they are', async () => {
    const { metrics } = await instance.call<MetricsResponse>(TENANT_A, 'GET', '/api/v1/metrics', {
      ...range,
      search: 'EMORY',
    });
    expect(metrics).toMatchObject([
      {
        name: 'memory.used',
        type: 'gauge',
        unit: 'By',
        description: 'Memory in use',
        series: 3,
        services: ['web'],
        defaultAggregate: 'avg',
      },
    ]);
    const all = await instance.call<MetricsResponse>(TENANT_A, 'GET', '/api/v1/metrics', range);
    expect(all.metrics.map((one) => [one.name, one.defaultAggregate])).toEqual([
      ['gc', 'p95'],
      ['latency.cumulative', 'p95'],
      ['latency.delta', 'p95'],
      ['latency.exp', 'p95'],
      ['memory.used', 'avg'],
      ['mixed', 'avg'],
      ['queue.size', 'avg'],
      ['requests.delta', 'rate'],
      ['requests/총', 'rate'],
    ]);
  });

  it('says what a metric can be grouped by, whatever its name', async () => {
    const { metric, attributes } = await instance.call<MetricResponse>(
      TENANT_A,
      'GET',
      `/api/v1/metrics/${encodeURIComponent('requests/총')}`,
      range,
    );
    expect(metric?.series).toBe(3);
    expect(attributes).toEqual([
      { name: 'service.name', source: 'field', values: 1, sample: ['shop'] },
      { name: 'route', source: 'attribute', values: 3, sample: ['/a', '/b', '/new'] },
    ]);
    const memory = await instance.call<MetricResponse>(TENANT_A, 'GET', '/api/v1/metrics/memory.used', range);
    expect(memory.attributes.map((one) => one.name)).toEqual(['service.name', 'host.name', 'state', 'resource.pod']);
    expect(memory.metric?.series).toBe(3);
    const none = await instance.call<MetricResponse>(TENANT_B, 'GET', '/api/v1/metrics/queue.size', range);
    expect(none.metric).toBeNull();
  });
});
