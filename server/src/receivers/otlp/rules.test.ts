import { describe, expect, it } from 'vitest';
import { marksOf } from '#base';
import type { IntakeContext } from '#pipeline';
import { ARRIVAL } from './testkit/generate.ts';
import {
  contextOf,
  decode,
  logsOf,
  metricsOf,
  oneLog,
  open,
  SPAN,
  spansOf,
  TRACE,
  text,
  time,
} from './testkit/instance.ts';
import { type Row, rowsOf } from './testkit/rebuild.ts';

const marks = (row: Row | undefined) => marksOf(Number(row?.['marks'])).sort();
const span = (more: object = {}) => ({
  traceId: TRACE,
  spanId: SPAN,
  startTimeUnixNano: time(2),
  endTimeUnixNano: time(1),
  ...more,
});

describe('severity', () => {
  it.each([
    ['', 14, 'warn', 14],
    ['', 24, 'fatal', 24],
    ['CRITICAL', 21, 'fatal', 21],
    ['error', 17, 'error', 17],
    ['ERROR', 9, 'info', 9],
    ['debug', 21, 'fatal', 21],
    ['nonsense', 5, 'debug', 5],
  ])(
    'text %j beside the number %d: the number decides, the text stays as sent',
    (severityText, severityNumber, word, number) => {
      const row = oneLog({ timeUnixNano: time(1), severityText, severityNumber });
      expect(row).toMatchObject({ severity_text: word, severity_number: number, severity_original: severityText });
      expect(marks(row)).toEqual([]);
    },
  );

  it.each([
    ['WARNING', 'warn', 13],
    ['warn', 'warn', 13],
    ['ERR', 'error', 17],
    ['CRITICAL', 'error', 18],
    ['notice', 'info', 10],
    ['panic', 'fatal', 21],
    ['Debug3', 'debug', 7],
    ['[Information]', 'info', 9],
    ['30', 'info', 9],
  ])('text %s alone: derived from it', (severityText, word, number) => {
    const row = oneLog({ timeUnixNano: time(1), severityText });
    expect(row).toMatchObject({ severity_text: word, severity_number: number, severity_original: severityText });
    expect(marks(row)).toEqual(['severity-derived']);
  });

  it.each([
    [{ attributes: [text('level', 'error')] }, 'error', 17],
    [{ attributes: [text('severity', 'Notice')] }, 'info', 10],
    [{ attributes: [{ key: 'level', value: { intValue: 50 } }] }, 'error', 17],
    [{ body: { stringValue: '{"level":40,"time":1,"msg":"slow"}' } }, 'warn', 13],
    [{ body: { stringValue: ' { "message" : "x", "level" : "debug" }' } }, 'debug', 5],
    [{ body: { stringValue: '{"nested":{"level":"error"},"level":"info"}' } }, 'info', 9],
    [{ body: { kvlistValue: { values: [text('level', 'fatal'), text('msg', 'x')] } } }, 'fatal', 21],
    [{ severityText: 'nonsense', attributes: [text('level', 'warn')] }, 'warn', 13],
  ])('%j is derived', (record, word, number) => {
    const row = oneLog({ timeUnixNano: time(1), ...record });
    expect(row).toMatchObject({ severity_text: word, severity_number: number });
    expect(marks(row)).toEqual(['severity-derived']);
  });

  it('lets a number decide over what attributes and the body say', () => {
    const body = { stringValue: '{"level":"error"}' };
    const row = oneLog({ timeUnixNano: time(1), severityNumber: 9, attributes: [text('level', 'fatal')], body });
    expect(row).toMatchObject({ severity_text: 'info', severity_number: 9 });
    expect(marks(row)).toEqual([]);
  });

  it.each([9_999, 25, -1])('leaves the number %d out and takes the text instead, and says both', (severityNumber) => {
    const row = oneLog({ timeUnixNano: time(1), severityNumber, severityText: 'WARN' });
    expect(row).toMatchObject({ severity_text: 'warn', severity_number: 13, severity_original: 'WARN' });
    expect(marks(row)).toEqual(['severity-derived', 'severity-out-of-range']);
  });

  it('keeps a number out of range out, and says so', () => {
    const row = oneLog({ timeUnixNano: time(1), severityNumber: 9_999 });
    expect(row).toMatchObject({ severity_text: 'unspecified', severity_number: 0 });
    expect(marks(row)).toEqual(['severity-out-of-range']);
  });

  it.each([
    '',
    '{',
    '{"level"',
    '{"level":',
    '{"level":[1,2',
    '{"level":"info',
    '{"a":"\\',
    '{"level":99999999999999999999}',
  ])('finds nothing in the body %j and survives it', (body) => {
    expect(oneLog({ timeUnixNano: time(1), body: { stringValue: body } })).toMatchObject({
      severity_text: 'unspecified',
      body,
    });
  });
});

describe("PM2's JSON wrapper", () => {
  const wrapped = (message: string) =>
    JSON.stringify({ message, timestamp: '2026-09-21T10:00:00Z', type: 'out', process_id: 0, app_name: 'shop-worker' });

  it('gives the service its name when the resource has none, and the level of the pino line inside', () => {
    const body = wrapped(JSON.stringify({ level: 50, msg: 'payment "failed"\n' }));
    const row = oneLog({ timeUnixNano: time(1), body: { stringValue: body } }, { attributes: [] });
    expect(row).toMatchObject({ service_name: 'shop-worker', severity_text: 'error', body });
    expect(marks(row)).toEqual(['severity-derived']);
  });

  it('leaves a named service alone', () => {
    const row = oneLog({ timeUnixNano: time(1), body: { stringValue: wrapped('hello') } });
    expect(row).toMatchObject({ service_name: 'shop', severity_text: 'unspecified' });
  });

  it('mixes with other records of the same resource', () => {
    const bodies = ['plain', wrapped('a'), 'plain', wrapped('b')];
    const records = bodies.map((stringValue) => ({ timeUnixNano: time(1), body: { stringValue } }));
    const { logs } = rowsOf(decode('logs', logsOf(records, {})).batch);
    expect(logs.map((row) => row['service_name'])).toEqual([
      'unknown_service',
      'shop-worker',
      'unknown_service',
      'shop-worker',
    ]);
    expect(logs.map((row) => marks(row).includes('service-missing'))).toEqual([true, false, true, false]);
  });
});

describe('enforced fields', () => {
  it('has defaults, and marks a missing service', () => {
    const row = oneLog({ timeUnixNano: time(1) }, { attributes: [] });
    expect(row).toMatchObject({
      tenant: 'tenant-a',
      service_name: 'unknown_service',
      environment: 'unknown',
      host_name: 'unknown',
    });
    expect(marks(row)).toEqual(['service-missing']);
  });

  it('takes the newer name of the environment first', () => {
    const attributes = [
      text('deployment.environment', 'old'),
      text('deployment.environment.name', 'prod'),
      text('host.name', 'h1'),
    ];
    expect(oneLog({}, { attributes })).toMatchObject({ environment: 'prod', host_name: 'h1' });
  });

  it("never stores another tenant's business_id as such", () => {
    const attributes = [text('service.name', 's'), text('business_id', 'tenant-b')];
    const decoded = decode(
      'logs',
      logsOf([{ timeUnixNano: time(1), attributes: [text('business_id', 'tenant-c')] }], { attributes }),
    );
    const { logs, resources } = rowsOf(decoded.batch);
    expect(logs[0]).toMatchObject({ tenant: 'tenant-a', attributes: [['hanok.claimed_business_id', 'tenant-c']] });
    expect(resources[0]).toMatchObject({
      tenant: 'tenant-a',
      attributes: [
        ['service.name', 's'],
        ['hanok.claimed_business_id', 'tenant-b'],
      ],
    });
    expect(marks(logs[0])).toEqual(['business-id-differed']);
    expect(decoded.marks['business-id-differed']).toBe(1);
  });

  it('leaves a true claim alone, and keeps one made outside the records', () => {
    expect(oneLog({ timeUnixNano: time(1), attributes: [text('business_id', 'tenant-a')] })).toMatchObject({
      attributes: [['business_id', 'tenant-a']],
      marks: 0,
    });
    const decoded = decode('logs', logsOf([{}]), contextOf('tenant-a', { claimedBusinessId: 'tenant-z' }));
    const { logs, resources } = rowsOf(decoded.batch);
    expect(resources[0]!['attributes']).toContainEqual(['hanok.claimed_business_id', 'tenant-z']);
    expect(marks(logs[0])).toContain('business-id-differed');
  });
});

describe('times', () => {
  it('files absurd times at arrival and keeps them', () => {
    const wild = ['1', '18446744073709551615', (ARRIVAL + 90_000_000_000_000n).toString()];
    const { logs } = rowsOf(decode('logs', logsOf(wild.map((timeUnixNano) => ({ timeUnixNano })))).batch);
    expect(logs.map((row) => row['original_time'])).toEqual(wild.map(BigInt));
    for (const row of logs) expect(row).toMatchObject({ timestamp: ARRIVAL });
    expect(marks(logs[0])).toEqual(['time-placed']);
  });

  it('files a log without a time at its observed time, else at arrival', () => {
    const observed = time(60);
    const { logs } = rowsOf(decode('logs', logsOf([{ observedTimeUnixNano: observed }, {}])).batch);
    expect(logs.map((row) => row['timestamp'])).toEqual([BigInt(observed), ARRIVAL]);
    for (const row of logs) expect(marks(row)).toEqual(['time-missing']);
  });

  it('keeps observed times exactly, however far from where the log is filed', () => {
    const sent = ['1', '18446744073709551615', '9223372036854775808', time(3), time(-3), '4294967296'];
    const records = sent.map((observedTimeUnixNano) => ({ timeUnixNano: time(1), observedTimeUnixNano }));
    const wild = { timeUnixNano: '18446744073709551615', observedTimeUnixNano: '7' };
    const { logs } = rowsOf(decode('logs', logsOf([...records, wild, { timeUnixNano: time(1) }])).batch);
    const observed = logs.map((row) =>
      BigInt.asUintN(64, (row['timestamp'] as bigint) + (row['observed_delay'] as bigint)),
    );
    expect(observed).toEqual([...sent.map(BigInt), 7n, ARRIVAL]);
  });

  it('gives bounds and one resource row per day', () => {
    const days = [0, 1, 2, 1, 0].map((day) => ({ timeUnixNano: time(day * 86_400) }));
    const { batch } = decode('logs', logsOf(days));
    expect(batch).toMatchObject({ records: 5, minTime: BigInt(time(2 * 86_400)), maxTime: ARRIVAL });
    const { resources } = rowsOf(batch);
    expect(resources.map((row) => Number(row['day'])).sort()).toEqual([20_715, 20_716, 20_717]);
  });

  it('ends spans exactly whatever their start', () => {
    const cases = [
      { startTimeUnixNano: '1', endTimeUnixNano: '18446744073709551615' },
      { startTimeUnixNano: '0', endTimeUnixNano: time(5) },
      { startTimeUnixNano: time(1), endTimeUnixNano: time(2) },
      { startTimeUnixNano: time(1), endTimeUnixNano: '0' },
    ];
    const { spans } = rowsOf(decode('traces', spansOf(cases.map(span))).batch);
    const ends = spans.map((row) => {
      const from = (row['original_time'] as bigint) || (row['timestamp'] as bigint);
      return BigInt.asUintN(64, from + (row['duration'] as bigint));
    });
    expect(ends).toEqual(cases.map((one) => BigInt(one.endTimeUnixNano)));
    expect(spans[2]!['duration']).toBe(-1_000_000_000n);
  });

  it('marks spans that end before their start, or have no end', () => {
    const cases = [
      { startTimeUnixNano: time(1), endTimeUnixNano: time(2) },
      { startTimeUnixNano: time(1), endTimeUnixNano: '0' },
      { startTimeUnixNano: time(1) },
      { startTimeUnixNano: '0', endTimeUnixNano: '0' },
      { startTimeUnixNano: time(1), endTimeUnixNano: (BigInt(time(1)) - 1n).toString() },
      { startTimeUnixNano: time(1), endTimeUnixNano: time(1) },
      { startTimeUnixNano: time(2), endTimeUnixNano: time(1) },
    ];
    const spans = cases.map((times) => ({ traceId: TRACE, spanId: SPAN, ...times }));
    const decoded = decode('traces', spansOf(spans));
    expect(rowsOf(decoded.batch).spans.map(marks)).toEqual([
      ['end-before-start'],
      ['end-before-start'],
      ['end-before-start'],
      ['end-before-start', 'time-missing'],
      ['end-before-start'],
      [],
      [],
    ]);
    expect(decoded.marks['end-before-start']).toBe(5);
  });
});

describe('limits', () => {
  it('drops attributes beyond the limit, counts and marks them', () => {
    const attributes = Array.from({ length: 300 }, (_, i) => text(`k${i}`, 'v'));
    const row = oneLog({ timeUnixNano: time(1), attributes, droppedAttributesCount: 5 });
    expect(row['attributes']).toHaveLength(256);
    expect(row).toMatchObject({ dropped_attributes_count: 49 });
    expect(marks(row)).toEqual(['attributes-dropped']);
  });

  it('cuts keys, values and bodies between characters', () => {
    const row = oneLog(
      {
        timeUnixNano: time(1),
        attributes: [text('한'.repeat(20), '값'.repeat(50))],
        body: { stringValue: '집'.repeat(50) },
      },
      undefined,
      undefined,
      open({ maxKeyBytes: 16, maxValueBytes: 64, maxBodyBytes: 64 }),
    );
    expect(row).toMatchObject({ attributes: [['한'.repeat(5), '값'.repeat(21)]], body: '집'.repeat(21) });
    expect(marks(row)).toEqual(['key-cut', 'value-cut']);
  });

  it('keeps a cut list as the text it is', () => {
    const values = Array.from({ length: 100 }, (_, i) => ({ stringValue: `element ${i}` }));
    const row = oneLog(
      { timeUnixNano: time(1), attributes: [{ key: 'l', value: { arrayValue: { values } } }] },
      undefined,
      undefined,
      open({ maxValueBytes: 100 }),
    );
    expect(row['attribute_types']).toBe('');
    expect((row['attributes'] as string[][])[0]![1]).toMatch(/^\["element 0"/);
    expect((row['attributes'] as string[][])[0]![1]!.length).toBe(100);
    expect(marks(row)).toEqual(['value-cut']);
  });

  it('cuts nesting', () => {
    let value: object = { intValue: 1 };
    for (let i = 0; i < 20; i++) value = { arrayValue: { values: [value] } };
    const row = oneLog({ timeUnixNano: time(1), body: value });
    expect(row['body']).toBe(`${'['.repeat(16)}null${']'.repeat(16)}`);
    expect(marks(row)).toEqual(['depth-cut']);
  });

  it('keeps the first events and links', () => {
    const events = Array.from({ length: 300 }, (_, i) => ({ name: `e${i}`, timeUnixNano: time(1) }));
    const links = Array.from({ length: 300 }, () => ({ traceId: TRACE, spanId: SPAN }));
    const [row] = rowsOf(decode('traces', spansOf([span({ events, links, droppedEventsCount: 2 })])).batch).spans;
    expect(row!['event_names']).toHaveLength(256);
    expect(row).toMatchObject({ dropped_events_count: 46, dropped_links_count: 44 });
    expect(marks(row)).toEqual(['attributes-dropped']);
  });

  it('rejects a histogram with too many buckets and keeps its neighbours', () => {
    const point = (buckets: number) => ({
      timeUnixNano: time(1),
      attributes: [text('n', String(buckets))],
      count: String(buckets),
      bucketCounts: Array.from({ length: buckets }, () => '1'),
      exemplars: [{ asDouble: 1, timeUnixNano: time(1), filteredAttributes: [text('e', 'f')] }],
    });
    const decoded = decode(
      'metrics',
      metricsOf([{ name: 'h', histogram: { dataPoints: [point(3), point(10_000), point(5)] } }]),
    );
    expect(decoded).toMatchObject({ rejected: 1, records: 2 });
    expect(decoded.message).toBe('1 rejected: more buckets than the limit of 2,000; the first is a point of metric h');
    expect(decoded.values).toEqual({ count: 1, limit: 2_000, name: 'h' });
    const rows = rowsOf(decoded.batch);
    expect(rows.histograms.map((row) => (row['counts'] as bigint[]).length)).toEqual([3, 5]);
    expect(rows.series).toHaveLength(2);
    expect(rows.exemplars).toHaveLength(2);
  });

  it.each([
    ['fewer counts than bounds', { count: '3', bucketCounts: ['1', '2'], explicitBounds: [1, 2, 3] }],
    ['as many counts as bounds', { count: '3', bucketCounts: ['1', '2'], explicitBounds: [1, 2] }],
    ['bounds that descend', { count: '3', bucketCounts: ['1', '1', '1'], explicitBounds: [5, 1] }],
    ['a bound twice', { count: '3', bucketCounts: ['1', '1', '1'], explicitBounds: [5, 5] }],
    ['a bound that is no number', { count: '2', bucketCounts: ['1', '1'], explicitBounds: ['NaN'] }],
    ['counts that do not add up', { count: '99', bucketCounts: ['1', '1'], explicitBounds: [5] }],
    ['counts that add up only modulo 2^64', { count: '0', bucketCounts: ['1', '18446744073709551615'] }],
  ])('rejects a histogram with %s and keeps its neighbours', (_, broken) => {
    const kept = [
      { count: '3', sum: 1 },
      { count: '3', bucketCounts: ['3'] },
      { count: '4294967297', bucketCounts: ['4294967295', '2'], explicitBounds: [5] },
      { count: '18446744073709551615', bucketCounts: ['1', '0', '18446744073709551614'], explicitBounds: [-1, 5] },
      {},
    ];
    const dataPoints = [broken, ...kept].map((point) => ({ timeUnixNano: time(1), ...point }));
    const decoded = decode('metrics', metricsOf([{ name: 'h', histogram: { dataPoints } }]));
    expect(decoded).toMatchObject({
      rejected: 1,
      records: 5,
      reason: 'bad-histogram',
      values: { count: 1, name: 'h' },
    });
    expect(decoded.message).toMatch(/^1 rejected: the buckets of a histogram must .* point of metric h$/);
    expect(rowsOf(decoded.batch).histograms).toHaveLength(5);
  });

  it('rejects the points of a metric without a name, says so and keeps its neighbours', () => {
    const dataPoints = [
      { timeUnixNano: time(1), asInt: 1, exemplars: [{ asDouble: 1, timeUnixNano: time(1) }] },
      { timeUnixNano: time(2), asInt: 2 },
    ];
    const decoded = decode(
      'metrics',
      metricsOf([{ name: '', gauge: { dataPoints } }, { name: 'm', gauge: { dataPoints } }, { sum: { dataPoints } }]),
    );
    expect(decoded).toMatchObject({ rejected: 4, records: 2, reason: 'metric-without-name', values: { count: 4 } });
    expect(decoded.message).toBe('4 rejected: the name of the metric is empty');
    const rows = rowsOf(decoded.batch);
    expect(rows.samples.map((row) => row['metric'])).toEqual(['m', 'm']);
    expect(rows.series).toHaveLength(1);
    expect(rows.exemplars).toHaveLength(1);
  });

  it('says of spans rejected for their ids how many, and which is the first', () => {
    const span = (name: string, traceId: Uint8Array, parentSpanId: Uint8Array = new Uint8Array(0)) => ({
      name,
      traceId,
      spanId: new Uint8Array(8).fill(1),
      parentSpanId,
      startTimeUnixNano: time(1),
      endTimeUnixNano: time(2),
    });
    const whole = new Uint8Array(16).fill(1);
    const decoded = decode(
      'traces',
      spansOf([
        span('kept', whole),
        span(`${'가'.repeat(50)}`, new Uint8Array(4)),
        span('third', new Uint8Array(5)),
        span('fourth', whole, new Uint8Array(3)),
      ]),
    );
    expect(decoded).toMatchObject({ rejected: 3, records: 1, reason: 'bad-trace-id' });
    expect(decoded.message).toBe(
      `2 rejected: trace_id is not 16 bytes that are not all zero (in JSON 32 hex digits, not base64); the first is span 2 of the request, "${'가'.repeat(40)}…"; 1 rejected: parent_span_id is neither empty nor 8 bytes; the first is span 4 of the request, "fourth"`,
    );
    expect(decoded.values).toEqual({ count: 2, record: 2, name: `${'가'.repeat(40)}…` });
  });

  it('rejects points of new series beyond the limit of the day, not those of old ones', () => {
    const decoder = open({ maxNewSeries: 3 });
    const points = (from: number, to: number) =>
      metricsOf([
        {
          name: 'm',
          gauge: {
            dataPoints: Array.from({ length: to - from }, (_, i) => ({
              timeUnixNano: time(1),
              asInt: i,
              attributes: [text('i', String(from + i))],
            })),
          },
        },
      ]);
    const first = decode('metrics', points(0, 2), contextOf(), decoder);
    decoder.confirm(first.token);
    const second = decode('metrics', points(0, 5), contextOf(), decoder);
    expect(second).toMatchObject({ records: 3, rejected: 2 });
    decoder.confirm(second.token);
    expect(decode('metrics', points(4, 5), contextOf(), decoder)).toMatchObject({
      records: 0,
      rejected: 1,
      batch: null,
    });
    expect(decode('metrics', points(4, 5), contextOf('tenant-b'), decoder)).toMatchObject({ records: 1, rejected: 0 });
  });
});

describe('text', () => {
  it('repairs what is not UTF-8 and marks it', () => {
    const bytes = Buffer.from('0a21121f121d29000000000000000032080a016b12030a01ff2a090a07e28280f0416200', 'hex');
    bytes[1] = bytes.length - 2;
    bytes[3] = bytes.length - 4;
    bytes[5] = bytes.length - 6;
    const decoded = open().decode('logs', 'protobuf', bytes, contextOf());
    const [row] = rowsOf(decoded.batch).logs;
    expect(row).toMatchObject({ attributes: [['k', '\ufffd']], body: '\u2080\ufffdAb\0' });
    expect(decoded.marks['utf8-repaired']).toBe(1);
  });

  it('keeps keys that JavaScript objects have', () => {
    const keys = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', ''];
    const row = oneLog({ attributes: keys.map((key) => text(key, key)) });
    expect(row['attributes']).toEqual(keys.map((key) => [key, key]));
  });
});

describe('rows that are sent once', () => {
  const message = logsOf([{ timeUnixNano: time(1), attributes: [text('k', 'v')] }]);
  const tables = (decoder = open(), tenant = 'tenant-a') => {
    const decoded = decode('logs', message, contextOf(tenant), decoder);
    const rows = rowsOf(decoded.batch);
    return {
      decoded,
      resources: rows.resources.length,
      values: rows.fields.filter((row) => row['value'] !== '').length,
    };
  };

  it('repeats them until they are confirmed, for each tenant', () => {
    const decoder = open();
    expect(tables(decoder)).toMatchObject({ resources: 1, values: 2 });
    const second = tables(decoder);
    expect(second).toMatchObject({ resources: 1, values: 2 });
    decoder.confirm(second.decoded.token);
    expect(tables(decoder)).toMatchObject({ resources: 0, values: 0 });
    expect(tables(decoder, 'tenant-b')).toMatchObject({ resources: 1, values: 2 });
    decoder.confirm(987_654);
  });

  it('repeats them in another epoch of the store, and does not take late word of the last one for this one’s', () => {
    const decoder = open();
    const told = (epoch: string) => {
      const decoded = decode('logs', message, contextOf('tenant-a', { epoch }), decoder);
      const rows = rowsOf(decoded.batch);
      return { ...decoded, told: [rows.resources.length, rows.fields.filter((row) => row['value'] !== '').length] };
    };
    const late = told('first');
    decoder.confirm(told('first').token);
    expect(told('first').told).toEqual([0, 0]);
    const second = told('second');
    expect(second.told).toEqual([1, 2]);
    decoder.confirm(late.token);
    expect(told('second').told).toEqual([1, 2]);
    decoder.confirm(second.token);
    expect(told('second').told).toEqual([0, 0]);
  });

  it('keeps resources and scopes as long as the longest lived signal, and repeats them when a retention changes', () => {
    const decoder = open();
    const scoped = (signal: 'logs' | 'metrics', retentionDays: IntakeContext['retentionDays']) => {
      const scope = { name: 'lib', attributes: [text('s', 't')] };
      const resource = { attributes: [text('service.name', 'shop')] };
      const body =
        signal === 'logs'
          ? { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [{ timeUnixNano: time(1) }] }] }] }
          : {
              resourceMetrics: [
                {
                  resource,
                  scopeMetrics: [
                    { scope, metrics: [{ name: 'm', gauge: { dataPoints: [{ timeUnixNano: time(1), asInt: 1 }] } }] },
                  ],
                },
              ],
            };
      const decoded = decode(signal, body, contextOf('tenant-a', { retentionDays }), decoder);
      decoder.confirm(decoded.token);
      const rows = rowsOf(decoded.batch);
      return [rows.resources, rows.scopes, rows.series].map((some) => some.map((row) => row['retention_days']));
    };
    const shorter = { logs: 30, traces: 14, metrics: 90 };
    expect(scoped('logs', shorter)).toEqual([[90], [90], []]);
    expect(scoped('metrics', shorter)).toEqual([[], [], [90]]);
    const longer = { ...shorter, metrics: 400 };
    expect(scoped('metrics', longer)).toEqual([[400], [400], [400]]);
    expect(scoped('logs', longer)).toEqual([[], [], []]);
  });

  it('gives tenants different ids for the same resource', () => {
    const ids = ['tenant-a', 'tenant-b']
      .map((tenant) => tables(open(), tenant).decoded)
      .map((one) => rowsOf(one.batch).resources[0]!['resource_id']);
    expect(new Set(ids).size).toBe(2);
  });

  it('counts keys exactly', () => {
    const records = Array.from({ length: 500 }, (_, i) => ({
      timeUnixNano: time(1),
      attributes: [text('always', `v${i}`), ...(i % 2 === 0 ? [{ key: 'even', value: { intValue: i } }] : [])],
    }));
    const { fields } = rowsOf(decode('logs', logsOf(records)).batch);
    const keys = fields.filter((row) => row['value'] === '' && row['source'] === 'attribute');
    expect(keys.map((row) => [row['key'], row['type'], row['count']])).toEqual([
      ['always', 's', 500n],
      ['even', 'i', 250n],
    ]);
    // The first 16 and every 64th after them.
    expect(fields.filter((row) => row['key'] === 'always' && row['value'] !== '')).toHaveLength(16 + 7);
  });

  it('tells a known key only now and then, and loses no count while the process lives', () => {
    const decoder = open();
    const told = (keys: string[], more: { tenant?: string; secondsLater?: number; confirmed?: boolean } = {}) => {
      const context = contextOf(more.tenant, { arrival: ARRIVAL + BigInt(more.secondsLater ?? 0) * 1_000_000_000n });
      const records = [{ timeUnixNano: time(1), attributes: keys.map((key) => text(key, '')) }];
      const decoded = decode('logs', logsOf(records), context, decoder);
      if (more.confirmed !== false) decoder.confirm(decoded.token);
      return rowsOf(decoded.batch)
        .fields.filter((row) => row['source'] === 'attribute')
        .map((row) => [row['key'], row['count']]);
    };
    expect(told(['k'], { confirmed: false })).toEqual([['k', 1n]]);
    expect(told(['k'])).toEqual([['k', 1n]]);
    expect(told(['k'])).toEqual([]);
    expect(told(['k', 'new'])).toEqual([['new', 1n]]);
    expect(told(['k'], { tenant: 'tenant-b' })).toEqual([['k', 1n]]);
    expect(told(['k'], { secondsLater: 299 })).toEqual([]);
    expect(told(['k'], { secondsLater: 300 })).toEqual([['k', 4n]]);
    for (let i = 0; i < 999; i++) expect(told(['k'], { secondsLater: 301 })).toEqual([]);
    expect(told(['k'], { secondsLater: 301 })).toEqual([['k', 1_000n]]);
  });

  it('keeps ids from one version to the next', () => {
    const { resources, scopes, series } = rowsOf(
      decode('metrics', {
        resourceMetrics: [
          {
            resource: { attributes: [text('service.name', 'shop'), text('host.name', 'h')] },
            scopeMetrics: [
              {
                scope: { name: 'lib', version: '1' },
                metrics: [
                  { name: 'm', unit: 's', gauge: { dataPoints: [{ asInt: 1, attributes: [text('a', 'b')] }] } },
                ],
              },
            ],
          },
        ],
      }).batch,
    );
    // Written down when the format was made. A change here orphans every stored row.
    expect([resources[0]?.['resource_id'], scopes[0]!['scope_id'], series[0]!['series_id']]).toMatchInlineSnapshot(`
      [
        4646199540476283464n,
        1824331876620120752n,
        12719717456076441893n,
      ]
    `);
  });

  it('does not care for the order of a bag', () => {
    const ids = [
      [text('a', '1'), text('b', '2'), text('service.name', 's')],
      [text('service.name', 's'), text('b', '2'), text('a', '1')],
    ].map((attributes) => oneLog({}, { attributes })['resource_id']);
    expect(ids[0]).toBe(ids[1]);
    expect(
      oneLog({}, { attributes: [text('a', '2'), text('b', '1'), text('service.name', 's')] })['resource_id'],
    ).not.toBe(ids[0]);
  });
});

it('seals a batch into one buffer of its own', () => {
  const { batch } = decode('logs', logsOf([{ timeUnixNano: time(1) }]));
  const buffers = new Set(batch!.blocks.map((block) => block.bytes.buffer));
  expect(buffers.size).toBe(1);
  const [buffer] = buffers;
  expect(batch!.blocks.reduce((sum, block) => sum + block.bytes.length, 0)).toBe(buffer!.byteLength);
  expect(structuredClone(buffer!, { transfer: [buffer as ArrayBuffer] }).byteLength).toBeGreaterThan(0);
});
