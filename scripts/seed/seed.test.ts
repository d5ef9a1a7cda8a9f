/** The bytes of the data sets, read back by an independent decoder. */
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { SCENARIOS, type ScenarioOptions } from './scenario.ts';

const proto = `
syntax = "proto3";
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Scope { string name = 1; string version = 2; }
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Status { string message = 2; int32 code = 3; }
message Span { bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; repeated Event events = 11;
  Status status = 15; fixed32 flags = 16; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Traces { repeated ResourceSpans resource_spans = 1; }
message LogRecord { fixed64 time_unix_nano = 1; int32 severity_number = 2; string severity_text = 3; AnyValue body = 5;
  repeated KeyValue attributes = 6; fixed32 flags = 8; bytes trace_id = 9; bytes span_id = 10; fixed64 observed_time_unix_nano = 11; }
message ScopeLogs { Scope scope = 1; repeated LogRecord log_records = 2; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; }
message Logs { repeated ResourceLogs resource_logs = 1; }
message NumberPoint { fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; double as_double = 4; sfixed64 as_int = 6; }
message HistogramPoint { fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4; double sum = 5;
  repeated fixed64 bucket_counts = 6; repeated double explicit_bounds = 7; repeated KeyValue attributes = 9; }
message Gauge { repeated NumberPoint data_points = 1; }
message Sum { repeated NumberPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message Histogram { repeated HistogramPoint data_points = 1; int32 aggregation_temporality = 2; }
message Metric { string name = 1; string unit = 3; Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; }
message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
message Metrics { repeated ResourceMetrics resource_metrics = 1; }
`;
const { root } = protobuf.parse(proto, { keepCase: true });
const MESSAGES = { traces: 'Traces', logs: 'Logs', metrics: 'Metrics' } as const;

interface Span {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string;
  readonly name: string;
  readonly start_time_unix_nano: string;
  readonly end_time_unix_nano: string;
}
interface Log {
  readonly trace_id: string;
  readonly span_id: string;
  readonly time_unix_nano: string;
  readonly body: { readonly string_value: string };
}
interface Point {
  readonly count: string;
  readonly bucket_counts: readonly string[];
  readonly explicit_bounds: readonly number[];
}

const endMs = Date.parse('2026-03-05T12:00:00Z');
const options = (changes: Partial<ScenarioOptions>): ScenarioOptions => ({
  ...{ seed: 1, spans: 4_000, logs: 4_000, metrics: false, hours: 24, endMs },
  ...changes,
});

function decode(name: string, changes: Partial<ScenarioOptions> = {}) {
  const spans: Span[] = [];
  const logs: Log[] = [];
  const points: Point[] = [];
  const bytes: string[] = [];
  for (const { template, emission } of SCENARIOS[name]!.jobs(options(changes))) {
    const body = template.stamp(emission);
    bytes.push(Buffer.from(body).toString('base64'));
    const type = root.lookupType(MESSAGES[template.signal]);
    const message = type.toObject(type.decode(body), { longs: String, bytes: String, arrays: true, defaults: true });
    let records = 0;
    for (const resource of message['resource_spans'] ?? [])
      for (const scope of resource.scope_spans) {
        spans.push(...scope.spans);
        records += scope.spans.length;
      }
    for (const resource of message['resource_logs'] ?? [])
      for (const scope of resource.scope_logs) {
        logs.push(...scope.log_records);
        records += scope.log_records.length;
      }
    for (const resource of message['resource_metrics'] ?? [])
      for (const scope of resource.scope_metrics)
        for (const metric of scope.metrics) {
          const data = metric.gauge ?? metric.sum ?? metric.histogram;
          records += data.data_points.length;
          if (metric.histogram) points.push(...data.data_points);
        }
    expect(records).toBe(template.records);
  }
  return { spans, logs, points, bytes };
}

describe('shop', () => {
  it('sends whole traces: every parent is there, ids are unique, no span ends before it starts', () => {
    const { spans } = decode('shop');
    expect(spans.length).toBeGreaterThanOrEqual(4_000);
    const keys = new Set(spans.map((span) => span.trace_id + span.span_id));
    expect(keys.size).toBe(spans.length);
    for (const span of spans) {
      if (span.parent_span_id !== '') expect(keys).toContain(span.trace_id + span.parent_span_id);
      expect(BigInt(span.end_time_unix_nano)).toBeGreaterThanOrEqual(BigInt(span.start_time_unix_nano));
    }
    expect(spans.filter((span) => span.parent_span_id === '').length).toBeGreaterThan(200);
  });

  it('keeps times in the window, and spreads them over it', () => {
    const starts = decode('shop').spans.map((span) => Number(BigInt(span.start_time_unix_nano) / 1_000_000n));
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(endMs - 24 * 3_600_000);
    expect(Math.max(...starts)).toBeLessThan(endMs + 60_000);
    expect(new Set(starts.map((ms) => Math.floor(ms / 3_600_000))).size).toBeGreaterThanOrEqual(20);
  });

  it('gives each log the ids of a span that was sent', () => {
    const { spans, logs } = decode('shop');
    const keys = new Set(spans.map((span) => span.trace_id + span.span_id));
    const known = logs.filter((log) => keys.has(log.trace_id + log.span_id));
    expect(logs.length).toBeGreaterThanOrEqual(4_000);
    expect(known.length / logs.length).toBeGreaterThan(0.99);
  });

  it('fills the digits of a text differently each time', () => {
    const bodies = decode('logs', { spans: 0 }).logs.map((log) => log.body.string_value);
    const customers = bodies.flatMap((body) => /customer (\d{8}) is known/.exec(body)?.[1] ?? []);
    expect(customers.length).toBeGreaterThan(50);
    expect(new Set(customers).size).toBe(customers.length);
    expect(bodies.some((body) => body.includes('#'))).toBe(false);
  });

  it('sends histograms whose buckets add up', () => {
    const { points } = decode('shop', { spans: 0, logs: 0, metrics: true, hours: 1 });
    expect(points.length).toBe(60 * 10 * 3 * 2);
    for (const point of points) {
      expect(point.bucket_counts.length).toBe(point.explicit_bounds.length + 1);
      expect(point.bucket_counts.reduce((sum, count) => sum + Number(count), 0)).toBe(Number(point.count));
    }
  });

  it('is the same for the same seed and other for another', () => {
    expect(decode('shop').bytes).toEqual(decode('shop').bytes);
    expect(decode('shop').bytes).not.toEqual(decode('shop', { seed: 2 }).bytes);
  });
});

it('deep-trace is one trace with one root and a long chain', () => {
  const { spans } = decode('deep-trace', { spans: 10_000 });
  expect(spans.length).toBe(10_000);
  expect(new Set(spans.map((span) => span.trace_id)).size).toBe(1);
  expect(spans.filter((span) => span.parent_span_id === '').length).toBe(1);
  const byId = new Map(spans.map((span) => [span.span_id, span]));
  let depth = 0;
  for (let span = spans.at(-1); span !== undefined; span = byId.get(span.parent_span_id)) depth++;
  expect(depth).toBeGreaterThan(150);
});

it('wide gives every span a name of its own', () => {
  const { spans } = decode('wide');
  expect(new Set(spans.map((span) => span.name)).size).toBe(spans.length);
});

it('huge-lines reaches a megabyte', () => {
  const lengths = decode('huge-lines', { logs: 32 }).logs.map((log) => log.body.string_value.length);
  expect(Math.max(...lengths)).toBeGreaterThanOrEqual(1_000_000);
  expect(Math.min(...lengths)).toBeLessThan(3_000);
});
