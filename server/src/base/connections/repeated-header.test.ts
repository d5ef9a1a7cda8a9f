import { expect, it } from 'vitest';
import { repeatedHeader } from './repeated-header.ts';

it.each([
  [['Authorization', 'a', 'authorization', 'a'], 'authorization'],
  [['host', 'a', 'HOST', 'a'], 'host'],
  [['x-hanok-key', 'a', 'x', 'y', 'x-hanok-key', 'b'], 'x-hanok-key'],
  [[':authority', 'a', 'host', 'b'], 'host'],
  [[':authority', 'a', 'host', 'a'], undefined],
  [['authorization', 'a', 'x-hanok-key', 'b', 'cookie', 'c', 'cookie', 'd'], undefined],
  [[], undefined],
])('%j: %s', (raw, found) => {
  expect(repeatedHeader(raw)).toBe(found);
});
