import type { InstancePermission, TenantId } from '@hanok/contract';
import { describe, expect, it } from 'vitest';
import type { Principal } from '#base';
import type { Tenant, TenantRight } from '#control';
import { deviceMarks } from './device-cookie.ts';
import { decideSameOrigin } from './same-origin.ts';
import { endSessionCookies, sessionCookie } from './session-cookie.ts';
import { decideTenant } from './tenant-in-force.ts';

const A = 'tenant-a' as TenantId;
const B = 'tenant-b' as TenantId;
const C = 'tenant-c' as TenantId;
const none = { 'x-hanok-tenant': undefined, 'x-business-id': undefined, tenant: undefined };
const find = (id: string) => (id === A || id === B ? ({ id } as Tenant) : undefined);

const right: TenantRight = { role: 'viewer', permissions: new Set() };
const principal = (instance: readonly InstancePermission[]): Principal => ({
  kind: 'person',
  id: 'u',
  name: 'u@x.example',
  instance: new Set(instance),
});
/** Somebody of these tenants, or an operator to whom these are open. */
const rights = (tenants: readonly TenantId[], operator = false) => ({
  principal: principal(operator ? ['tenants.read'] : []),
  tenants: new Map(tenants.map((tenant) => [tenant, right])),
});

describe('decideTenant', () => {
  it.each([
    ['their own, unasked', rights([B]), {}, { kind: 'tenant', tenant: B, right }],
    [
      'their own, named',
      rights([B]),
      { 'x-hanok-tenant': B, 'x-business-id': B },
      { kind: 'tenant', tenant: B, right },
    ],
    ['another', rights([B]), { 'x-hanok-tenant': A }, { kind: 'mismatch', at: 'x-hanok-tenant' }],
    ['none that exists', rights([B]), { 'x-hanok-tenant': 'zz' }, { kind: 'mismatch', at: 'x-hanok-tenant' }],
    ['an empty name', rights([B]), { 'x-hanok-tenant': '' }, { kind: 'mismatch', at: 'x-hanok-tenant' }],
    [
      'another by x-business-id',
      rights([B]),
      { 'x-hanok-tenant': B, 'x-business-id': A },
      { kind: 'mismatch', at: 'x-business-id' },
    ],
    ['another by query', rights([B]), { tenant: A }, { kind: 'mismatch', at: 'tenant' }],
    ['two at once', rights([B]), { 'x-hanok-tenant': `${B}, ${A}` }, { kind: 'mismatch', at: 'x-hanok-tenant' }],
    ['one of several', rights([A, B]), { 'x-hanok-tenant': A }, { kind: 'tenant', tenant: A, right }],
    ['several, none named', rights([A, B]), {}, { kind: 'none' }],
    ['several, another', rights([A, B]), { 'x-hanok-tenant': C }, { kind: 'mismatch', at: 'x-hanok-tenant' }],
    ['nobody’s', rights([]), { 'x-hanok-tenant': A }, { kind: 'mismatch', at: 'x-hanok-tenant' }],
    ['operator, none', rights([A], true), {}, { kind: 'none' }],
    ['operator, an open one', rights([A], true), { 'x-hanok-tenant': A }, { kind: 'tenant', tenant: A, right }],
    ['operator, by query', rights([A], true), { tenant: A }, { kind: 'tenant', tenant: A, right }],
    [
      'operator, a closed one',
      rights([A], true),
      { 'x-hanok-tenant': B },
      { kind: 'closed', tenant: B, at: 'x-hanok-tenant' },
    ],
    [
      'operator, unknown',
      rights([], true),
      { 'x-hanok-tenant': '__proto__' },
      { kind: 'unknown', at: 'x-hanok-tenant' },
    ],
    ['operator, two', rights([A], true), { 'x-hanok-tenant': A, tenant: B }, { kind: 'mismatch', at: 'tenant' }],
    ['operator, belief alone', rights([A], true), { 'x-business-id': A }, { kind: 'mismatch', at: 'x-business-id' }],
  ])('%s', (_, who, claims, expected) => {
    expect(decideTenant(who, { ...none, ...claims }, find)).toEqual(expected);
  });
});

describe('decideSameOrigin', () => {
  const request = { fetchSite: undefined, origin: undefined, host: 'hanok.example:8080', publicOrigin: undefined };
  it.each([
    ['a program', {}, true],
    ['our page', { fetchSite: 'same-origin' }, true],
    ['a sister host', { fetchSite: 'same-site' }, false],
    ['another site', { fetchSite: 'cross-site', origin: 'http://hanok.example:8080' }, false],
    ['our page in an old browser', { origin: 'http://hanok.example:8080' }, true],
    ['another port', { origin: 'http://hanok.example:9090' }, false],
    ['a lookalike', { origin: 'http://hanok.example:8080.evil.example' }, false],
    ['a sandboxed frame', { origin: 'null' }, false],
    [
      'our page behind a proxy',
      { origin: 'https://hanok.example', publicOrigin: 'https://hanok.example', host: 'x' },
      true,
    ],
  ])('%s', (_, headers, same) => {
    expect(decideSameOrigin({ ...request, ...headers })).toBe(same);
  });
});

it.each([
  [undefined, undefined],
  ['a=b', undefined],
  ['hanok_session=one', 'one'],
  ['xhanok_session=one', undefined],
  ['hanok_session=', undefined],
  ['=; ;;hanok_session=x', 'x'],
])('reads the cookie from %j', (header, value) => {
  expect(sessionCookie(header, false)).toBe(value);
  expect(sessionCookie(header?.replaceAll('hanok_session', '__Host-hanok_session'), true)).toBe(value);
});

it.each(['one', 'two'])('refuses two session cookies rather than choosing, the second being %s', (second) => {
  const header = `hanok_session=one; a=b; hanok_session=${second}`;
  expect(() => sessionCookie(header, false)).toThrow(expect.objectContaining({ code: 'edge.repeated-session' }));
  // Over TLS a neighbouring host can set only a cookie without the prefix, which is not looked at.
  expect(sessionCookie(`${header}; __Host-hanok_session=three`, true)).toBe('three');
});

it('reads device marks, whatever others put beside them', () => {
  expect(deviceMarks(undefined)).toEqual([]);
  expect(deviceMarks('a=b; hanok_device=one~two; c=d')).toEqual(['one', 'two']);
  const tossed = Array.from({ length: 50 }, (_, n) => `junk${n}`).join('~');
  expect(deviceMarks(`hanok_device=${tossed}; hanok_device=one~two`)).toEqual(expect.arrayContaining(['one', 'two']));
  expect(deviceMarks(`hanok_device=${tossed}; hanok_device=one~two`)).toHaveLength(8);
});

it('ends session cookies of every path and parent host that a request may have brought them from', () => {
  const ended = endSessionCookies('/api/v1/me', 'obs.shop.example:8080', true);
  expect(ended).toContain('__Host-hanok_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0; Secure');
  expect(ended).toContain(
    '__Host-hanok_session=; Path=/api/v1; Domain=shop.example; HttpOnly; SameSite=Strict; Max-Age=0; Secure',
  );
  expect(ended.some((one) => one.includes('Domain=example;'))).toBe(false);
  expect(endSessionCookies('/', '127.0.0.1:8080', false)).toEqual([
    'hanok_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
  ]);
});
