import type { FieldInfo } from '@hanok/contract';
import { expect, it } from 'vitest';
import { offeredFields } from './offered.ts';

const info = (name: string, count: number, more: Partial<FieldInfo> = {}): FieldInfo => ({
  name,
  count,
  source: 'attribute',
  type: 'string',
  ...more,
});
const KNOWN = [
  info('service.name', 900, { source: 'field' }),
  info('http.method', 20),
  info('user.tier', 50),
  info('amount', 40, { type: 'number' }),
  info('payload', 99, { type: 'bytes' }),
  info('resource.service.name', 900, { source: 'resource' }),
  info('resource.k8s.pod.name', 60, { source: 'resource' }),
];

it('offers what records really had and is not shown yet, the most frequent first', () => {
  expect(offeredFields(KNOWN, ['service.name', 'http.method'], '')).toEqual({
    names: ['resource.k8s.pod.name', 'user.tier', 'amount'],
    more: 0,
  });
});

it('finds by a part of the name, and says how many are not listed', () => {
  expect(offeredFields(KNOWN, [], 'tier').names).toEqual(['user.tier']);
  const many = Array.from({ length: 45 }, (_, i) => info(`key.${i}`, i));
  const { names, more } = offeredFields(many, [], 'key');
  expect([names.length, more, names[0]]).toEqual([30, 15, 'key.44']);
});
