import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, openBrowser } from './browser.ts';
import { eventually, type Instance, openInstance } from './instance.ts';

/** Numbers that can be computed by hand, sent by OTLP and read off the screen. */
let instance: Instance;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let token: string;
const SECONDS = 1_800;
const EVERY = 15;
const end = Math.floor(Date.now() / 60_000) * 60;
const begin = end - SECONDS;
const nanos = (second: number) => `${second}000000000`;
const times = Array.from({ length: SECONDS / EVERY + 1 }, (_, i) => begin + i * EVERY);

const point = (at: number, asDouble: number, attributes: Readonly<Record<string, string>> = {}) => ({
  timeUnixNano: nanos(at),
  startTimeUnixNano: nanos(begin - 86_400),
  asDouble,
  attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
});
const counter = (name: string, unit: string, dataPoints: readonly object[]) => ({
  name,
  unit,
  sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints },
});
const MODES = [
  ['user', 0.3],
  ['system', 0.2],
  ['idle', 0.5],
] as const;

const METRICS = [
  counter(
    'one.a.second',
    '{request}',
    times.map((at) => point(at, 1_000_000 + at - begin)),
  ),
  // Two cores at 50 %.
  counter(
    'system.cpu.time',
    's',
    times.flatMap((at) =>
      ['0', '1'].flatMap((cpu) =>
        MODES.map(([mode, share]) => point(at, 5_000 + share * (at - begin), { 'cpu.mode': mode, cpu })),
      ),
    ),
  ),
  // 100 in 15 s: 50 up to 0.1 s, 40 up to 0.2 s, 10 up to 0.4 s. The 95th is in the middle of the last.
  {
    name: 'latency',
    unit: 's',
    histogram: {
      aggregationTemporality: 2,
      dataPoints: times.map((at, i) => ({
        timeUnixNano: nanos(at),
        startTimeUnixNano: nanos(begin - 86_400),
        count: String(1_000 + 100 * i),
        sum: 100 + 10 * i,
        explicitBounds: [0.1, 0.2, 0.4],
        bucketCounts: [String(500 + 50 * i), String(400 + 40 * i), String(100 + 10 * i), '0'],
      })),
    },
  },
  { name: 'changed', unit: 'By', gauge: { dataPoints: times.slice(0, 40).map((at) => point(at, 5 * 2 ** 20)) } },
  counter(
    'changed',
    'By',
    times.slice(40).map((at) => point(at, 2_048 * (at - begin))),
  ),
];

beforeAll(async () => {
  instance = await openInstance({ env: { HANOK_LOG_LEVEL: 'error' } });
  const tenant = instance.tenant('tenant-b');
  const answer = await fetch(`${instance.otlpHttp}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tenant.ingestKey}` },
    body: JSON.stringify({ resourceMetrics: [{ resource: {}, scopeMetrics: [{ metrics: METRICS }] }] }),
  });
  expect(answer.status).toBe(200);
  token = await instance.login(tenant.admin);
  await eventually('the metrics', async () => {
    const list = await instance.api<{ metrics: unknown[] }>(
      token,
      'GET',
      `/api/v1/metrics?from=${nanos(begin)}&to=${nanos(end)}`,
    );
    return list.metrics.length === 4;
  });
  if (browserPath) browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await instance?.dispose();
});

async function open(path: string, locale: 'en' | 'ko') {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 }, locale: 'en-US' });
  await context.addInitScript(
    (text) => localStorage.setItem('hanok.preferences', text),
    JSON.stringify({ locale, theme: 'light' }),
  );
  await context.addCookies([{ name: 'hanok_session', value: token, url: instance.url }]);
  const page = await context.newPage();
  // A minute later, so that the first window is whole.
  await page.goto(`${instance.url}/t/tenant-b/metrics?${path}&from=${(begin + 60) * 1_000}&to=${end * 1_000}`);
  return page;
}

describe.skipIf(!browserPath)('the metrics screen', () => {
  it('shows a counter growing by one a second as 1/s', async () => {
    const page = await open('metric=one.a.second', 'en');
    const row = page.getByRole('row', { name: /all series/ });
    await row.waitFor();
    expect((await row.innerText()).match(/[\d.]+\/s/g)).toEqual(['1/s', '1/s', '1/s', '1/s']);
    await page.getByText('requests per second · one point per 15 s, each over the last 1m').waitFor();
    await page.context().close();
  });

  it('shows processor time as cores, one line per mode', async () => {
    const page = await open('metric=system.cpu.time', 'ko');
    for (const [mode, share] of MODES) {
      const row = page.getByRole('row', { name: new RegExp(`^${mode} `) });
      await row.waitFor();
      expect((await row.innerText()).trim().split(/\s+/).slice(1)).toEqual(Array(4).fill(String(share * 2)));
    }
    await page.getByText(/코어 · /).waitFor();
    await page.context().close();
  });

  it('shows a quantile in the unit that suits it, on the axis and in the table', async () => {
    const page = await open('metric=latency', 'en');
    const row = page.getByRole('row', { name: /all series/ });
    await row.waitFor();
    expect((await row.innerText()).match(/[\d.]+ m?s/g)).toEqual(Array(4).fill('300 ms'));
    await page.context().close();
  });

  it('offers every form of a name, the one still sent first', async () => {
    const page = await open('metric=changed', 'en');
    const forms = page.getByRole('group', { name: 'Form of the metric' });
    await forms.waitFor();
    const counters = forms.getByRole('button', { name: /counter/ });
    expect(await counters.getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('row', { name: /2 KiB\/s/ }).waitFor();
    await forms.getByRole('button', { name: /gauge/ }).click();
    await page.getByRole('row', { name: /5 MiB/ }).waitFor();
    expect(new URL(page.url()).searchParams.get('form')).toBe('gauge/unspecified/any/By');
    await page.context().close();
  });
});
