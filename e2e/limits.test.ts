/** What one key may bring in a day, on the real program: announced, kept where it can be kept, and not forgotten by a restart. */
import type {
  IngestActivityResponse,
  LogsSearchResponse,
  ServiceResponse,
  TraceResponse,
  TracesSearchResponse,
} from '@hanok/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, type Instance, openInstance } from './instance.ts';

const LIMIT = 5;
let instance: Instance;
let token: string;
const now = BigInt(Date.now()) * 1_000_000n;
const range = { from: String(now - 3_600_000_000_000n), to: String(now + 3_600_000_000_000n) };

beforeAll(async () => {
  instance = await openInstance({
    env: { HANOK_LOG_LEVEL: 'warn', HANOK_MAX_SERVICES: String(LIMIT), HANOK_MAX_OPERATIONS: String(LIMIT) },
  });
  token = await instance.login(instance.tenant('tenant-a').admin);
});
afterAll(async () => instance?.dispose());

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

async function send(path: string, body: object): Promise<string> {
  const answer = await fetch(instance.otlpHttp + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${instance.tenant('tenant-a').ingestKey}`,
    },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  const { partialSuccess } = (await answer.json()) as { partialSuccess?: { errorMessage?: string } };
  return partialSuccess?.errorMessage ?? '';
}
const logOf = (service: string) => ({
  resourceLogs: [
    {
      resource: { attributes: [attribute('service.name', service)] },
      scopeLogs: [{ logRecords: [{ timeUnixNano: String(now), body: { stringValue: `from ${service}` } }] }],
    },
  ],
});
const search = (query: string) =>
  instance.api<LogsSearchResponse>(token, 'POST', '/api/v1/logs/search', { ...range, query });

it('keeps what is beyond a limit, and says so', async () => {
  for (let i = 0; i < LIMIT; i++) expect(await send('/v1/logs', logOf(`s${i}`))).toBe('');
  expect(await send('/v1/logs', logOf('one-more'))).toMatch(/beyond the limit of 5 service names a day/);
  const found = await eventually('the log', async () => {
    const { rows } = await search('resource.service.name:one-more');
    return rows[0];
  });
  expect(found).toMatchObject({ serviceName: '(other services)', body: 'from one-more', marks: ['name-limited'] });
  const activity = await instance.api<IngestActivityResponse>(token, 'GET', '/api/v1/ingest-activity');
  expect(activity.notices).toMatchObject([
    { code: 'pipeline.limit-services', level: 'warn', values: { limit: LIMIT, count: 1, name: 'one-more' } },
  ]);
  expect(activity.recent[0]).toMatchObject({ outcome: 'accepted', code: 'receivers.warned', reason: 'limit-services' });
  const other = await instance.login(instance.tenant('tenant-b').admin);
  expect((await instance.api<IngestActivityResponse>(other, 'GET', '/api/v1/ingest-activity')).notices).toEqual([]);
});

it('counts spans of further names under one name, and gives each back by its own', async () => {
  const traceId = 'a7'.repeat(16);
  const spans = Array.from({ length: LIMIT + 3 }, (_, i) => ({
    traceId,
    spanId: `${i + 1}`.padStart(16, '0'),
    name: `GET /users/${i}`,
    kind: 2,
    startTimeUnixNano: String(now),
    endTimeUnixNano: String(now + 1_000_000n),
  }));
  const resource = { attributes: [attribute('service.name', 's0')] };
  expect(await send('/v1/traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })).toMatch(/s0 grows/);
  const trace = await eventually('the trace', async () => {
    const found = await instance.api<TraceResponse>(token, 'GET', `/api/v1/traces/${traceId}`);
    return found.spans.length === spans.length ? found : undefined;
  });
  expect(trace.spans.map((span) => span.name).sort()).toEqual(spans.map((span) => span.name).sort());
  const path = `/api/v1/services/s0?from=${range.from}&to=${range.to}`;
  const { operations } = await eventually('the roll-up', async () => {
    const found = await instance.api<ServiceResponse>(token, 'GET', path);
    return found.operations.length > LIMIT ? found : undefined;
  });
  expect(operations).toHaveLength(LIMIT + 1);
  expect(operations.find((one) => one.name === '(other operations)')).toMatchObject({ requests: 3 });
  // What the service page searches for when that row is opened.
  const counted = await instance.api<TracesSearchResponse>(token, 'POST', '/api/v1/traces/search', {
    ...range,
    query: 'service.name:s0 mark:name-limited',
  });
  expect(counted.rows).toHaveLength(3);
});

it('tells a tenant, and no other, what of its records was cut or moved', async () => {
  const record = { timeUnixNano: String(now), body: { stringValue: 'x' } };
  const logRecords = [
    { ...record, attributes: [attribute('big', 'x'.repeat(100_000))] },
    { ...record, timeUnixNano: '1000000000' },
    record,
  ];
  const resource = { attributes: [attribute('service.name', 's1')] };
  await send('/v1/logs', { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
  const { marked } = await instance.api<IngestActivityResponse>(token, 'GET', '/api/v1/ingest-activity');
  expect(marked.map((one) => [one.mark, one.signal, one.records]).sort()).toEqual([
    ['time-placed', 'logs', 1],
    ['value-cut', 'logs', 1],
  ]);
  for (const { mark } of marked) {
    const found = await eventually(`mark:${mark}`, async () => {
      const { rows } = await search(`mark:${mark}`);
      return rows.length > 0 && rows;
    });
    expect(found.map((row) => row.serviceName)).toEqual(['s1']);
  }
  const other = await instance.login(instance.tenant('tenant-b').admin);
  expect((await instance.api<IngestActivityResponse>(other, 'GET', '/api/v1/ingest-activity')).marked).toEqual([]);
});

it('does not begin to count anew after a kill, nor refuse what it knew', { timeout: 120_000 }, async () => {
  // Ledgers are saved every five seconds.
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  await instance.kill('SIGKILL');
  await instance.start();
  token = await instance.login(instance.tenant('tenant-a').admin);
  expect(await send('/v1/logs', logOf('s3'))).toBe('');
  expect(await send('/v1/logs', logOf('after-the-kill'))).toMatch(/beyond the limit of 5 service names a day/);
});
