import type { TenantId } from '@hanok/contract';
import { expect, it } from 'vitest';
import type { Damage, JournalStats } from '#journal';
import { collectNotices, type InstanceState } from './notices.ts';

const MIB = 1024 ** 2;
const [A, B, C, HANOK] = ['tenant-a', 'tenant-b', 'tenant-c', 'hanok'] as TenantId[];

const damage = (tenant: string): Damage => ({
  file: '0000000000000001.segment',
  offset: 4096,
  bytes: 700,
  first: 5n,
  last: 5n,
  acknowledged: true,
  tenant,
  records: 12,
  appendedAfter: Date.UTC(2026, 0, 1, 12),
  appendedBefore: Date.UTC(2026, 0, 1, 12, 1),
  reason: 'the payload does not match its checksum',
});

function journal(name: string, over: Partial<JournalStats> = {}) {
  const stats: JournalStats = {
    name,
    admission: { open: true },
    lastSequence: 9n,
    segments: 1,
    bytes: 100 * MIB,
    unreadBytes: 10 * MIB,
    budgetBytes: 4_096 * MIB,
    freeBytes: 50_000 * MIB,
    recentBytes: 0,
    sources: {},
    corrupt: { entries: 0, damages: [] },
    deadLetters: { entries: 0, bytes: 0, files: [] },
    ...over,
  };
  return { canAccept: () => stats.admission, stats: () => stats };
}

/** tenant-a has a silo; tenant-b and tenant-c share the pool. */
const instance = (pool: Partial<JournalStats>, silo: Partial<JournalStats> = {}): InstanceState => ({
  journals: new Map([
    ['pool', journal('pool', pool)],
    ['silo-tenant-a', journal('silo-tenant-a', silo)],
  ]),
  engines: [
    { name: 'pool', state: 'down' },
    { name: 'silo-tenant-a', state: 'ready' },
  ],
  reserveBytes: 1_024 * MIB,
  storeOf: (tenant) => (tenant === A ? 'silo-tenant-a' : 'pool'),
  operatorTenant: HANOK!,
  controlAwaySince: undefined,
  refusedConnections: [{ port: 'otlp-grpc', reason: 'flood', count: 7, remote: '192.0.2.9', at: Date.UTC(2026, 0, 1) }],
  limits: () => [],
});
const spoiled = {
  corrupt: { entries: 2, damages: [damage('tenant-b'), damage('tenant-c')] },
  deadLetters: {
    entries: 3,
    bytes: 900,
    files: [
      {
        file: '7.dead',
        source: 'store',
        first: 7n,
        last: 9n,
        entries: 3,
        tenants: { 'tenant-b': 1, 'tenant-c': 2 },
        bytes: 900,
        reason: 'Code: 33 of tenant-c',
        deadLetteredAt: Date.UTC(2026, 0, 2),
      },
    ],
  },
};
const text = (operator: boolean, tenant: TenantId | undefined, state = instance(spoiled)) =>
  collectNotices({ operator, tenant }, state)
    // Values too are told: what must not be in the words must not be in them either.
    .map(({ code, message, values }) => `${code}: ${message}${operator ? '' : ` ${JSON.stringify(values ?? {})}`}`)
    .join('\n');

it('tells an operator who names no tenant of every store: whose, how much, when and what to do', () => {
  const told = text(
    true,
    undefined,
    instance(spoiled, {
      admission: { open: false, code: 'journal.full', message: 'the journal is nearly full', retryAfter: 5 },
    }),
  );
  expect(told).toMatch(/journal\.damaged: store pool: 2 acknowledged requests .*24 records of tenant-b, tenant-c/);
  expect(told).toMatch(/received between 2026-01-01T12:00:00\.000Z .*journal\/pool\/damaged.*npm run doctor/);
  expect(told).toMatch(/journal\.dead-letters: store pool: 3 requests .*2026-01-02.*journal\/pool\/dead-letters/);
  // The engine's own words are in the log.
  expect(told).not.toContain('Code: 33');
  expect(told).toMatch(/store\.unavailable: store pool: .*is down/);
  expect(told).toMatch(/journal\.full: store silo-tenant-a: .*10 MiB of 4,096 MiB wait/);
});

it('tells an operator who acts for a tenant of that tenant’s store, and of all for Hanok’s own', () => {
  expect(text(true, A)).toBe('');
  expect(text(true, B)).toMatch(/store pool: 2 acknowledged requests/);
  expect(text(true, HANOK)).toBe(text(true, undefined));
});

it('tells a tenant of its own store and data only, names nobody else and shows no engine’s words', () => {
  expect(text(false, A)).toBe('');
  const told = text(false, B);
  expect(told).toMatch(/journal\.damaged: 1 acknowledged request .*12 records/);
  expect(told).toMatch(/journal\.dead-letters: 1 of your requests .*the operator has the details/);
  expect(told).toMatch(/store\.unavailable: the store is not answering/);
  for (const secret of ['tenant-c', 'tenant-a', 'silo', 'store pool', 'Code: 33', 'journal/'])
    expect(told).not.toContain(secret);
  // Somebody of Hanok's own tenant who is no operator is a tenant like any other.
  expect(text(false, HANOK)).not.toMatch(/tenant-[abc]|Code: 33|journal\//);
  expect(text(false, C)).not.toContain('tenant-b');
});

it('gives as values what it says, for browsers to say in their own words', () => {
  const valuesOf = (operator: boolean, tenant: TenantId | undefined, state = instance(spoiled)) =>
    Object.fromEntries(collectNotices({ operator, tenant }, state).map(({ code, values }) => [code, values]));
  const shut = instance(
    { ...spoiled, unreadBytes: 3_000 * MIB },
    { admission: { open: false, code: 'journal.full', message: 'full', retryAfter: 5 } },
  );
  expect(valuesOf(true, undefined, shut)).toMatchObject({
    'journal.filling': { share: 0.73, store: 'pool', unreadBytes: 3_000 * MIB },
    'journal.full': { store: 'silo-tenant-a', budgetBytes: 4_096 * MIB },
    'journal.damaged': { count: 2, records: 24, whose: 'tenant-b, tenant-c', store: 'pool' },
    'journal.dead-letters': { count: 3, store: 'pool', fromMs: Date.UTC(2026, 0, 2) },
    'store.unavailable': { store: 'pool', engine: 'down' },
  });
  expect(valuesOf(false, B)).toEqual({
    'journal.damaged': { count: 1, records: 12, fromMs: Date.UTC(2026, 0, 1, 12), toMs: Date.UTC(2026, 0, 1, 12, 1) },
    'journal.dead-letters': { count: 1 },
    'store.unavailable': undefined,
  });
});

it('tells operators of the whole instance, and nobody else, which connections were refused', () => {
  const heard = (operator: boolean, tenant: TenantId | undefined) =>
    collectNotices({ operator, tenant }, instance({})).filter(({ code }) => code.startsWith('connections.'));
  expect(heard(true, undefined)).toMatchObject([
    { code: 'connections.flood', level: 'warn', values: { port: 'otlp-grpc', count: 7, remote: '192.0.2.9' } },
  ]);
  expect(heard(true, HANOK)).toHaveLength(1);
  expect(heard(true, A)).toEqual([]);
  expect(heard(false, A)).toEqual([]);
});

it('tells tenants of a shared store nothing that depends on what others send', () => {
  const behind = { unreadBytes: 3_000 * MIB, freeBytes: 1_100 * MIB };
  const othersDead = {
    deadLetters: { ...spoiled.deadLetters, files: [{ ...spoiled.deadLetters.files[0]!, tenants: { 'tenant-c': 3 } }] },
  };
  expect(text(false, B, instance({ ...behind, ...othersDead }))).toBe(text(false, B, instance({})));
  // One with a store of its own hears how that is doing, and operators hear of every store.
  expect(text(false, A!, instance({}, behind))).toMatch(/journal\.filling: the journal is 73 % full/);
  expect(text(true, B, instance(behind))).toMatch(/journal\.filling: .*journal\.disk-short/s);
});

it('tells everybody that the control database is away, and since when', () => {
  const away = { ...instance({}), controlAwaySince: Date.UTC(2026, 0, 2) };
  for (const [operator, tenant] of [
    [true, undefined],
    [false, B],
  ] as const)
    expect(collectNotices({ operator, tenant }, away)).toContainEqual(
      expect.objectContaining({ code: 'control.away', level: 'critical', values: { sinceMs: Date.UTC(2026, 0, 2) } }),
    );
});

it('says nothing of engines that sleep, or are on their way from there', () => {
  const of = (state: InstanceState['engines'][number]['state']) =>
    collectNotices(
      { operator: true, tenant: undefined },
      { ...instance({}), engines: [{ name: 'silo-tenant-a', state }] },
    ).filter(({ code }) => code === 'store.unavailable').length;
  expect((['asleep', 'waiting', 'waking', 'ready'] as const).map(of)).toEqual([0, 0, 0, 0]);
  expect((['starting', 'silent', 'down'] as const).map(of)).toEqual([1, 1, 1]);
});
