import { describe, expect, it } from 'vitest';
import { ARRIVAL } from './testkit/generate.ts';
import { contextOf, decode, decodeJson, logsOf, open, SPAN, spansOf, TRACE, text, time } from './testkit/instance.ts';
import { rowsOf } from './testkit/rebuild.ts';

const malformed = expect.objectContaining({
  code: 'otlp.malformed',
  status: 400,
  grpc: 3,
  at: expect.stringMatching(/\d/),
});
const protobuf = (hex: string) => open().decode('logs', 'protobuf', Buffer.from(hex, 'hex'), contextOf());
const nanos = (ago: number) => JSON.stringify(time(ago));

describe('protobuf', () => {
  it.each([
    ['a field cut in the middle', '0a0a0a05'],
    ['a length of 2^63 - 1', '0affffffffffffffff7f'],
    ['a varint of 11 bytes', '0affffffffffffffffffff01'],
    ['group wire types', '0b0c'],
    ['wire type 7', '0f'],
    ['field number 0', '0200'],
    ['plain text', Buffer.from('hello world').toString('hex')],
    ['JSON', Buffer.from('{"resourceLogs":[]}').toString('hex')],
  ])('refuses %s', (_what, hex) => {
    expect(() => protobuf(hex)).toThrow(malformed);
  });

  it('ignores unknown fields and accepts nothing at all', () => {
    // Field 9999 as a varint, and as bytes.
    expect(protobuf('f8f00401')).toMatchObject({ records: 0, batch: null, rejected: 0, message: '' });
    expect(protobuf('faf00403010203').batch).toBeNull();
    expect(protobuf('').batch).toBeNull();
  });

  it('is not moved by nesting 10,000 deep', () => {
    let value = Buffer.from([0x18, 1]);
    const length = (size: number) => {
      const bytes: number[] = [];
      for (let rest = size; ; rest >>>= 7) {
        bytes.push(rest > 127 ? (rest & 127) | 128 : rest);
        if (rest <= 127) return Buffer.from(bytes);
      }
    };
    const wrap = (tag: number, inner: Buffer) => Buffer.concat([Buffer.from([tag]), length(inner.length), inner]);
    for (let i = 0; i < 10_000; i++) value = wrap(0x2a, wrap(0x0a, value));
    const bytes = wrap(0x0a, wrap(0x12, wrap(0x12, wrap(0x2a, value))));
    const decoded = open().decode('logs', 'protobuf', bytes, contextOf());
    expect(decoded.marks['depth-cut']).toBe(1);
  });

  it('takes 100,000 empty resources', () => {
    const bytes = Buffer.alloc(200_000, Buffer.from([0x0a, 0x00]));
    expect(open().decode('traces', 'protobuf', bytes, contextOf())).toMatchObject({ batch: null, records: 0 });
  });

  it('stores as many records as one request may have and rejects the rest', () => {
    const decoder = open({ maxRecords: 1_000 });
    const field = (tag: number, inner: Uint8Array) =>
      Buffer.concat([Buffer.from([tag, 0x80 | (inner.length & 127), inner.length >> 7]), inner]);
    const empty = Buffer.alloc(2 * 1_500, Buffer.from([0x12, 0x00]));
    const decoded = decoder.decode('logs', 'protobuf', field(0x0a, field(0x12, empty)), contextOf());
    expect(decoded).toMatchObject({ records: 1_000, rejected: 500 });
    expect(decoded.message).toMatch(/500 rejected: beyond the first 1,000 records/);
    expect(rowsOf(decoded.batch).logs).toHaveLength(1_000);
    const dataPoints = Array.from({ length: 1_200 }, (_, i) => ({ asInt: i, timeUnixNano: time(1) }));
    const points = decode(
      'metrics',
      { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints } }] }] }] },
      contextOf(),
      decoder,
    );
    expect(points).toMatchObject({ records: 1_000, rejected: 200 });
  });

  it('does not let the table of keys grow with what a sender makes up', () => {
    const records = Array.from({ length: 300 }, (_, i) => ({
      attributes: Array.from({ length: 100 }, (_, k) => text(`made up ${i} ${k}`, 'v')),
    }));
    const { fields } = rowsOf(decode('logs', logsOf(records)).batch);
    expect(fields.length).toBeLessThanOrEqual(10_000);
    // The limit of keys; a handful in a million is taken for known.
    expect(new Set(fields.map((row) => row['key'])).size).toBeLessThanOrEqual(5_002);
  });

  it('rejects spans without proper ids and keeps the rest', () => {
    const good = { traceId: TRACE, spanId: SPAN, name: 'good' };
    const decoded = decode(
      'traces',
      spansOf([
        good,
        { ...good, traceId: new Uint8Array(16), events: [{ name: 'e' }], attributes: [text('k', 'v')] },
        { ...good, spanId: new Uint8Array(8), links: [{ traceId: TRACE, spanId: SPAN }] },
        { ...good, traceId: new Uint8Array(15) },
        { ...good, parentSpanId: new Uint8Array(3).fill(1) },
        { ...good, parentSpanId: SPAN },
      ]),
    );
    expect(decoded).toMatchObject({ records: 2, rejected: 4 });
    expect(decoded.message).toContain('2 rejected: trace_id');
    expect(rowsOf(decoded.batch).spans.map((row) => row['name'])).toEqual(['good', 'good']);
  });

  it('keeps many distinct names and keys, in one request and over many', () => {
    const decoder = open();
    for (let round = 0; round < 4; round++) {
      const spans = Array.from({ length: 40_000 }, (_, i) => ({
        traceId: TRACE,
        spanId: SPAN,
        name: `name ${round} ${i}`,
        attributes: [text(`key ${round} ${i}`, 'v')],
      }));
      const { spans: rows } = rowsOf(decode('traces', spansOf(spans), contextOf(), decoder).batch);
      expect(rows).toHaveLength(40_000);
      for (const i of [0, 255, 256, 39_999])
        expect(rows[i]).toMatchObject({
          name: `name ${round} ${i}`,
          attributes: [[`key ${round} ${i}`, 'v']],
          service_name: 'shop',
        });
    }
  });
});

describe('JSON', () => {
  const log = (fields: string) => `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{${fields}}]}]}]}`;
  const one = (fields: string) => rowsOf(decodeJson('logs', log(fields)).batch).logs[0]!;

  it.each([
    '',
    ' ',
    '1234',
    '[]',
    'null',
    '"x"',
    '{',
    '{"resourceLogs":[}',
    '{"resourceLogs":[]}x',
    '{"resourceLogs":[],}',
    '{"resourceLogs":[,]}',
    '{"resourceLogs":[{},]}',
    "{'resourceLogs':[]}",
    '{resourceLogs:[]}',
    '{"a":01}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":+1}',
    '{"a":1e}',
    '{"a":-}',
    '{"a":0x10}',
    '{"a":NaN}',
    '{"a":Infinity}',
    '{"a":tru}',
    '{"a":nulll}',
    '{"a":True}',
    '{"a":"\t"}',
    '{"a":"\\x"}',
    '{"a":"\\u12g4"}',
    '{"a":"\\u12"}',
    '{"a":"unterminated}',
    '{"a":1 "b":2}',
    '{"a" 1}',
    '{"a":1}}',
    '{"a":[1,2}',
    '{"a":[1 2]}',
    '{"a":{"b":1]}',
    '{"a":/**/1}',
    '{"a":1} // x',
    '\ufeff{}',
    '{"a":"\u0000"}',
    '{"a":1e400,"b":[[[[]]]',
    '{1:2}',
    '{"a":}',
    '{:1}',
    '{"resourceLogs":{}}',
    '{"resourceLogs":[1]}',
    '{"resourceLogs":"x"}',
  ])('refuses %j', (body) => {
    expect(() => decodeJson('logs', body)).toThrow(malformed);
  });

  it.each([
    '"severityNumber":"SEVERITY_NUMBER_INFO"',
    '"severityNumber":1.5',
    '"severityNumber":3000000000',
    '"timeUnixNano":-1',
    '"timeUnixNano":"18446744073709551616"',
    '"timeUnixNano":"12a"',
    '"timeUnixNano":""',
    '"timeUnixNano":1.5',
    '"timeUnixNano":{}',
    '"flags":4294967296',
    '"body":"text"',
    '"body":{"boolValue":"true"}',
    '"body":{"intValue":9223372036854775808}',
    '"body":{"doubleValue":1e400}',
    '"body":{"doubleValue":"x"}',
    '"body":{"bytesValue":"a"}',
    '"body":{"bytesValue":"!!!!"}',
    '"body":{"stringValue":1}',
    '"attributes":{}',
  ])('refuses a log with %s', (fields) => {
    expect(() => decodeJson('logs', log(fields))).toThrow(malformed);
  });

  it.each([
    ['an empty request', '{}'],
    ['white space', ' \n\t{ } \r'],
    ['unknown keys', '{"resourceLogs":[],"x":{"y":[1,null,true,"z",{}]}}'],
    ['snake_case', '{"resource_logs":[{"scope_logs":1}]}'],
    ['null for a list', '{"resourceLogs":null}'],
  ])('accepts %s', (_what, body) => {
    expect(decodeJson('logs', body)).toMatchObject({ records: 0, batch: null });
  });

  it('reads 64-bit integers exactly, bare or in strings', () => {
    expect(one(`"timeUnixNano":${time(3)}`)).toMatchObject({ timestamp: BigInt(time(3)) });
    expect(one('"body":{"intValue":9007199254740993}')).toMatchObject({ body: '9007199254740993' });
    expect(one('"body":{"intValue":"-9223372036854775808"}')).toMatchObject({ body: '-9223372036854775808' });
    expect(one('"body":{"intValue":1e3}')).toMatchObject({ body: '1000' });
    expect(one('"body":{"intValue":-2.0}')).toMatchObject({ body: '-2' });
    expect(one('"timeUnixNano":"18446744073709551615"')).toMatchObject({ original_time: 2n ** 64n - 1n });
    expect(one('"body":{"doubleValue":"NaN"}')).toMatchObject({ body: 'NaN', body_type: 100 });
  });

  it('takes ids in either case and nothing but hex', () => {
    const lower = one('"traceId":"0123456789abcdef0123456789abcdef"')['trace_id'];
    expect(one('"traceId":"0123456789ABCDEF0123456789ABCDEF"')['trace_id']).toEqual(lower);
    const span = (ids: string) => decodeJson('traces', `{"resourceSpans":[{"scopeSpans":[{"spans":[{${ids}}]}]}]}`);
    const good = '"traceId":"0123456789abcdef0123456789abcdef","spanId":"0123456789abcdef"';
    expect(span(good)).toMatchObject({ records: 1, rejected: 0 });
    expect(span(`${good},"parentSpanId":""`)).toMatchObject({ records: 1 });
    for (const bad of [
      '"traceId":"0123456789abcdef0123456789abcde","spanId":"0123456789abcdef"',
      '"traceId":"ASNFZ4mrze8BI0VniavN7w==","spanId":"0123456789abcdef"',
      '"traceId":"zz23456789abcdef0123456789abcdef","spanId":"0123456789abcdef"',
      '"traceId":"00000000000000000000000000000000","spanId":"0123456789abcdef"',
      `${good},"parentSpanId":"xyz"`,
    ])
      expect(span(bad)).toMatchObject({ records: 0, rejected: 1 });
  });

  it('reads escapes, pairs of surrogates, and repairs half of one', () => {
    expect(one('"body":{"stringValue":"\\u0041\\n\\"\\\\\\/\\ud83c\\udfe0\\u0000é"}')).toMatchObject({
      body: 'A\n"\\/🏠\0é',
    });
    const decoded = decodeJson(
      'logs',
      log('"body":{"stringValue":"a\\ud800b"},"attributes":[{"key":"\\udc00","value":{"stringValue":""}}]'),
    );
    expect(rowsOf(decoded.batch).logs[0]).toMatchObject({ body: 'a\ufffdb', attributes: [['\ufffd', '']] });
    expect(decoded.marks['utf8-repaired']).toBe(1);
    expect(one('"\\u0062ody":{"stringValue":"key with an escape"}')).toMatchObject({ body: 'key with an escape' });
  });

  it('refuses nesting 10,000 deep without falling over', () => {
    const decoder = open();
    const deep = [
      '['.repeat(100_000),
      `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
      `{"a":${'{"b":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
      log(`"body":${'{"arrayValue":{"values":['.repeat(10_000)}{}${']}}'.repeat(10_000)}`),
    ];
    for (const body of deep) expect(() => decodeJson('logs', body, contextOf(), decoder)).toThrow(malformed);
    expect(decodeJson('logs', logsOf([{}]), contextOf(), decoder)).toMatchObject({ records: 1 });
  });

  it('ends long messages at every depth where they end', () => {
    // Messages whose lengths pass 127 only at their end are moved to make room; deep ones are not.
    let value: object = { stringValue: 'x'.repeat(300) };
    for (let i = 0; i < 30; i++) value = { arrayValue: { values: [{ intValue: 7 }, value, { boolValue: true }] } };
    const decoded = decodeJson(
      'logs',
      logsOf([{ body: value, attributes: [{ key: 'k', value }] }, { body: { stringValue: 'next' } }]),
      contextOf(),
      open({ maxDepth: 64 }),
    );
    const { logs } = rowsOf(decoded.batch);
    const expected = (depth: number): unknown => (depth === 0 ? 'x'.repeat(300) : [7, expected(depth - 1), true]);
    expect(JSON.parse(String(logs[0]!['body']))).toEqual(expected(30));
    expect(JSON.parse((logs[0]!['attributes'] as string[][])[0]![1]!)).toEqual(expected(30));
    expect(logs[1]).toMatchObject({ body: 'next' });
  });

  it('refuses text that would be far larger as protobuf', () => {
    const bounds = (count: number) =>
      `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"histogram":{"dataPoints":[{"explicitBounds":[${'0,'.repeat(count)}0]}]}}]}]}]}`;
    expect(decodeJson('metrics', bounds(100_000))).toMatchObject({ records: 0, rejected: 1 });
    expect(() => decodeJson('metrics', bounds(3_000_000))).toThrow(malformed);
  });

  it('reads numbers of any length in bounded time', () => {
    expect(() => decodeJson('logs', log(`"timeUnixNano":${'9'.repeat(1_000_000)}`))).toThrow(malformed);
    expect(() => decodeJson('logs', log('"timeUnixNano":1e999999999'))).toThrow(malformed);
    expect(one(`"timeUnixNano":${nanos(1)},"x":${'9'.repeat(100_000)}`)).toMatchObject({
      timestamp: ARRIVAL - 1_000_000_000n,
    });
  });
});
