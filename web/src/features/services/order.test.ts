import type { ServiceRow } from '@hanok/contract';
import { describe, expect, it } from 'vitest';
import { healthOf, toneOf } from '../../kit/services/health.ts';
import { orderServices } from './order.ts';

function row(name: string, change: Partial<ServiceRow> = {}): ServiceRow {
  return {
    name,
    environments: [],
    lastSeen: '1795237320000000000',
    requests: 10,
    rate: 1,
    errors: 0,
    errorRate: 0,
    p50: 1,
    p95: 2,
    p99: 3,
    silent: false,
    recent: { seconds: 300, requests: 0, errors: 0 },
    series: { requests: [], errors: [], p95: [] },
    ...change,
  };
}

const names = (rows: readonly ServiceRow[]) => rows.map((one) => one.name);

describe('orderServices', () => {
  const rows = [row('b', { rate: 5 }), row('주문-api', { rate: 9 }), row('a', { rate: 5 }), row('정산', { rate: 1 })];

  it('sorts by a figure, ties by name', () => {
    expect(names(orderServices(rows, { sort: 'rate', order: 'desc' }))).toEqual(['주문-api', 'a', 'b', '정산']);
    expect(names(orderServices(rows, { sort: 'rate', order: 'asc' }))).toEqual(['정산', 'a', 'b', '주문-api']);
  });

  it('finds by initial consonants and leaves the given list as it was', () => {
    expect(names(orderServices(rows, { find: 'ㅈㅁ', sort: 'name', order: 'asc' }))).toEqual(['주문-api']);
    expect(names(rows)).toEqual(['b', '주문-api', 'a', '정산']);
  });

  it('compares nanoseconds that no number can hold', () => {
    const near = [row('x', { lastSeen: '1795237320000000001' }), row('y', { lastSeen: '1795237320000000002' })];
    expect(names(orderServices(near, { sort: 'lastSeen', order: 'desc' }))).toEqual(['y', 'x']);
  });
});

describe('healthOf', () => {
  it.each([
    [0, 0, { requests: 0, errors: 0 }, false, 'none'],
    [100, 0, { requests: 0, errors: 0 }, false, 'ok'],
    [100, 0.01, { requests: 2, errors: 2 }, false, 'warn'],
    [100, 0.05, { requests: 0, errors: 0 }, false, 'bad'],
    // A day of health does not cover the last five minutes, nor the other way round.
    [100_000, 0.001, { requests: 100, errors: 50 }, false, 'bad'],
    [100_000, 0.5, { requests: 100, errors: 0 }, false, 'ok'],
    // Nothing covers silence.
    [100, 0, { requests: 0, errors: 0 }, true, 'silent'],
    [0, 0, { requests: 0, errors: 0 }, true, 'silent'],
  ] as const)('%d requests, %d failing, lately %o, silent %s: %s', (requests, errorRate, recent, silent, health) =>
    expect(healthOf({ requests, errorRate, recent: { seconds: 300, ...recent }, silent })).toBe(health),
  );

  it('reads a share', () =>
    expect([0, 0.009, 0.01, 0.049, 0.05, 1].map(toneOf)).toEqual(['ok', 'ok', 'warn', 'warn', 'bad', 'bad']));
});
