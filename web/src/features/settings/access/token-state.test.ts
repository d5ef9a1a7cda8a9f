import { expect, it } from 'vitest';
import { isOpen, minutesLeft } from './access-now.ts';
import { readNetworks, stateOf } from './token-state.ts';

it('a token is revoked, else expired from its last moment on, else in force', () => {
  expect(stateOf({ revokedAt: null, expiresAt: '1000000000' }, 999)).toBe('active');
  expect(stateOf({ revokedAt: null, expiresAt: '1000000000' }, 1_000)).toBe('expired');
  expect(stateOf({ revokedAt: null, expiresAt: null }, 1_000)).toBe('active');
  expect(stateOf({ revokedAt: '1', expiresAt: '1000000000' }, 1_000)).toBe('revoked');
});

it('networks are one a line', () => {
  expect(readNetworks(' 192.0.2.0/24\n\n2001:db8::/32, 10.0.0.1 ')).toEqual([
    '192.0.2.0/24',
    '2001:db8::/32',
    '10.0.0.1',
  ]);
  expect(readNetworks(' \n')).toEqual([]);
});

it('an access is open until it ends, with the minutes that have begun', () => {
  expect(isOpen({ endedAt: null, endsAt: '60000000000' }, 59_999)).toBe(true);
  expect(isOpen({ endedAt: null, endsAt: '60000000000' }, 60_000)).toBe(false);
  expect(isOpen({ endedAt: '1', endsAt: '60000000000' }, 1)).toBe(false);
  expect(minutesLeft({ endsAt: '61000000000' }, 0)).toBe(2);
  expect(minutesLeft({ endsAt: '61000000000' }, 70_000)).toBe(0);
});
