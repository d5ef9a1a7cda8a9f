import { NOTICE_CODES } from '@hanok/contract';
import { beforeAll, expect, it } from 'vitest';
import { activateLocale, loadMessages } from '../../i18n/index.ts';
import { eventText, noticeText } from './ingest-words.ts';

const event = { code: 'receivers.partial', message: 'English of the server' };
const values = { limit: 1_000_000, count: 7, name: 'calls', of: 'request.id' };

beforeAll(async () => {
  // The catalogue names the document's language.
  Object.assign(globalThis, { document: { documentElement: {} } });
  await activateLocale('en');
  await loadMessages('ingest');
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
    '오늘 시계열이 한도 1,000,000개를 넘어 데이터 포인트 7개를 거부했습니다. 늘어나는 메트릭: calls, 원인 속성: request.id',
  );
  const notice = { code: 'pipeline.limit-services', level: 'warn', message: 'English', values } as const;
  expect(noticeText(notice)).toMatch(/^오늘 서비스 이름이 한도/);
  expect(noticeText({ ...notice, values: { ...values, tenant: 'tenant-b' } })).toMatch(/^tenant-b: 오늘/);
});

it('leaves to the server’s words what it does not know', () => {
  expect(eventText({ ...event, reason: 'something-new' })).toBe('English of the server');
  expect(eventText(event)).toBe('English of the server');
  expect(noticeText({ code: 'journal.new', level: 'critical', message: 'full' })).toBe('full');
  expect(noticeText({ code: 'toString', level: 'critical', message: 'full' })).toBe('full');
});

const operators = {
  store: 'pool',
  engine: 'down',
  port: 'otlp-grpc',
  remote: '192.0.2.9',
  unreadBytes: 3_145_728,
  budgetBytes: 4_294_967_296,
  freeBytes: 1_048_576,
  roomBytes: 1_048_576,
  cutBytes: 700,
  share: 0.73,
  count: 2,
  records: 24,
  whose: 'tenant-a, tenant-b',
  files: 'store.cursor',
  fromMs: Date.UTC(2026, 0, 1, 12),
  sinceMs: Date.UTC(2026, 0, 1, 12),
  toMs: Date.UTC(2026, 0, 1, 13),
  limit: 5,
  name: 'cart',
  of: 'http.route',
};

it.each(['en', 'ko'] as const)('has words for every notice that the server can send: %s', async (locale) => {
  await activateLocale(locale);
  for (const code of NOTICE_CODES) {
    const told = noticeText({ code, level: 'warn', message: 'English of the server', values: operators });
    expect(told, code).not.toContain('English of the server');
    expect(told, code).not.toMatch(/[{}]|kit\.|undefined|NaN/);
    expect(/[가-힣]{2}/.test(told), `${code}: ${told}`).toBe(locale === 'ko');
  }
});

it('tells operators of which store and what to do, others that somebody knows', async () => {
  await activateLocale('en');
  const notice = { code: 'journal.damaged', level: 'critical', message: '' } as const;
  expect(noticeText({ ...notice, values: operators })).toMatch(
    /^pool: 2 acknowledged .* 24 records .* tenant-a, tenant-b\. Between .* journal\/pool\/damaged/,
  );
  const told = noticeText({ ...notice, values: { count: 2 } });
  expect(told).toMatch(/^2 acknowledged .* The operator has the details\.$/);
});
