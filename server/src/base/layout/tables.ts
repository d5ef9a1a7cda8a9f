import { layout } from './column.ts';

/*
 * How values are kept.
 *
 * Attributes: `attributes` holds every pair in the order sent, values as text; `attribute_types` holds one letter
 * per pair so that each value comes back as it was sent, and is empty when all are strings (the usual case):
 *   s string · b bool ("true"/"false") · i int64 (decimal) · d double (shortest form, NaN, Infinity, -Infinity)
 *   y bytes (base64) · a array, m map (both as JSON text of contract `AnyValue`) · n no value
 *
 * Times: `timestamp` is where the record is filed. It is the sender's own time unless that was absent or further
 * than the accepted window from the time of arrival; then it is the time of arrival, `marks` says so and
 * `original_time` has the sender's nanoseconds (0 when nothing was changed).
 *
 * Ids: `resource_id` and `scope_id` are the first 8 bytes, little-endian, of a 128-bit hash over the tenant and the
 * canonical bytes of the resource or scope; the rows in `resources` and `scopes` have the rest.
 *
 * `trace_id` and `span_id` are raw bytes, all zero when absent.
 */

export const LOGS = layout('logs', 2, {
  tenant: 'LowCardinality(String)',
  timestamp: 'DateTime64(9)',
  observed_delay: 'Int64', // observed time - timestamp in nanoseconds, modulo 2^64, so that the time comes back exactly
  original_time: 'UInt64',
  severity_number: 'UInt8',
  severity_text: 'LowCardinality(String)', // trace debug info warn error fatal unspecified
  severity_original: 'LowCardinality(String)', // the text as sent, empty when none was (in older rows also when it equals severity_text)
  service_name: 'LowCardinality(String)',
  environment: 'LowCardinality(String)',
  host_name: 'LowCardinality(String)',
  resource_id: 'UInt64',
  scope_id: 'UInt64', // 0: no scope
  trace_id: 'FixedString(16)',
  span_id: 'FixedString(8)',
  flags: 'UInt32',
  event_name: 'LowCardinality(String)',
  body: 'String', // text of the body; JSON text for arrays and maps
  body_type: 'UInt8', // char code of the letter above; 115 ('s') for strings
  attributes: 'Map(LowCardinality(String), String)',
  attribute_types: 'String',
  dropped_attributes_count: 'UInt32',
  marks: 'UInt16',
  retention_days: 'UInt16',
});

export const SPANS = layout('spans', 1, {
  tenant: 'LowCardinality(String)',
  timestamp: 'DateTime64(9)', // start
  original_time: 'UInt64',
  duration: 'Int64', // end - start in nanoseconds, modulo 2^64, so that the end comes back exactly
  trace_id: 'FixedString(16)',
  span_id: 'FixedString(8)',
  parent_span_id: 'FixedString(8)',
  trace_state: 'String',
  flags: 'UInt32',
  name: 'LowCardinality(String)',
  kind: 'UInt8', // 0 unspecified 1 internal 2 server 3 client 4 producer 5 consumer
  status_code: 'UInt8', // 0 unset 1 ok 2 error
  status_message: 'String',
  service_name: 'LowCardinality(String)',
  environment: 'LowCardinality(String)',
  host_name: 'LowCardinality(String)',
  resource_id: 'UInt64',
  scope_id: 'UInt64',
  attributes: 'Map(LowCardinality(String), String)',
  attribute_types: 'String',
  dropped_attributes_count: 'UInt32',
  event_times: 'Array(UInt64)',
  event_names: 'Array(LowCardinality(String))',
  event_attributes: 'Array(String)', // JSON text: [[key, AnyValue], …]
  event_dropped_counts: 'Array(UInt32)',
  dropped_events_count: 'UInt32',
  link_trace_ids: 'Array(FixedString(16))',
  link_span_ids: 'Array(FixedString(8))',
  link_trace_states: 'Array(String)',
  link_flags: 'Array(UInt32)',
  link_attributes: 'Array(String)',
  link_dropped_counts: 'Array(UInt32)',
  dropped_links_count: 'UInt32',
  marks: 'UInt16',
  retention_days: 'UInt16',
});

/** One row per series and day. `series_id` hashes tenant, metric name, type, unit, temporality, attributes, resource, scope. */
export const SERIES = layout('series', 1, {
  tenant: 'LowCardinality(String)',
  day: 'Date',
  metric: 'LowCardinality(String)',
  series_id: 'UInt64',
  type: 'LowCardinality(String)', // gauge sum histogram exponential_histogram summary
  temporality: 'UInt8', // 0 unspecified 1 delta 2 cumulative
  monotonic: 'UInt8',
  unit: 'LowCardinality(String)',
  description: 'String',
  service_name: 'LowCardinality(String)',
  environment: 'LowCardinality(String)',
  host_name: 'LowCardinality(String)',
  resource_id: 'UInt64',
  scope_id: 'UInt64',
  attributes: 'Map(LowCardinality(String), String)',
  attribute_types: 'String',
  metadata: 'String', // Metric.metadata, JSON text: [[key, AnyValue], …], empty when none
  retention_days: 'UInt16',
});

/** Gauge and sum points. */
export const SAMPLES = layout('samples', 1, {
  tenant: 'LowCardinality(String)',
  metric: 'LowCardinality(String)',
  series_id: 'UInt64',
  timestamp: 'DateTime64(9)',
  start_time: 'UInt64', // nanoseconds, 0 when not sent
  original_time: 'UInt64',
  value: 'Float64',
  int_value: 'Int64', // set only when the point was an integer beyond ±2^53; see `number_type`
  number_type: 'UInt8', // 0 double 1 integer 2 integer, exact in int_value 3 no value recorded
  flags: 'UInt32',
  marks: 'UInt16',
  retention_days: 'UInt16',
});

/** Histogram, exponential histogram and summary points; fields of the other kinds are empty. */
export const HISTOGRAMS = layout('histograms', 1, {
  tenant: 'LowCardinality(String)',
  metric: 'LowCardinality(String)',
  series_id: 'UInt64',
  timestamp: 'DateTime64(9)',
  start_time: 'UInt64',
  original_time: 'UInt64',
  kind: 'UInt8', // 1 histogram 2 exponential 3 summary
  count: 'UInt64',
  sum: 'Float64',
  min: 'Float64',
  max: 'Float64',
  present: 'UInt8', // bit 0 sum, bit 1 min, bit 2 max were sent
  bounds: 'Array(Float64)', // explicit bounds; quantiles of a summary
  counts: 'Array(UInt64)', // bucket counts
  values: 'Array(Float64)', // values of a summary
  scale: 'Int32',
  zero_count: 'UInt64',
  zero_threshold: 'Float64',
  positive_offset: 'Int32',
  positive_counts: 'Array(UInt64)',
  negative_offset: 'Int32',
  negative_counts: 'Array(UInt64)',
  flags: 'UInt32',
  marks: 'UInt16',
  retention_days: 'UInt16',
});

export const EXEMPLARS = layout('exemplars', 1, {
  tenant: 'LowCardinality(String)',
  metric: 'LowCardinality(String)',
  series_id: 'UInt64',
  timestamp: 'DateTime64(9)',
  original_time: 'UInt64',
  /** Time of the point it came with, so that the point can be given back whole. */
  point_time: 'UInt64',
  value: 'Float64',
  int_value: 'Int64',
  number_type: 'UInt8',
  trace_id: 'FixedString(16)',
  span_id: 'FixedString(8)',
  attributes: 'Map(LowCardinality(String), String)',
  attribute_types: 'String',
  retention_days: 'UInt16',
});

/** One row per resource and day. */
export const RESOURCES = layout('resources', 1, {
  tenant: 'LowCardinality(String)',
  day: 'Date',
  resource_id: 'UInt64',
  service_name: 'LowCardinality(String)',
  environment: 'LowCardinality(String)',
  host_name: 'LowCardinality(String)',
  attributes: 'Map(LowCardinality(String), String)',
  attribute_types: 'String',
  dropped_attributes_count: 'UInt32',
  schema_url: 'String',
  entity_refs: 'String', // JSON text of contract `entityRef[]`, empty when none
  marks: 'UInt16',
  retention_days: 'UInt16',
});

export const SCOPES = layout('scopes', 1, {
  tenant: 'LowCardinality(String)',
  day: 'Date',
  scope_id: 'UInt64',
  name: 'String',
  version: 'String',
  attributes: 'Map(LowCardinality(String), String)',
  attribute_types: 'String',
  dropped_attributes_count: 'UInt32',
  schema_url: 'String',
  retention_days: 'UInt16',
});

/**
 * Attribute keys with about how often they came, and a sample of their values, for completion. Rows with `value = ''`
 * are the key's own count; the pipeline tells it at once for a new key, later now and then.
 */
export const FIELDS = layout('fields', 1, {
  tenant: 'LowCardinality(String)',
  day: 'Date',
  signal: 'LowCardinality(String)', // logs traces metrics
  source: 'LowCardinality(String)', // attribute resource scope
  key: 'LowCardinality(String)',
  type: 'LowCardinality(String)', // the letter above
  value: 'String',
  count: 'UInt64',
  retention_days: 'UInt16',
});

export const LAYOUTS = {
  logs: LOGS,
  spans: SPANS,
  series: SERIES,
  samples: SAMPLES,
  histograms: HISTOGRAMS,
  exemplars: EXEMPLARS,
  resources: RESOURCES,
  scopes: SCOPES,
  fields: FIELDS,
} as const;

export type TableName = keyof typeof LAYOUTS;
/** The number a table has in the journal's block directory; never reused. */
export const TABLE_NUMBERS: Readonly<Record<TableName, number>> = {
  logs: 1,
  spans: 2,
  series: 3,
  samples: 4,
  histograms: 5,
  exemplars: 6,
  resources: 7,
  scopes: 8,
  fields: 9,
};
