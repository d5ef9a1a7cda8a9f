import { expect, it } from 'vitest';
import { isWithin } from './networks.ts';

it.each([
  [[], '203.0.113.9', true],
  [['203.0.113.0/24'], '203.0.113.9', true],
  [['203.0.113.0/24'], '::ffff:203.0.113.9', true],
  [['203.0.113.0/24'], '203.0.114.9', false],
  [['203.0.113.9'], '203.0.113.9', true],
  [['2001:db8::/32'], '2001:db8:5::1', true],
  [['2001:db8::/32'], '2001:db9::1', false],
  [['203.0.113.0/24'], '', false],
  [['203.0.113.0/24', '2001:db8::1'], '2001:db8::1', true],
])('networks %j and %s: %s', (networks, remote, within) => {
  expect(isWithin(networks, remote)).toBe(within);
});
