import { beforeAll, expect, it } from 'vitest';
import { activateLocale, loadMessages } from '../../i18n/index.ts';
import { noticeText } from './ingest-words.ts';
import { refusalFix, refusalText } from './refusal-words.ts';

beforeAll(async () => {
  // The catalogue names the document's language.
  Object.assign(globalThis, { document: { documentElement: {} } });
  await activateLocale('en');
  await loadMessages('ingest');
});

it('says refusals in the words of the error that the sender was answered', async () => {
  const refused = { code: 'edge.revoked-key', message: 'the ingest key hk_abc… is revoked', fix: 'Give it another.' };
  const told = { ...refused, values: { key: 'hk_abc' } };
  await activateLocale('en');
  expect([refusalText(told), refusalFix(told)]).toEqual(['The ingest key hk_abc… is revoked.', refused.fix]);
  await activateLocale('ko');
  expect(refusalText(told)).toBe('폐기된 수집 키 hk_abc…로 보낸 요청입니다.');
  expect(refusalFix(told)).toMatch(/^사용 중인 키로 바꾸거나/);
  expect(refusalText({ ...told, code: 'unheard.of' })).toBe('The ingest key hk_abc… is revoked.');
  const mark = { code: 'receivers.partial', message: 'English', fix: null, reason: 'bad-trace-id' };
  expect(refusalText({ ...mark, values: { count: 1 } })).not.toBe('English');
  const quota = {
    code: 'edge.rate-limited',
    message: 'used up',
    fix: null,
    reason: 'records',
    values: { limit: 'recordsPerSecond', most: 100, used: 140 },
  };
  expect(refusalText(quota)).toContain('초당 레코드 100건');
});

it('tells operators where wrong keys come from', async () => {
  const values = { count: 70, remote: '192.0.2.1', at: '' };
  await activateLocale('ko');
  expect(noticeText({ code: 'edge.wrong-keys', level: 'warn', message: 'English', values })).toMatch(
    /^192\.0\.2\.1에서 잘못된 수집 키로 보낸 요청이 70건/,
  );
});
