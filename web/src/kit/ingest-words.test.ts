import { beforeAll, expect, it } from 'vitest';
import { activateLocale } from '../i18n/index.ts';
import { eventText, noticeText } from './ingest-words.ts';

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
  expect(eventText({ ...event, reason: 'limit-series', values: { ...values, count: 1 } })).toMatch(
    /: 1 point was rejected/,
  );
  expect(eventText({ ...event, reason: 'limit-series', values: { ...values, count: 1_234 } })).toMatch(
    /: 1,234 points were rejected/,
  );
  await activateLocale('ko');
  expect(eventText({ ...event, reason: 'limit-series', values })).toBe(
    '오늘 시리즈가 한도 1,000,000개를 넘어 데이터 포인트 7개를 거절했습니다. 늘어나는 메트릭: calls, 원인 속성: request.id',
  );
  const notice = { code: 'pipeline.limit-services', level: 'warn', message: 'English', values } as const;
  expect(noticeText(notice)).toMatch(/^오늘 서비스 이름이 한도/);
  expect(noticeText({ ...notice, values: { ...values, tenant: 'tenant-b' } })).toMatch(/^tenant-b: 오늘/);
});

it('leaves to the server’s words what it does not know', () => {
  expect(eventText({ ...event, reason: 'something-new' })).toBe('English of the server');
  expect(eventText(event)).toBe('English of the server');
  expect(noticeText({ code: 'journal.full', level: 'critical', message: 'full' })).toBe('full');
});
