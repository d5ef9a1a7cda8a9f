import { expect, it } from 'vitest';
import { SharedSources, sourceOf } from './source.ts';

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, ''],
])('%s counts as %s', (remote, source) => {
  expect(sourceOf(remote)).toBe(source);
});

it('compares shared sources whole', () => {
  const shared = new SharedSources('127.0.0.1, ::1,2001:DB8::5');
  expect(['127.0.0.1', '::ffff:127.0.0.1', '::1', '2001:db8::5'].map((one) => shared.has(one))).toEqual(
    Array(4).fill(true),
  );
  expect(['127.0.0.2', '::2', '2001:db8::6', undefined].map((one) => shared.has(one))).toEqual(Array(4).fill(false));
});
