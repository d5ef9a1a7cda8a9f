import { describe, expect, it } from 'vitest';
import { type Known, weaknessesOf } from './posture.ts';

const DAY = 86_400_000;
const NOW = 1_800_000_000_000;
const at = (daysAgo: number) => `${NOW - daysAgo * DAY}000000`;

const NOTHING: Known = { keys: [], tokens: [], people: [], access: [], permissions: ['logs.read', 'keys.write'] };
const key = (id: string, createdAt: string, lastUsedAt: string | null, revokedAt: string | null = null) => ({
  ...({ id, name: id, prefix: 'hk_', createdAt, lastUsedAt, revokedAt } as Known['keys'][number]),
});
const token = (id: string, change: Partial<Known['tokens'][number]> = {}): Known['tokens'][number] => ({
  id,
  name: id,
  prefix: 'ht_',
  owner: { kind: 'person', id: 'u', name: 'kim' },
  permissions: ['logs.read'],
  networks: [],
  createdAt: at(1),
  expiresAt: at(-30),
  lastUsedAt: at(0),
  revokedAt: null,
  ...change,
});
const person = (id: string, role: string, lastLoginAt: string | null = at(1)) => ({
  id,
  email: `${id}@b.example`,
  role,
  createdAt: at(30),
  lastLoginAt,
});
const found = (known: Partial<Known>) =>
  weaknessesOf({ ...NOTHING, ...known }, NOW).map((one) => [
    one.check,
    'key' in one ? one.key.id : 'token' in one ? one.token.id : 'person' in one ? one.person.id : one.access.id,
  ]);

describe('what is weak in a tenant', () => {
  it('is nothing where nothing is', () => {
    expect(found({ people: [person('a', 'owner'), person('b', 'owner')], tokens: [token('t')] })).toEqual([]);
  });

  it('counts 90 days from the last use, or from the making of what was never used', () => {
    const keys = [
      key('used', at(400), at(89)),
      key('left', at(400), at(90)),
      key('new', at(89), null),
      key('never', at(90), null),
      key('revoked', at(400), null, at(1)),
    ];
    expect(found({ keys })).toEqual([
      ['key-unused', 'left'],
      ['key-unused', 'never'],
    ]);
    expect(found({ tokens: [token('old', { createdAt: at(200), lastUsedAt: at(100) })] })).toEqual([
      ['token-unused', 'old'],
    ]);
  });

  it('is a token without an end or with every permission, while it is in force', () => {
    const all = { expiresAt: null, permissions: ['logs.read', 'keys.write'] } as const;
    expect(
      found({
        tokens: [
          token('all', { ...all, permissions: [...all.permissions] }),
          token('revoked', { ...all, permissions: [...all.permissions], revokedAt: at(0) }),
          token('expired', { permissions: [...all.permissions], expiresAt: at(0) }),
        ],
      }),
    ).toEqual([
      ['token-everything', 'all'],
      ['token-endless', 'all'],
    ]);
  });

  it('is one owner only, and who never signed in', () => {
    expect(found({ people: [person('a', 'owner'), person('b', 'admin', null)] })).toEqual([
      ['single-owner', 'a'],
      ['never-signed-in', 'b'],
    ]);
  });

  it('is an access of an operator, until it ends by time or by somebody', () => {
    const access = (id: string, endsAt: string, endedAt: string | null) => ({
      id,
      operator: 'op',
      reason: 'a ticket',
      role: 'viewer' as const,
      openedAt: at(1),
      endsAt,
      endedAt,
      endedBy: null,
    });
    expect(
      found({ access: [access('open', at(-1), null), access('over', at(0), null), access('ended', at(-1), at(0))] }),
    ).toEqual([['operator-access', 'open']]);
  });
});
