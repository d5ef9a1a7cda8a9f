import { beforeAll, expect, it } from 'vitest';
import { activateLocale } from '../i18n/index.ts';
import { eventFix, eventText, noticeText } from './ingest-words.ts';

const event = { code: 'receivers.partial', message: 'English of the server' };
const values = { limit: 1_000_000, count: 7, name: 'calls', of: 'request.id' };

beforeAll(() => {
  // The catalogue names the document's language.
  Object.assign(globalThis, { document: { documentElement: {} } });
});

it('says cases by their code and values, in both languages', async () => {
  await activateLocale('en');
  expect(eventText({ ...event, reason: 'limit-series', values })).toBe(
    'More series today than the limit of 1,000,000: 7 points were rejected. Metric calls grows by its attribute request.id.',
  );
  expect(eventText({ ...event, reason: 'limit-series', values: { ...values, of: '' } })).toMatch(
    /Metric calls grows\.$/,
  );
  await activateLocale('ko');
  expect(eventText({ ...event, reason: 'limit-series', values })).toBe(
    '오늘 시리즈가 한도 1,000,000개를 넘어 데이터 포인트 7개를 거절했습니다. 늘어나는 메트릭: calls, 원인 속성: request.id',
  );
  const notice = { code: 'pipeline.limit-services', level: 'warn', message: 'English', values } as const;
  expect(noticeText(notice)).toMatch(/^오늘 서비스 이름이 한도/);
  expect(noticeText({ ...notice, values: { ...values, tenant: 'tenant-b' } })).toMatch(/^tenant-b: 오늘/);
});

it('says refusals in the words of the error that the sender was answered', async () => {
  const refused = { code: 'edge.revoked-key', message: 'the ingest key hk_abc… is revoked', fix: 'Give it another.' };
  const told = { ...refused, values: { key: 'hk_abc' } };
  await activateLocale('en');
  expect([eventText(told), eventFix(told)]).toEqual([refused.message, refused.fix]);
  await activateLocale('ko');
  expect(eventText(told)).toBe('폐기된 수집 키 hk_abc…로 보낸 요청입니다.');
  expect(eventFix(told)).toMatch(/^사용 중인 키로 바꾸거나/);
  const notice = { code: 'edge.wrong-keys', level: 'warn', message: 'English' } as const;
  expect(noticeText({ ...notice, values: { count: 70, remote: '192.0.2.1', at: '' } })).toMatch(
    /^192\.0\.2\.1에서 잘못된 수집 키로 보낸 요청이 70건/,
  );
});

it('leaves to the server’s words what it does not know', () => {
  expect(eventText({ ...event, reason: 'something-new' })).toBe('English of the server');
  expect(eventText(event)).toBe('English of the server');
  expect(noticeText({ code: 'journal.full', level: 'critical', message: 'full' })).toBe('full');
});
