import { describe, expect, it } from 'vitest';
import { marksOf } from '#base';
import { ARRIVAL } from './testkit/generate.ts';
import { contextOf, decode, logsOf, metricsOf, open, spansOf, TRACE, text, time } from './testkit/instance.ts';
import { rowsOf } from './testkit/rebuild.ts';

const service = (name: string, more: object[] = []) => ({ attributes: [text('service.name', name), ...more] });
const span = (name: string, i: number) => ({
  traceId: TRACE,
  spanId: Uint8Array.from([1, 2, 3, 4, 5, 6, i >> 8, i & 255]),
  name,
  startTimeUnixNano: time(1),
  endTimeUnixNano: time(1),
});
const point = (i: number, labels: object[] = []) => ({ timeUnixNano: time(1), asInt: i, attributes: labels });
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const TOMORROW = contextOf('tenant-a', { arrival: ARRIVAL + 86_400_000_000_000n });

describe('beyond the limit of a tenant and day', () => {
  it('services are kept under one name, searchable by their own', () => {
    const decoder = open({ maxServices: 2 });
    const of = (name: string, context = contextOf()) =>
      decode('logs', logsOf([{ timeUnixNano: time(1) }, { timeUnixNano: time(1) }], service(name)), context, decoder);
    expect([of('a'), of('b')].map((one) => one.message)).toEqual(['', '']);
    const third = of('c');
    const { logs, resources } = rowsOf(third.batch);
    expect(third).toMatchObject({ rejected: 0, records: 2, firstService: 'c', reason: 'limit-services' });
    expect(third.values).toEqual({ count: 2, limit: 2, name: 'c', of: '' });
    expect(third.message).toBe(
      '2 kept under "(other services)", beyond the limit of 2 service names a day; the last new one is c',
    );
    expect(third.limited).toEqual([{ counted: 'services', limit: 2, count: 2, name: 'c', of: '' }]);
    expect(logs.map((row) => row['service_name'])).toEqual(['(other services)', '(other services)']);
    expect(marksOf(Number(logs[0]!['marks']))).toContain('name-limited');
    expect(resources[0]).toMatchObject({ service_name: '(other services)', attributes: [['service.name', 'c']] });
    // Known ones go on, and so do other tenants and the next day.
    expect(rowsOf(of('a').batch).logs[0]).toMatchObject({ service_name: 'a' });
    expect(rowsOf(of('c', contextOf('tenant-b')).batch).logs[0]).toMatchObject({ service_name: 'c' });
    expect(rowsOf(of('c', TOMORROW).batch).logs[0]).toMatchObject({ service_name: 'c' });
  });

  it('services that PM2 names in the body are counted too', () => {
    const decoder = open({ maxServices: 3 });
    const body = (app: string) => ({ stringValue: JSON.stringify({ message: 'x', process_id: 0, app_name: app }) });
    const records = range(5).map((i) => ({ timeUnixNano: time(1), body: body(`app${i}`) }));
    const decoded = decode('logs', logsOf(records, {}), contextOf(), decoder);
    const names = rowsOf(decoded.batch).logs.map((row) => row['service_name']);
    // `unknown_service` of the resource is the first of three.
    expect(names).toEqual(['app0', 'app1', '(other services)', '(other services)', '(other services)']);
    expect(decoded.limited).toMatchObject([{ counted: 'services', count: 3, name: 'app4' }]);
  });

  it('operations keep their spans whole, marked for the roll-up', () => {
    const decoder = open({ maxOperations: 3 });
    const decoded = decode('traces', spansOf(range(5).map((i) => span(`GET /${i}`, i))), contextOf(), decoder);
    const { spans } = rowsOf(decoded.batch);
    expect(spans.map((row) => row['name'])).toEqual(range(5).map((i) => `GET /${i}`));
    expect(spans.map((row) => marksOf(Number(row['marks'])).includes('name-limited'))).toEqual([
      ...[false, false, false],
      ...[true, true],
    ]);
    expect(decoded).toMatchObject({ rejected: 0, reason: 'limit-operations' });
    expect(decoded.message).toMatch(/^2 kept and counted under "\(other operations\)".*shop grows.*GET \/4$/);
    // Another service has a count of its own.
    const other = decode('traces', spansOf([span('GET /9', 9)], service('cart')), contextOf(), decoder);
    expect(other.message).toBe('');
  });

  it('metric names are rejected, points of known ones kept', () => {
    const decoder = open({ maxMetrics: 2 });
    const metrics = ['a', 'b', 'c', 'a', 'd'].map((name) => ({ name, gauge: { dataPoints: [point(1), point(2)] } }));
    const decoded = decode('metrics', metricsOf(metrics), contextOf(), decoder);
    expect(decoded).toMatchObject({ records: 6, rejected: 4, reason: 'limit-metrics' });
    expect(decoded.message).toBe('4 rejected: beyond the limit of 2 metric names a day; the last new one is d');
    expect(new Set(rowsOf(decoded.batch).samples.map((row) => row['metric']))).toEqual(new Set(['a', 'b']));
  });

  it('series are rejected, with the metric and the attribute that grow', () => {
    const decoder = open({ maxNewSeries: 3 });
    const points = range(10).map((i) => point(i, [text('zone', 'eu'), text('request.id', String(i))]));
    const message = metricsOf([{ name: 'calls', gauge: { dataPoints: points } }]);
    const decoded = decode('metrics', message, contextOf(), decoder);
    expect(decoded).toMatchObject({ records: 3, rejected: 7 });
    expect(decoded.message).toBe(
      '7 rejected: beyond the limit of 3 series a day; calls grows, by its attribute request.id',
    );
    expect(decoded.values).toEqual({ count: 7, limit: 3, name: 'calls', of: 'request.id' });
    // Not confirmed, so that their rows are sent again; they are no new series for that.
    expect(decode('metrics', message, contextOf(), decoder)).toMatchObject({ records: 3, rejected: 7 });
  });

  it('resources and scopes are rejected, with the service that grows', () => {
    const decoder = open({ maxResources: 2, maxScopes: 2 });
    const logs = (pod: string, scope = 'lib') => ({
      resourceLogs: [
        {
          resource: service('shop', [text('pod', pod)]),
          scopeLogs: [{ scope: { name: scope }, logRecords: [{ timeUnixNano: time(1) }, { timeUnixNano: time(2) }] }],
        },
      ],
    });
    const results = ['p1', 'p2', 'p3', 'p1'].map((pod) => decode('logs', logs(pod), contextOf(), decoder));
    expect(results.map(({ records, rejected }) => [records, rejected])).toEqual([
      [2, 0],
      [2, 0],
      [0, 2],
      [2, 0],
    ]);
    expect(results[2]!.batch).toBeNull();
    expect(results[2]!.message).toMatch(/^2 rejected: beyond the limit of 2 resources a day; service shop/);
    const scopes = ['lib', 'two', 'three'].map((scope) => decode('logs', logs('p1', scope), contextOf(), decoder));
    expect(scopes.map(({ rejected, reason }) => [rejected, reason])).toEqual([
      [0, undefined],
      [0, undefined],
      [2, 'limit-scopes'],
    ]);
    const spans = { ...spansOf([span('x', 1)], service('shop', [text('pod', 'p9')])) };
    expect(decode('traces', spans, contextOf(), decoder)).toMatchObject({ rejected: 1, reason: 'limit-resources' });
    const metric = metricsOf([{ name: 'm', gauge: { dataPoints: [point(1)] } }], service('shop', [text('pod', 'p9')]));
    expect(decode('metrics', metric, contextOf(), decoder)).toMatchObject({ rejected: 1, reason: 'limit-resources' });
  });

  it('attribute keys stay on their records and are not listed', () => {
    const decoder = open({ maxKeys: 5 });
    const record = (from: number) => ({
      timeUnixNano: time(1),
      attributes: range(4).map((i) => text(`k${from + i}`, 'v')),
    });
    // `service.name` of the resource is a key, too.
    expect(decode('logs', logsOf([record(0)]), contextOf(), decoder).message).toBe('');
    const decoded = decode('logs', logsOf([record(2)]), contextOf(), decoder);
    const { logs, fields } = rowsOf(decoded.batch);
    expect(logs[0]!['attributes']).toHaveLength(4);
    expect(new Set(fields.map((row) => row['key']))).not.toContain('k5');
    expect(decoded).toMatchObject({ rejected: 0, reason: 'limit-keys-logs' });
    expect(decoded.message).toMatch(/^[12] kept attribute keys that are not listed as fields.*the last new one is k5$/);
    // Each signal counts its own.
    const other = decode('traces', spansOf([{ ...span('x', 1), attributes: [text('k9', 'v')] }]), contextOf(), decoder);
    expect(other.message).toBe('');
  });
});

it('takes a hundred thousand of everything without growing in what is listed', () => {
  const decoder = open();
  let services = 0;
  let diverted = 0;
  for (let i = 0; i < 20; i++) {
    const resourceLogs = range(500).map((k) => ({
      resource: service(`s${i * 500 + k}`),
      scopeLogs: [{ logRecords: [{ timeUnixNano: time(1), attributes: [text(`key${i * 500 + k}`, 'v')] }] }],
    }));
    const decoded = decode('logs', { resourceLogs }, contextOf(), decoder);
    const rows = rowsOf(decoded.batch);
    services += rows.logs.filter((row) => row['service_name'] !== '(other services)').length;
    diverted += rows.logs.filter((row) => row['service_name'] === '(other services)').length;
    expect(rows.logs).toHaveLength(500);
  }
  // A handful in a million is taken for known.
  expect(services).toBeGreaterThanOrEqual(2_000);
  expect(services).toBeLessThanOrEqual(2_002);
  expect(services + diverted).toBe(10_000);
});
