import { expect, it } from 'vitest';
import type { Damage } from '#journal';
import { damageNotices } from './damage-notice.ts';

const damage = (more: Partial<Damage>): Damage => ({
  file: '0000000000000001.segment',
  offset: 4096,
  bytes: 700,
  first: 5n,
  last: 5n,
  acknowledged: true,
  tenant: 'tenant-a',
  records: 12,
  appendedAfter: Date.UTC(2026, 0, 1, 12),
  appendedBefore: Date.UTC(2026, 0, 1, 12, 1),
  reason: 'the payload does not match its checksum',
  ...more,
});
const OPERATOR = { operator: true, tenant: undefined };
const TENANT_A = { operator: false, tenant: 'tenant-a' };
const mine = damage({});
const theirs = damage({ tenant: 'tenant-b', first: 6n, last: 6n, records: 30 });
const nobodys = damage({ tenant: undefined, records: undefined, first: 7n, last: 9n });

it('tells an operator whose, how much, of when, where the bytes are and what to do', () => {
  const [notice, ...rest] = damageNotices('pool', [mine, theirs, nobodys], OPERATOR);
  expect(rest).toEqual([]);
  expect(notice).toMatchObject({ code: 'journal.damaged', level: 'critical' });
  expect(notice!.message).toMatch(
    /^store pool: 5 acknowledged requests .* 42 records and an unknown number of records/,
  );
  expect(notice!.message).toContain('tenant-a, tenant-b, an unknown tenant');
  expect(notice!.message).toContain('received between 2026-01-01T12:00:00.000Z and 2026-01-01T12:01:00.000Z');
  expect(notice!.message).toMatch(/journal\/pool\/damaged .* npm run doctor/);
});

it('tells a tenant of its own and of what is nobody’s, and names no other', () => {
  const [notice] = damageNotices('pool', [mine, theirs, nobodys], TENANT_A);
  expect(notice!.message).toMatch(/^4 acknowledged requests .*12 records/);
  expect(notice!.message).not.toContain('tenant-b');
  expect(damageNotices('pool', [theirs], TENANT_A)).toEqual([]);
});

it('tells apart an end that was cut off, and a copy that was whole', () => {
  const cut = damage({ acknowledged: false });
  const copy = damage({ file: 'store.cursor', first: 3n, last: 2n, tenant: undefined, reason: 'nothing is lost' });
  expect(damageNotices('pool', [cut, copy], OPERATOR).map(({ code, level }) => [code, level])).toEqual([
    ['journal.end-cut', 'warn'],
    ['journal.copy-damaged', 'warn'],
  ]);
});
