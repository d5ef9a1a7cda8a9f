import { expect, it } from 'vitest';
import { hostPolicy } from './hosts.ts';

const local = { bind: '127.0.0.1', machine: 'box', published: undefined, allowed: '' };

it.each([
  ['loopback by name', local, 'localhost:8080', true],
  ['with a dot at the end', local, 'LOCALHOST.:8080', true],
  ['loopback by address', local, '127.0.0.1:8080', true],
  ['another loopback address', local, '127.9.9.9', true],
  ['loopback of IPv6', local, '[::1]:8080', true],
  ['a foreign name', local, 'evil.example', false],
  ['a name that begins like loopback', local, '127.0.0.1.evil.example', false],
  ['a name that begins like localhost', local, 'localhost.evil.example', false],
  ['a foreign address', local, '198.51.100.7:8080', false],
  ['the name of the machine, from loopback only', local, 'box:8080', false],
  ['an empty one', local, '', false],
  ['none', local, undefined, true],
  ['its own address', { ...local, bind: '192.0.2.5' }, '192.0.2.5:8080', true],
  ['the name of the machine', { ...local, bind: '192.0.2.5' }, 'Box', true],
  ['another address', { ...local, bind: '192.0.2.5' }, '192.0.2.6', false],
  ['an address of an unknown interface', { ...local, bind: '0.0.0.0' }, '10.1.2.3:8080', true],
  ['an IPv6 address of an unknown interface', { ...local, bind: '::' }, '[2001:db8::1]:8080', true],
  ['a foreign name on all interfaces', { ...local, bind: '0.0.0.0' }, 'evil.example', false],
  ['the published host', { ...local, published: 'hanok.example:8443' }, 'hanok.example', true],
  ['an allowed host', { ...local, allowed: 'a.example, B.example' }, 'b.example:1', true],
  ['one that is not allowed', { ...local, allowed: 'a.example' }, 'c.example', false],
  ['any, when the operator says so', { ...local, allowed: '*' }, 'evil.example', true],
])('%s', (_, hosts, header, answered) => {
  expect(hostPolicy(hosts)(header)).toBe(answered);
});
