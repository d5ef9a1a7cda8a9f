import { describe, expect, it } from 'vitest';
import { defaultAggregate, defaultGroupBy, keptApart, rateUnit } from './conventions.ts';

describe('what is shown unless told otherwise', () => {
  it.each([
    ['gauge', false, 'avg'],
    ['sum', true, 'rate'],
    ['sum', false, 'sum'],
    ['histogram', false, 'p95'],
    ['exponential_histogram', false, 'p95'],
    ['summary', false, 'p95'],
  ] as const)('%s, monotonic %s: %s', (type, monotonic, expected) => {
    expect(defaultAggregate({ type, monotonic })).toBe(expected);
  });

  it.each<[string, string[], string[]]>([
    ['system.cpu.time', ['cpu.logical_number', 'cpu.mode'], ['cpu.mode']],
    ['system.cpu.time', ['cpu', 'state'], ['state']],
    ['process.cpu.time', ['process.cpu.state'], ['process.cpu.state']],
    ['system.cpu.utilization', ['cpu', 'state'], ['state']],
    ['system.memory.utilization', ['state'], ['state']],
    ['system.memory.usage', ['system.memory.state'], ['system.memory.state']],
    ['system.filesystem.usage', ['device', 'state', 'type'], ['state']],
    ['k8s.volume.utilization', ['state'], ['state']],
    ['system.network.io', ['device', 'direction'], ['direction']],
    ['system.disk.operations', ['device', 'disk.io.direction'], ['disk.io.direction']],
    ['system.network.connections', ['protocol', 'state'], ['state']],
    ['jvm.memory.used', ['jvm.memory.pool.name', 'jvm.memory.type'], ['jvm.memory.type']],
    ['db.client.connection.count', ['db.client.connection.state'], ['db.client.connection.state']],
    ['http.server.active_requests', ['http.request.method'], []],
    ['http.server.request.duration', ['http.route', 'state'], []],
    ['jvm.cpu.time', [], []],
    ['system.cpu.utilization', [], []],
  ])('%s with %j is cut by %j', (metric, keys, expected) => {
    expect(defaultGroupBy(metric, keys)).toEqual(expected);
  });

  it('keeps the states of utilizations apart, whatever was asked for', () => {
    expect(keptApart('system.memory.utilization', ['state', 'host'])).toEqual(['state']);
    expect(keptApart('system.memory.usage', ['state', 'host'])).toEqual([]);
    expect(keptApart('queue.utilization', ['host'])).toEqual([]);
  });

  it.each([
    ['system.cpu.time', 's', '{cpu}'],
    ['jvm.cpu.time', 's', '{cpu}'],
    ['gc.pause.total', 's', 's/s'],
    ['requests', '{request}', '{request}/s'],
    ['requests', '', '1/s'],
    ['requests', '1', '1/s'],
    ['io', 'By', 'By/s'],
  ])('the rate of %s in %s is in %s', (metric, unit, expected) => {
    expect(rateUnit(metric, unit)).toBe(expected);
  });
});
