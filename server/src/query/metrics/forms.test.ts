import type { MetricInfo, MetricResponse, MetricsQueryResponse, MetricsResponse } from '@hanok/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchBuilder, SECOND, type SeriesInput, START } from '../testkit/data.ts';
import { openTestInstance, TENANT_A, type TestInstance } from '../testkit/instance.ts';
import { decideOrder } from './forms.ts';

let instance: TestInstance;
const MINUTE = 60n * SECOND;
const range = { from: String(START), to: String(START + 30n * MINUTE) };

beforeAll(async () => {
  instance = await openTestInstance();
  const rows = new BatchBuilder(TENANT_A);
  /** One point a minute with one value. */
  const series = (input: SeriesInput, value: number, minutes: readonly [first: number, end: number]) => {
    const id = rows.series(input);
    for (let minute = minutes[0]; minute < minutes[1]; minute++) {
      const point = { metric: input.metric, series_id: id, timestamp: START + BigInt(minute) * MINUTE + MINUTE / 2n };
      if (input.type !== 'histogram') rows.row('samples', { ...point, value });
      else
        rows.row('histograms', {
          ...point,
          kind: 1,
          bounds: [value, value * 2],
          counts: [0n, 10n, 0n],
          count: 10n,
          sum: value * 15,
          present: 7,
          min: value,
          max: value * 2,
        });
    }
  };
  // A gauge of three series was given up for a counter of one, which is still sent.
  for (const n of [1, 2, 3]) series({ metric: 'changed', type: 'gauge', attributes: { n } }, n, [0, 10]);
  series({ metric: 'changed', type: 'sum', temporality: 'delta', monotonic: true }, 60, [9, 30]);
  // Both are sent; the gauge has more series.
  series({ metric: 'both', type: 'gauge', unit: 'By', attributes: { n: 1 } }, 1, [0, 29]);
  series({ metric: 'both', type: 'gauge', unit: 'By', attributes: { n: 2 } }, 3, [0, 29]);
  series({ metric: 'both', type: 'gauge', unit: 's' }, 7, [0, 30]);
  series({ metric: 'both', type: 'sum', temporality: 'cumulative', monotonic: true, unit: 'By' }, 100, [0, 30]);
  // One dimension, two units.
  const gauge = { metric: 'took', type: 'gauge' } as const;
  series({ ...gauge, unit: 'ms', attributes: { from: 'old' } }, 1_500, [0, 30]);
  series({ ...gauge, unit: 'ms', attributes: { from: 'older' } }, 1_500, [0, 30]);
  series({ ...gauge, unit: 's', attributes: { from: 'new' } }, 1.5, [0, 30]);
  const histogram = { metric: 'lasted', type: 'histogram', temporality: 'delta' } as const;
  series({ ...histogram, unit: 's', attributes: { from: 'new' } }, 1, [0, 30]);
  series({ ...histogram, unit: 's', attributes: { from: 'newer' } }, 1, [0, 30]);
  series({ ...histogram, unit: 'ms', attributes: { from: 'old' } }, 1_000, [0, 30]);
  const id = rows.series({ ...gauge, unit: 's', attributes: { from: 'new' } });
  rows.row('exemplars', {
    metric: 'took',
    series_id: id,
    timestamp: START + MINUTE,
    value: 2,
    trace_id: new Uint8Array(16).fill(1),
    span_id: new Uint8Array(8).fill(1),
  });
  series({ metric: 'system.cpu.utilization', type: 'gauge', unit: '1', attributes: { state: 'idle' } }, 0.9, [0, 30]);
  series({ metric: 'system.cpu.utilization', type: 'gauge', unit: '1', attributes: { state: 'user' } }, 0.1, [0, 30]);
  await instance.insert(rows.batch('metrics'));
});
afterAll(() => instance.close());

const query = (input: object) =>
  instance.call<MetricsQueryResponse>(TENANT_A, 'POST', '/api/v1/metrics/query', {
    ...range,
    step: String(MINUTE),
    ...input,
  });
const formOf = ({ type, temporality, unit }: MetricInfo) => `${type} ${temporality} ${unit}`;

describe('forms of one name', () => {
  it('show the one that is still sent and name the others', async () => {
    const answer = await query({ metric: 'changed', window: String(MINUTE) });
    expect(formOf(answer.metric!)).toBe('sum delta ');
    expect(answer.otherForms.map(formOf)).toEqual(['gauge unspecified ']);
    expect(answer.aggregate).toBe('rate');
    expect(answer.series[0]!.values[29]).toBe(1);
    // To the nanosecond, so that "10 minutes ago" can be said.
    expect(answer.otherForms[0]!.lastSeen).toBe(String(START + 9n * MINUTE + MINUTE / 2n));
  });

  it('of those being sent show the one with most series, whichever has the newest point', async () => {
    const answer = await query({ metric: 'both' });
    expect([answer.metric, ...answer.otherForms].map((one) => formOf(one!))).toEqual([
      'gauge unspecified By',
      'gauge unspecified s',
      'sum cumulative By',
    ]);
    expect(answer.series[0]!.values[0]).toBe(2);
  });

  it.each([
    ['type:gauge', 'gauge unspecified ', 0],
    ['temporality:delta', 'sum delta ', 0],
    ['monotonic:false', 'gauge unspecified ', 0],
    ['-type:gauge', 'sum delta ', 0],
  ])('are chosen by %s', async (text, form, others) => {
    const answer = await query({ metric: 'changed', query: text });
    expect(formOf(answer.metric!)).toBe(form);
    expect(answer.otherForms).toHaveLength(others);
    expect(answer.series.length).toBeGreaterThan(0);
  });

  it('are chosen by unit', async () => {
    const answer = await query({ metric: 'both', query: 'unit:s' });
    expect([formOf(answer.metric!), answer.unit, answer.series[0]!.values[0]]).toEqual(['gauge unspecified s', 's', 7]);
  });

  it('are listed with the metric and counted in the catalogue', async () => {
    const { forms, metric } = await instance.call<MetricResponse>(TENANT_A, 'GET', '/api/v1/metrics/changed', range);
    expect(forms.map(formOf)).toEqual(['sum delta ', 'gauge unspecified ']);
    expect(metric).toEqual(forms[0]);
    const list = await instance.call<MetricsResponse>(TENANT_A, 'GET', '/api/v1/metrics', range);
    expect(list.metrics.map((one) => [one.name, one.forms])).toEqual([
      ['both', 3],
      ['changed', 2],
      ['lasted', 1],
      ['system.cpu.utilization', 1],
      ['took', 1],
    ]);
  });
});

describe('units of one dimension', () => {
  it('are one form, and their values one value', async () => {
    const answer = await query({ metric: 'took', groupBy: ['from'], limit: 10 });
    expect([answer.unit, answer.metric!.units, answer.otherForms]).toEqual(['ms', ['ms', 's'], []]);
    expect(answer.series.map((one) => one.values[0])).toEqual([1_500, 1_500, 1_500]);
    expect(answer.exemplars).toMatchObject([{ value: 2_000 }]);
    const together = await query({ metric: 'took', groupBy: [], aggregate: 'sum' });
    expect(together.series[0]!.values[0]).toBe(4_500);
  });

  it('hold for buckets, sums and extremes of histograms', async () => {
    for (const [aggregate, expected] of [
      ['p50', 1.5],
      ['avg', 1.5],
      ['max', 2],
      ['min', 1],
    ] as const) {
      const { series, unit } = await query({ metric: 'lasted', aggregate, groupBy: ['from'] });
      expect(unit).toBe('s');
      expect(series.map((one) => one.values[0])).toEqual([expected, expected, expected]);
    }
    const { series } = await query({ metric: 'lasted', aggregate: 'sum', groupBy: ['from'] });
    expect(series.map((one) => one.values[0])).toEqual([15, 15, 15]);
  });

  it('can be asked for alone', async () => {
    const answer = await query({ metric: 'took', query: 'unit:s' });
    expect([answer.unit, answer.series[0]!.values[0], answer.metric!.series]).toEqual(['s', 1.5, 1]);
  });
});

it('never averages a utilization over its states', async () => {
  const answer = await query({ metric: 'system.cpu.utilization' });
  expect(answer.groupBy).toEqual(['state']);
  expect(answer.series.map((one) => [one.labels['state'], one.values[0]])).toEqual([
    ['idle', 0.9],
    ['user', 0.1],
  ]);
  for (const groupBy of [[], ['service.name'], ['state']]) {
    const asked = await query({ metric: 'system.cpu.utilization', groupBy });
    expect(asked.groupBy).toEqual([...new Set([...groupBy, 'state'])]);
    expect(asked.series.map((one) => one.values[0])).toEqual([0.9, 0.1]);
  }
  const metric = await instance.call<MetricResponse>(TENANT_A, 'GET', '/api/v1/metrics/system.cpu.utilization', range);
  expect(metric.keptApart).toEqual(['state']);
  expect(metric.defaultGroupBy).toEqual(['state']);
});

it('orders forms without points in the range behind those with them', () => {
  const form = (unit: string, series: number): MetricInfo => ({
    name: 'm',
    type: 'gauge',
    unit,
    units: [unit],
    description: '',
    temporality: 'unspecified',
    monotonic: false,
    series,
    services: [],
    lastSeen: '0',
    defaultAggregate: 'avg',
  });
  const order = (latest: readonly bigint[]) =>
    decideOrder([form('a', 9), form('b', 5), form('c', 7)], latest).map((one) => one.unit);
  expect(order([0n, 0n, 0n])).toEqual(['a', 'c', 'b']);
  expect(order([0n, START, 0n])).toEqual(['b', 'a', 'c']);
  expect(order([START, START + 400n * SECOND, START + 401n * SECOND])).toEqual(['c', 'b', 'a']);
});
