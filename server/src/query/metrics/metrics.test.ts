import type { MetricPointsResponse, MetricResponse, MetricsQueryResponse, MetricsResponse } from '@hanok/contract';
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
    // The latest of each series in the window of four minutes: a pod that is late is still counted.
    ['sum', [41, 61, 71, 111]],
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

  it.each<[string, (number | null)[]]>([
    ['avg', [2, null, 7]],
    ['min', [1, null, 7]],
    ['max', [3, null, 7]],
    ['last', [3, null, 7]],
    ['p95', [2.9, null, 7]],
    ['count', [2, null, 1]],
    // The latest of the window: a series whose latest is no finite value is left out, and here again from minute 2 on.
    ['sum', [null, null, 7]],
  ])('leave NaN and the infinities out of %s', async (aggregate, expected) => {
    const metric = `load.${aggregate}`;
    const rows = new BatchBuilder(TENANT_B);
    const id = rows.series({ metric, type: 'gauge' });
    const minutes = [[1, 3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN], [Number.NaN], [7]];
    for (const [minute, values] of minutes.entries())
      for (const [i, value] of values.entries())
        rows.row('samples', { metric, series_id: id, timestamp: at(minute) + BigInt(i), value });
    await instance.insert(rows.batch('metrics'));
    const { series } = await instance.call<MetricsQueryResponse>(TENANT_B, 'POST', '/api/v1/metrics/query', {
      ...range,
      step,
      metric,
      aggregate,
      window: step,
    });
    expect(series.map((one) => one.values.slice(0, 3))).toEqual([expected]);
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
    const { series, aggregate, unit, window } = await query({ metric: 'requests/총', groupBy: ['route'] });
    expect([aggregate, unit, window]).toEqual(['rate', '{request}/s', String(4n * MINUTE)]);
    const by = Object.fromEntries(series.map((one) => [one.labels['route'], one.values]));
    // /a in windows of four minutes, from a point before the range on: 60 in 60 s, half a gap to each end; then 120 in
    // 120 s; then one a second to both ends; then 120, a restart and 30 in 180 s, to both ends.
    expect(by['/a']!.slice(0, 4)).toEqual([0.5, 0.75, 1, (150 * 240) / 180 / 240]);
    // 100 at 30 s, 220 at 90 s, zero of the new process at 91 s: 120 in 61 s, half a gap of 30.5 s before, 29 s behind.
    expect(by['/b']![0]).toBeNull();
    expect(by['/b']![1]).toBeCloseTo((120 * (61 + 15.25 + 29)) / 61 / 240, 12);
    // Zero at 240 s, 6 at 330 s, 12 at 390 s: not before its start.
    expect(by['/new']!.slice(4, 6)).toEqual([null, (6 * (90 + 30)) / 90 / 240]);
    const cut = { window: step, query: '-route:/b', groupBy: ['route'] };
    const minutes = await query({ metric: 'requests/총', ...cut });
    // One point a minute is no rate of that minute.
    expect(minutes.series).toEqual([]);
  });

  it('that are deltas add up in their step, and per second over the window', async () => {
    expect(await start({ metric: 'requests.delta', aggregate: 'increase' }, 4)).toEqual([[5, 7, 9, null]]);
    expect(await start({ metric: 'requests.delta' }, 7)).toEqual([
      [5 / 240, 12 / 240, 21 / 240, 21 / 240, 16 / 240, 9 / 240, null],
    ]);
    expect(await start({ metric: 'requests.delta', window: step }, 2)).toEqual([[5 / 60, 7 / 60]]);
  });

  it('of deltas and counters leave infinities out', async () => {
    const rows = new BatchBuilder(TENANT_B);
    for (const temporality of ['delta', 'cumulative'] as const) {
      const metric = `bytes.${temporality}`;
      const id = rows.series({ metric, type: 'sum', temporality, monotonic: true });
      for (const [i, value] of [60, Number.POSITIVE_INFINITY, 120].entries())
        rows.row('samples', { metric, series_id: id, timestamp: at(i), value, start_time: START - long });
    }
    await instance.insert(rows.batch('metrics'));
    const increase = async (metric: string, window: bigint) =>
      (
        await instance.call<MetricsQueryResponse>(TENANT_B, 'POST', '/api/v1/metrics/query', {
          ...range,
          ...{ step, metric, aggregate: 'increase', window: String(window) },
        })
      ).series[0]?.values.slice(0, 3);
    expect(await increase('bytes.delta', MINUTE)).toEqual([60, null, 120]);
    // 60 in 120 s, half a minute to either end of the window.
    expect(await increase('bytes.cumulative', 3n * MINUTE)).toEqual([null, null, 90]);
  });

  it('that go up and down are added across series, the latest value of each', async () => {
    expect(await start({ metric: 'queue.size' }, 6)).toEqual([[7, 7, 7, 7, 7, null]]);
    expect(await start({ metric: 'queue.size', aggregate: 'avg' }, 3)).toEqual([[3.5, 3.5, null]]);
    expect(
      await instance.fault(TENANT_A, 'POST', '/api/v1/metrics/query', {
        ...range,
        metric: 'queue.size',
        aggregate: 'rate',
      }),
    ).toBe('query.aggregate at aggregate');
  });

  it('of changes in both directions have a net change, and no rate', async () => {
    const rows = new BatchBuilder(TENANT_A);
    const id = rows.series({ metric: 'net.change', type: 'sum', temporality: 'delta' });
    for (const [i, value] of [5, -7, 3].entries())
      rows.row('samples', { metric: 'net.change', series_id: id, timestamp: at(i), value });
    await instance.insert(rows.batch('metrics'));
    expect(await start({ metric: 'net.change' }, 4)).toEqual([[5, -7, 3, null]]);
    for (const aggregate of ['rate', 'increase'])
      expect(
        await instance.fault(TENANT_A, 'POST', '/api/v1/metrics/query', { ...range, metric: 'net.change', aggregate }),
      ).toBe('query.aggregate at aggregate');
  });

  it('leave a series out as soon as it says that it has no value', async () => {
    const rows = new BatchBuilder(TENANT_A);
    for (const [state, values] of [
      ['a', [1, 1, 1, 1]],
      ['b', [10, 10, null, null]],
    ] as const) {
      const id = rows.series({ metric: 'pool.used', type: 'sum', temporality: 'cumulative', attributes: { state } });
      for (const [i, value] of values.entries())
        rows.row('samples', {
          metric: 'pool.used',
          series_id: id,
          timestamp: at(i),
          ...(value === null ? { number_type: 3 } : { value }),
        });
    }
    await instance.insert(rows.batch('metrics'));
    expect(await start({ metric: 'pool.used' }, 4)).toEqual([[11, 11, 1, 1]]);
  });

  it('divide the last, cut window by the time it has', async () => {
    const cut = await query({
      metric: 'requests.delta',
      to: String(START + 2n * MINUTE + 45n * SECOND),
      window: step,
      aggregate: 'rate',
    });
    expect(cut.series[0]!.values[2]).toBeCloseTo(9 / 45);
    expect(cut.incompleteFrom).toBe(2);
  });
});

describe('histograms', () => {
  it('with delta temporality add up across series', async () => {
    // 200 values: half up to 10, 80 % of the rest up to 20; rank 190 is in the middle of (20, 40].
    expect(await start({ metric: 'latency.delta', window: step }, 2)).toEqual([[30, null]]);
    expect(await start({ metric: 'latency.delta', aggregate: 'p50' }, 1)).toEqual([[10]]);
    expect(await start({ metric: 'latency.delta', aggregate: 'avg' }, 1)).toEqual([[15]]);
    expect(await start({ metric: 'latency.delta', aggregate: 'max' }, 1)).toEqual([[39]]);
    expect(await start({ metric: 'latency.delta', aggregate: 'rate', window: step }, 1)).toEqual([[200 / 60]]);
    expect(await start({ metric: 'latency.delta', aggregate: 'increase' }, 2)).toEqual([[200, null]]);
  });

  it('do not have quantiles outside the extremes that every point sent', async () => {
    const rows = new BatchBuilder(TENANT_B);
    const bounds = [5, 10, 25];
    const sent = (metric: string, points: readonly Record<string, NativeValue>[], minute = 0) => {
      const id = rows.series({ metric, type: 'histogram', temporality: 'delta', unit: 'ms' });
      for (const [i, one] of points.entries())
        rows.row('histograms', { metric, series_id: id, timestamp: at(minute) + BigInt(i), kind: 1, bounds, ...one });
    };
    const beyond = { counts: [0n, 0n, 0n, 10n], count: 10n, sum: 9_000 };
    const below = { counts: [10n, 0n, 0n, 0n], count: 10n, sum: 40 };
    const both = { ...beyond, present: 7, min: 900, max: 900 };
    sent('extremes.one', [both]);
    sent('extremes.ends', [
      { ...beyond, present: 7, min: 100, max: 900 },
      { ...below, present: 7, min: 3, max: 5 },
    ]);
    sent('extremes.some', [both, { ...beyond, present: 1 }]);
    // A point without measurements says nothing, whatever it says.
    sent('extremes.empty', [both, { counts: [0n, 0n, 0n, 0n], count: 0n, present: 7, min: 0, max: 0 }]);
    await instance.insert(rows.batch('metrics'));
    const quantiles = (metric: string) =>
      Promise.all(
        ['p50', 'p90'].map(async (aggregate) => {
          const { series } = await instance.call<MetricsQueryResponse>(TENANT_B, 'POST', '/api/v1/metrics/query', {
            ...range,
            ...{ step, metric, aggregate, window: step },
          });
          return series[0]?.values[0];
        }),
      );
    expect(await quantiles('extremes.one')).toEqual([900, 900]);
    // Ten values in (3, 5] and ten in (25, 900]; nine tenths of all are eight of the latter.
    expect(await quantiles('extremes.ends')).toEqual([5, 25 + (875 * 8) / 10]);
    expect(await quantiles('extremes.some')).toEqual([25, 25]);
    expect(await quantiles('extremes.empty')).toEqual([900, 900]);
  });

  it('with cumulative temporality are what was measured between the points of a window, restarts included', async () => {
    // Two minutes hold two points: 100 values as above; then a restart with 10 values above 40.
    const two = { metric: 'latency.cumulative', window: String(2n * MINUTE) };
    expect(await start(two, 5)).toEqual([[null, 30, 30, 40, null]]);
    expect(await start({ ...two, aggregate: 'avg' }, 5)).toEqual([[null, 15, 15, 100, null]]);
    // Three minutes: 200 values, then 100 and the 10 of the new process, whose start is in the window.
    const three = { ...two, window: String(3n * MINUTE), aggregate: 'avg' };
    expect(await start(three, 4)).toEqual([[null, 15, 15, (100 * 15 + 10 * 100) / 110]]);
    // Their number is a counter's increase: 100 in 60 s of 120, 30 s to each end; with the zero of the new process a
    // second after the last point it is 100 in 61 s.
    expect(await start({ ...two, aggregate: 'count', groupBy: ['service.name'] }, 3)).toEqual([
      [null, 200, (100 * 120) / 61],
      [null, 200, (100 * 120) / 61],
    ]);
  });

  it('do not count the first point of a process that began before, or whose start is unknown', async () => {
    const rows = new BatchBuilder(TENANT_A);
    const bounds = [10, 20];
    for (const [svc, began] of [
      ['old', () => START - long],
      ['unknown', (minute: number) => at(minute)],
    ] as const) {
      const id = rows.series({
        metric: `latency.first.${svc}`,
        type: 'histogram',
        temporality: 'cumulative',
        resource: { 'service.name': svc },
      });
      for (const [minute, slow] of [
        [2, 0n],
        [3, 1n],
        [4, 2n],
      ] as const)
        rows.row('histograms', {
          metric: `latency.first.${svc}`,
          series_id: id,
          timestamp: at(minute),
          start_time: began(minute),
          kind: 1,
          bounds,
          counts: [1_000_000n, 0n, slow],
          count: 1_000_000n + slow,
          sum: 5_000_000 + Number(slow) * 100,
        });
    }
    await instance.insert(rows.batch('metrics'));
    for (const svc of ['old', 'unknown']) {
      const two = { metric: `latency.first.${svc}`, window: String(2n * MINUTE) };
      expect(await start({ ...two, aggregate: 'p50' }, 6)).toEqual([[null, null, null, 20, 20, null]]);
      expect(await start({ ...two, aggregate: 'avg' }, 6)).toEqual([[null, null, null, 100, 100, null]]);
    }
  });

  it('that are exponential are differences too, when the scale falls as well', async () => {
    // Minute 1: 20 values in (4, 8]. Minute 2: (1,4] was 20 and stays; (4,16] was 30 and becomes 130.
    const two = { metric: 'latency.exp', window: String(2n * MINUTE) };
    const [p50] = await start({ ...two, aggregate: 'p50' }, 3);
    expect(p50).toEqual([null, 6, 10]);
    expect(await start({ ...two, aggregate: 'count' }, 3)).toEqual([[null, 40, 200]]);
  });

  it('that are summaries show the quantile sent', async () => {
    expect(await start({ metric: 'gc', window: step }, 3)).toEqual([[9, 10, null]]);
    expect(await start({ metric: 'gc', aggregate: 'p50', window: step }, 2)).toEqual([[1, 2]]);
    expect((await start({ metric: 'gc', aggregate: 'avg', window: String(2n * MINUTE) }, 2))[0]![1]).toBe(5);
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
    const all = await instance.call<MetricsResponse>(TENANT_A, 'GET', '/api/v1/metrics', { ...range, limit: 1_000 });
    expect(all.metrics.map((one) => [one.name, one.defaultAggregate])).toEqual([
      ['gc', 'p95'],
      ['latency.cumulative', 'p95'],
      ['latency.delta', 'p95'],
      ['latency.exp', 'p95'],
      ['latency.first.old', 'p95'],
      ['latency.first.unknown', 'p95'],
      ['memory.used', 'avg'],
      ['net.change', 'sum'],
      ['pool.used', 'sum'],
      ['queue.size', 'sum'],
      ['requests.delta', 'rate'],
      ['requests/총', 'rate'],
    ]);
  });

  it.each([513, 64 * 1_024])('finds a metric by a name of %i characters, as intake keeps it', async (length) => {
    const name = 'n'.repeat(length);
    const rows = new BatchBuilder(TENANT_B);
    const id = rows.series({ metric: name, type: 'gauge' });
    rows.row('samples', { metric: name, series_id: id, timestamp: at(0), value: 5 });
    await instance.insert(rows.batch('metrics'));
    const queried = await instance.call<MetricsQueryResponse>(TENANT_B, 'POST', '/api/v1/metrics/query', {
      ...range,
      step,
      metric: name,
    });
    expect(queried.series[0]?.values[0]).toBe(5);
    const described = await instance.call<MetricResponse>(TENANT_B, 'GET', `/api/v1/metrics/${name}`, range);
    expect(described.metric?.name).toBe(name);
    const { points } = await instance.call<MetricPointsResponse>(
      TENANT_B,
      'GET',
      `/api/v1/metrics/${name}/points`,
      range,
    );
    expect(points.map((one) => one.value)).toEqual([5]);
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
