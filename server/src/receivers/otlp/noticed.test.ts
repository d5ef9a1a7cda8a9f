import { describe, expect, it } from 'vitest';
import { marksOf } from '#base';
import { decode, decodeJson, logsOf, metricsOf, oneLog, SPAN, spansOf, TRACE, text, time } from './testkit/instance.ts';
import { type Row, rowsOf } from './testkit/rebuild.ts';

const marks = (row: Row | undefined) => marksOf(Number(row?.['marks'])).sort();
const oneSpan = (more: object) =>
  rowsOf(
    decode(
      'traces',
      spansOf([{ traceId: TRACE, spanId: SPAN, startTimeUnixNano: time(1), endTimeUnixNano: time(1), ...more }]),
    ).batch,
  ).spans[0]!;
const onePoint = (more: object, sum: object = {}) => {
  const dataPoints = [{ timeUnixNano: time(1), asInt: 1, ...more }];
  return rowsOf(decode('metrics', metricsOf([{ name: 'm', sum: { dataPoints, ...sum } }])).batch);
};
const bytes = (length: number) => new Uint8Array(length).fill(5);

describe('ids that are none', () => {
  it.each([
    [{ traceId: bytes(15), spanId: SPAN }],
    [{ traceId: TRACE, spanId: bytes(5) }],
    [{ traceId: bytes(1), spanId: bytes(16) }],
  ])('%j of a log are left out, and the log says so', (ids) => {
    const row = oneLog({ timeUnixNano: time(1), ...ids });
    expect(marks(row)).toEqual(['id-unreadable']);
  });

  it.each([{}, { traceId: TRACE, spanId: SPAN }, { traceId: new Uint8Array(0), spanId: new Uint8Array(16).slice(8) }])(
    'nothing is said of %j',
    (ids) => expect(marks(oneLog({ timeUnixNano: time(1), ...ids }))).toEqual([]),
  );

  it('knows base64, odd and other texts of JSON as unreadable', () => {
    for (const traceId of ['Cvdlkx1s1D3YRI6yERyAMQ==', 'abc', 'zz', '0af7651916cd43dd8448eb211c80319']) {
      const decoded = decodeJson('logs', logsOf([{ timeUnixNano: time(1), traceId }]));
      expect(marks(rowsOf(decoded.batch).logs[0])).toEqual(['id-unreadable']);
      expect(decoded).toMatchObject({ rejected: 0 });
      expect(decoded.message).toMatch(/^1 kept without an id that cannot be read: .*hex/);
    }
  });

  it('names base64 as what it is where a span is rejected for it', () => {
    const spans = [{ traceId: 'Cvdlkx1s1D3YRI6yERyAMQ==', spanId: 'b7ad6b7169203331', name: 'x' }];
    const decoded = decodeJson('traces', spansOf(spans));
    expect(decoded.rejected).toBe(1);
    expect(decoded.message).toMatch(/trace_id .*hex digits, not base64/);
  });

  it('marks the span of a link and the point of an exemplar', () => {
    expect(marks(oneSpan({ links: [{ traceId: TRACE, spanId: bytes(7) }] }))).toEqual(['id-unreadable']);
    expect(marks(oneSpan({ links: [{ traceId: TRACE, spanId: SPAN }] }))).toEqual([]);
    const exemplar = { timeUnixNano: time(1), asInt: 1, traceId: bytes(12) };
    expect(marks(onePoint({ exemplars: [exemplar] }).samples[0])).toEqual(['id-unreadable']);
  });
});

describe('keys sent twice', () => {
  const twice = [text('k', '1'), text('other', 'x'), text('k', '2')];
  it('keeps both and marks the record, wherever they are', () => {
    const row = oneLog({ timeUnixNano: time(1), attributes: twice });
    expect(row['attributes']).toEqual([
      ['k', '1'],
      ['other', 'x'],
      ['k', '2'],
    ]);
    expect(marks(row)).toEqual(['keys-repeated']);
    expect(marks(oneSpan({ attributes: twice }))).toEqual(['keys-repeated']);
    expect(marks(oneSpan({ events: [{ name: 'e', attributes: twice }] }))).toEqual(['keys-repeated']);
    expect(marks(oneSpan({ links: [{ traceId: TRACE, spanId: SPAN, attributes: twice }] }))).toEqual(['keys-repeated']);
    expect(marks(onePoint({ attributes: twice }).samples[0])).toEqual(['keys-repeated']);
    const exemplar = { timeUnixNano: time(1), asInt: 1, filteredAttributes: twice };
    expect(marks(onePoint({ exemplars: [exemplar] }).samples[0])).toEqual(['keys-repeated']);
    const resource = { attributes: [...twice, text('service.name', 'shop')] };
    expect(marks(rowsOf(decode('logs', logsOf([{}], resource)).batch).resources[0])).toEqual(['keys-repeated']);
  });

  it('marks every point of a series, not only the first', () => {
    const dataPoints = [1, 2, 3].map((asInt) => ({ timeUnixNano: time(asInt), asInt, attributes: twice }));
    const { samples } = rowsOf(decode('metrics', metricsOf([{ name: 'm', gauge: { dataPoints } }])).batch);
    expect(samples.map(marks)).toEqual([['keys-repeated'], ['keys-repeated'], ['keys-repeated']]);
  });

  it('looks into maps, and takes each map by itself', () => {
    const map = (...values: object[]) => ({ kvlistValue: { values } });
    const nested = map(text('a', '1'), { key: 'b', value: map(text('a', '2'), { key: 'b', value: {} }) });
    expect(marks(oneLog({ timeUnixNano: time(1), body: nested }))).toEqual([]);
    const inner = map(text('a', '1'), { key: 'b', value: map(text('c', '1'), text('c', '2')) });
    expect(marks(oneLog({ timeUnixNano: time(1), body: inner }))).toEqual(['keys-repeated']);
    const after = map({ key: 'a', value: map(text('x', '1')) }, text('y', '1'), text('a', '2'));
    expect(marks(oneLog({ timeUnixNano: time(1), body: after }))).toEqual(['keys-repeated']);
    const many = Array.from({ length: 100 }, (_, i) => text(`k${i}`, ''));
    expect(marks(oneLog({ timeUnixNano: time(1), body: map(...many) }))).toEqual([]);
    expect(marks(oneLog({ timeUnixNano: time(1), body: map(...many, text('k99', '')) }))).toEqual(['keys-repeated']);
    expect(marks(oneLog({ timeUnixNano: time(1), body: map(...many, text('k0', '')) }))).toEqual(['keys-repeated']);
  });

  it('is not led astray by the records before', () => {
    const rows: readonly string[][] = [
      ['a', 'b', 'c'],
      ['c'],
      ['c', 'b', 'c'],
      ['c', 'b', 'a'],
      ['c', 'b', 'a'],
      ['a', 'b', 'a'],
      ['a', 'b', 'a'],
      ['', ''],
      ['', 'b'],
      ['', 'b', ''],
      ['', 'b', 'a'],
      ['business_id', 'b'],
      ['business_id', 'business_id'],
      ['business_id', 'b'],
    ];
    const records = rows.map((keys) => ({ timeUnixNano: time(1), attributes: keys.map((key) => text(key, 'v')) }));
    const found = rowsOf(decode('logs', logsOf(records)).batch).logs.map((row) => marks(row).includes('keys-repeated'));
    expect(found).toEqual(rows.map((keys) => new Set(keys).size < keys.length));
    const spans = rows.map((keys, i) => ({
      // Every second one is rejected, after its keys were read.
      ...(i % 2 === 0 ? { traceId: TRACE } : {}),
      spanId: SPAN,
      attributes: keys.map((key) => text(key, 'v')),
    }));
    const kept = rowsOf(decode('traces', spansOf(spans)).batch).spans.map((row) =>
      marks(row).includes('keys-repeated'),
    );
    expect(kept).toEqual(rows.filter((_, i) => i % 2 === 0).map((keys) => new Set(keys).size < keys.length));
  });

  it('says nothing of neighbours that share their keys', () => {
    const records = Array.from({ length: 3 }, () => ({ timeUnixNano: time(1), attributes: [text('k', '1')] }));
    expect(rowsOf(decode('logs', logsOf(records)).batch).logs.map(marks)).toEqual([[], [], []]);
  });
});

it('marks a kind, a status and a temporality that do not exist', () => {
  expect(oneSpan({ kind: 6 })).toMatchObject({ kind: 0 });
  expect(marks(oneSpan({ kind: 6 }))).toEqual(['enum-unknown']);
  expect(marks(oneSpan({ status: { code: 3 } }))).toEqual(['enum-unknown']);
  expect(marks(onePoint({}, { aggregationTemporality: 3 }).samples[0])).toEqual(['enum-unknown']);
  expect(marks(oneSpan({ kind: 5, status: { code: 2 } }))).toEqual([]);
});
