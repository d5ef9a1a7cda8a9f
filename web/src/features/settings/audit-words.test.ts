import { beforeAll, expect, it } from 'vitest';
import type { AuditRow } from '../../api/admin-queries.ts';
import { activateLocale, loadMessages } from '../../i18n/index.ts';
import { detailText, matchesAudit, targetText } from './audit-words.ts';

const row = (over: Partial<AuditRow>): AuditRow => ({
  seq: 1,
  at: '1795219200000000000',
  actor: 'a@example.com',
  tenant: 'tenant-a',
  action: 'key.revoke',
  target: 'key_1',
  outcome: 'ok',
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
  const detail = {
    role: { from: 'viewer', to: 'admin' },
    reason: 'wrong credentials',
    remote: '127.0.0.1',
    odd: [1, 2],
  };
  expect(detailText(detail)).toBe('Role: Viewer → Administrator · Reason: wrong email or password · odd: 1, 2');
  await activateLocale('ko');
  expect(detailText(detail)).toBe('역할: 구성원 → 관리자 · 이유: 이메일 또는 비밀번호가 다름 · odd: 1, 2');
  expect(detailText({ limits: { recordsPerSecond: 10 } })).toBe('한도: recordsPerSecond 10');
  await activateLocale('en');
});

it('names a key by its name, also in rows from before the log had it', () => {
  const names = new Map([['key_1', 'checkout']]);
  expect(targetText(row({ detail: { name: 'told' } }), names)).toBe('told');
  expect(targetText(row({}), names)).toBe('checkout');
  expect(targetText(row({}), new Map())).toBe('key_1');
  expect(targetText(row({ action: 'user.remove' }), names)).toBe('key_1');
  expect(matchesAudit(row({}), 'checkout revoked', names)).toBe(true);
});
