import { beforeAll, expect, it } from 'vitest';
import type { AuditRow } from '../../api/admin-queries.ts';
import { activateLocale, loadMessages } from '../../i18n/index.ts';
import { changesOf, entryText, targetText } from './audit-words.ts';

const row = (over: Partial<AuditRow>): AuditRow => ({
  seq: 1,
  at: '1795219200000000000',
  actor: 'a@example.com',
  tenant: 'tenant-a',
  action: 'key.revoke',
  target: 'key_1',
  outcome: 'ok',
  remote: '127.0.0.1',
  reason: null,
  requestId: null,
  before: null,
  after: null,
  hash: '0'.repeat(64),
  detail: {},
  ...over,
});

beforeAll(async () => {
  // The catalogue names the document's language.
  Object.assign(globalThis, { document: { documentElement: {} } });
  await activateLocale('en');
  await loadMessages('settings');
});

it('says details in the reader’s language, with what is ours to say in words', async () => {
  const told = row({ detail: { reason: 'wrong credentials', odd: [1, 2] } });
  expect(entryText(told)).toBe('Reason: wrong email or password · odd: 1, 2');
  const changed = row({ before: { role: 'viewer' }, after: { role: 'admin' }, reason: 'ticket 7' });
  expect(entryText(changed)).toBe('Role: Viewer → Administrator · Reason: ticket 7');
  // As older entries say it.
  expect(entryText(row({ detail: { role: { from: 'viewer', to: 'admin' } } }))).toBe('Role: Viewer → Administrator');
  await activateLocale('ko');
  expect(entryText(changed)).toBe('역할: 뷰어 → 관리자 · 이유: ticket 7');
  expect(entryText(row({ detail: { limits: { recordsPerSecond: 10 } } }))).toBe('한도: recordsPerSecond 10');
  await activateLocale('en');
});

it('names a key by its name, also in rows from before the log had it', () => {
  const names = new Map([['key_1', 'checkout']]);
  expect(targetText(row({ detail: { name: 'told' } }), names)).toBe('told');
  expect(targetText(row({}), names)).toBe('checkout');
  expect(targetText(row({}), new Map())).toBe('key_1');
  expect(targetText(row({ action: 'user.remove' }), names)).toBe('key_1');
});

it('pairs what was with what is, also where there was nothing', () => {
  expect(changesOf(row({ before: { a: 1, gone: 2 }, after: { a: 3, made: 4 } }))).toEqual([
    { name: 'a', from: 1, to: 3 },
    { name: 'gone', from: 2, to: undefined },
    { name: 'made', from: undefined, to: 4 },
  ]);
  expect(changesOf(row({}))).toEqual([]);
});
