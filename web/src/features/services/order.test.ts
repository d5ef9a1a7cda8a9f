import type { ServiceRow } from '@hanok/contract';
import { describe, expect, it } from 'vitest';
import { healthOf } from '../../kit/services/health.ts';
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
    [0, 0, 'none'],
    [100, 0, 'ok'],
    [100, 0.01, 'warn'],
    [100, 0.05, 'bad'],
  ] as const)('%d requests, %d failing: %s', (requests, errorRate, health) =>
    expect(healthOf({ requests, errorRate })).toBe(health),
  );
});
