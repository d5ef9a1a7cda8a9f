import type { LogsSearchResponse, MetricPointsResponse, TraceResponse } from '@hanok/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../server/src/pipeline/index.ts';
import { START } from '../../server/src/query/testkit/data.ts';
import { openTestInstance, TENANT_A, type TestInstance } from '../../server/src/query/testkit/instance.ts';
import { openOtlpDecoder } from '../../server/src/receivers/otlp/index.ts';
import { encode } from '../../server/src/receivers/otlp/testkit/peer.ts';

/** What JSON files cannot hold: texts that are no text, and sizes. */
let instance: TestInstance;
beforeAll(async () => {
  instance = await openTestInstance();
});
afterAll(() => instance?.close());

const HOUR = 3_600_000_000_000n;
const KIB = 1_024;
const decoder = openOtlpDecoder(DEFAULT_LIMITS);

async function send(
  signal: 'logs' | 'traces' | 'metrics',
  encoding: 'json' | 'protobuf',
  bytes: Uint8Array,
  hour: number,
) {
  const base = START + BigInt(hour) * HOUR;
  const retentionDays = { logs: 30, traces: 30, metrics: 90 };
  const context = { tenant: TENANT_A, arrival: base + 1_000n, epoch: 'first', retentionDays };
  const decoded = decoder.decode(signal, encoding, bytes, context);
  await instance.insert(decoded.batch!);
  return { decoded, range: { from: String(base), to: String(base + HOUR), order: 'oldest' } };
}
const logs = (records: object[]) => ({ resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] });
const json = (text: string) => new TextEncoder().encode(text);
const at = (hour: number, i: number) => String(START + BigInt(hour) * HOUR + BigInt(i));

it('texts of a mebibyte: bodies whole, values cut between characters and marked', async () => {
  const body = '한'.repeat((1_024 * KIB) / 4);
  const long = 'v'.repeat(1_024 * KIB);
  const record = (stringValue: string, i: number) => ({
    timeUnixNano: at(0, i),
    body: { stringValue },
    attributes: [{ key: 'k'.repeat(300), value: { stringValue: long } }],
    severityText: long,
    eventName: '😀'.repeat(20_000),
  });
  const { range } = await send(
    'logs',
    'protobuf',
    encode('logs', logs([record(body, 1), record(`${long}more`, 2)])),
    0,
  );
  const { rows } = await instance.call<LogsSearchResponse>(TENANT_A, 'POST', '/api/v1/logs/search', range);
  expect(rows.map((row) => (row.body as string).length)).toEqual([body.length, 1_024 * KIB]);
  expect(rows[0]!.body).toBe(body);
  expect(Object.entries(rows[0]!.attributes)).toEqual([['k'.repeat(256), 'v'.repeat(64 * KIB)]]);
  expect(rows[0]!.severityOriginal).toHaveLength(64 * KIB);
  // 64 KiB of four bytes each.
  expect([...rows[0]!.eventName!]).toHaveLength(16 * KIB);
  expect(rows[0]!.marks).toEqual(['value-cut', 'key-cut', 'service-missing']);
});

it('halves of surrogate pairs and bytes that are no UTF-8 become U+FFFD, one each, and are marked', async () => {
  const text = String.raw`"lone \ud800 high, \udc00 low, pair \ud83d\ude00, NUL \u0000"`;
  const request = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"${at(1, 1)}","body":{"stringValue":${text}},"attributes":[{"key":${text},"value":{"stringValue":${text}}}]}]}]}]}`;
  const { range } = await send('logs', 'json', json(request), 1);
  // A log record, body field 5, AnyValue string_value of ff fe 61.
  const broken = Uint8Array.from([
    ...[0x0a, 0x18, 0x12, 0x16, 0x12, 0x14, 0x09],
    ...Buffer.from(BigUint64Array.of(BigInt(at(1, 2))).buffer),
    ...[0x2a, 0x05, 0x0a, 0x03, 0xff, 0xfe, 0x61, 0x1a, 0x02, 0xc3, 0x28],
  ]);
  await send('logs', 'protobuf', broken, 1);
  const { rows } = await instance.call<LogsSearchResponse>(TENANT_A, 'POST', '/api/v1/logs/search', range);
  const repaired = 'lone \ufffd high, \ufffd low, pair 😀, NUL \0';
  expect(rows[0]).toMatchObject({ body: repaired, attributes: { [repaired]: repaired } });
  expect(rows[1]).toMatchObject({ body: '\ufffd\ufffda', severityOriginal: '\ufffd(' });
  expect(rows.map((row) => row.marks?.includes('utf8-repaired'))).toEqual([true, true]);
});

it('empty messages are records: a log, a span’s event and link, a point and an exemplar', async () => {
  const logged = await send('logs', 'protobuf', encode('logs', logs([{}])), 2);
  const { rows } = await instance.call<LogsSearchResponse>(TENANT_A, 'POST', '/api/v1/logs/search', logged.range);
  expect(rows).toMatchObject([{ body: null, attributes: {}, severityText: 'unspecified', traceId: '', flags: 0 }]);
  expect(rows[0]!.severityOriginal).toBeUndefined();
  const traceId = Uint8Array.from({ length: 16 }, () => 3);
  const spans = [{ traceId, spanId: traceId.subarray(8), startTimeUnixNano: at(2, 1), events: [{}], links: [{}] }];
  const traced = await send(
    'traces',
    'protobuf',
    encode('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }),
    2,
  );
  const path = `/api/v1/traces/${'03'.repeat(16)}`;
  const trace = await instance.call<TraceResponse>(TENANT_A, 'GET', path, traced.range);
  expect(trace.spans).toMatchObject([
    { name: '', endTime: '0', events: [{ name: '', time: '0' }], links: [{ traceId: '', spanId: '' }] },
  ]);
  const metrics = [{ name: 'empty', gauge: { dataPoints: [{ timeUnixNano: at(2, 1), exemplars: [{}] }] } }];
  const measured = await send(
    'metrics',
    'protobuf',
    encode('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }),
    2,
  );
  const points = await instance.call<MetricPointsResponse>(
    TENANT_A,
    'GET',
    '/api/v1/metrics/empty/points',
    measured.range,
  );
  expect(points.points).toMatchObject([
    {
      value: null,
      valueType: 'none',
      noRecordedValue: false,
      exemplars: [{ value: null, traceId: '', attributes: {} }],
    },
  ]);
});
