import { type Fragment, name, sql } from '#store';
import type { Row } from '../rows.ts';
import { bigOf, numberOf, numbersOf, textOf, textsOf } from '../rows.ts';
import type { Pairs } from './attributes.ts';

/** A log as the store keeps it, column by column; ids are hex digits, empty when absent. */
export interface LogRecord {
  readonly signal: 'logs';
  readonly tenant: string;
  readonly timestamp: bigint;
  readonly observedTimestamp: bigint;
  readonly originalTime: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly severityOriginal: string;
  readonly serviceName: string;
  readonly environment: string;
  readonly hostName: string;
  readonly resourceId: string;
  readonly scopeId: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
  readonly eventName: string;
  readonly body: string;
  readonly bodyType: string;
  readonly attributes: Pairs;
  readonly droppedAttributesCount: number;
  readonly marks: number;
}

export interface SpanRecord {
  readonly signal: 'traces';
  readonly tenant: string;
  readonly timestamp: bigint;
  readonly originalTime: bigint;
  /** End minus start, however they were sent: negative when there was no end or it lies before the start. */
  readonly duration: bigint;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: number;
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly serviceName: string;
  readonly environment: string;
  readonly hostName: string;
  readonly resourceId: string;
  readonly scopeId: string;
  readonly attributes: Pairs;
  readonly droppedAttributesCount: number;
  readonly eventTimes: readonly string[];
  readonly eventNames: readonly string[];
  /** JSON, `[[key, AnyValue], …]`. */
  readonly eventAttributes: readonly string[];
  readonly eventDroppedCounts: readonly number[];
  readonly droppedEventsCount: number;
  readonly linkTraceIds: readonly string[];
  readonly linkSpanIds: readonly string[];
  readonly linkTraceStates: readonly string[];
  readonly linkFlags: readonly number[];
  readonly linkAttributes: readonly string[];
  readonly linkDroppedCounts: readonly number[];
  readonly droppedLinksCount: number;
  readonly marks: number;
}

/** The duration that answers and queries know, as `greatest(duration, 0)` in the store. */
export const durationOf = ({ duration }: SpanRecord): bigint => (duration < 0n ? 0n : duration);

const nanos = (column: string): Fragment => sql`toUnixTimestamp64Nano(${name(column)})`;
const hex = (column: string): Fragment => sql`lower(hex(${name(column)}))`;
const hexes = (column: string): Fragment => sql`arrayMap(x -> lower(hex(x)), ${name(column)})`;
const plain = (columns: readonly string[]): Record<string, Fragment> =>
  Object.fromEntries(columns.map((column) => [`c_${column}`, name(column)]));

/** Aliases differ from the columns' names, so that they cannot stand for them in WHERE. */
const PAIRS = {
  c_keys: sql`mapKeys(attributes)`,
  c_values: sql`mapValues(attributes)`,
  c_attribute_types: name('attribute_types'),
};

export const LOG_COLUMNS: Readonly<Record<string, Fragment>> = {
  c_timestamp: nanos('timestamp'),
  c_observed_timestamp: sql`toUnixTimestamp64Nano(timestamp) + observed_delay`,
  c_trace_id: hex('trace_id'),
  c_span_id: hex('span_id'),
  ...PAIRS,
  ...plain([
    'tenant',
    'original_time',
    'severity_number',
    'severity_text',
    'severity_original',
    'service_name',
    'environment',
    'host_name',
    'resource_id',
    'scope_id',
    'flags',
    'event_name',
    'body',
    'body_type',
    'dropped_attributes_count',
    'marks',
  ]),
};

/** What a list of spans shows. */
export const SPAN_ROW_COLUMNS: Readonly<Record<string, Fragment>> = {
  c_timestamp: nanos('timestamp'),
  c_trace_id: hex('trace_id'),
  c_span_id: hex('span_id'),
  c_parent_span_id: hex('parent_span_id'),
  ...PAIRS,
  ...plain(['duration', 'name', 'kind', 'status_code', 'service_name', 'environment', 'host_name']),
};

export const SPAN_COLUMNS: Readonly<Record<string, Fragment>> = {
  ...SPAN_ROW_COLUMNS,
  c_link_trace_ids: hexes('link_trace_ids'),
  c_link_span_ids: hexes('link_span_ids'),
  ...plain([
    'tenant',
    'original_time',
    'trace_state',
    'flags',
    'status_message',
    'resource_id',
    'scope_id',
    'dropped_attributes_count',
    'event_times',
    'event_names',
    'event_attributes',
    'event_dropped_counts',
    'dropped_events_count',
    'link_trace_states',
    'link_flags',
    'link_attributes',
    'link_dropped_counts',
    'dropped_links_count',
    'marks',
  ]),
};

const absentId = (text: string): string => (/^0*$/.test(text) ? '' : text);

export function pairsOf(row: Row): Pairs {
  return { keys: textsOf(row['c_keys']), values: textsOf(row['c_values']), types: textOf(row['c_attribute_types']) };
}

export function logFromRow(row: Row): LogRecord {
  return {
    signal: 'logs',
    tenant: textOf(row['c_tenant']),
    timestamp: bigOf(row['c_timestamp']),
    observedTimestamp: bigOf(row['c_observed_timestamp']),
    originalTime: bigOf(row['c_original_time']),
    severityNumber: numberOf(row['c_severity_number']),
    severityText: textOf(row['c_severity_text']),
    severityOriginal: textOf(row['c_severity_original']),
    serviceName: textOf(row['c_service_name']),
    environment: textOf(row['c_environment']),
    hostName: textOf(row['c_host_name']),
    resourceId: textOf(row['c_resource_id']),
    scopeId: textOf(row['c_scope_id']),
    traceId: absentId(textOf(row['c_trace_id'])),
    spanId: absentId(textOf(row['c_span_id'])),
    flags: numberOf(row['c_flags']),
    eventName: textOf(row['c_event_name']),
    body: textOf(row['c_body']),
    bodyType: String.fromCharCode(numberOf(row['c_body_type'])),
    attributes: pairsOf(row),
    droppedAttributesCount: numberOf(row['c_dropped_attributes_count']),
    marks: numberOf(row['c_marks']),
  };
}

/** From a row of `SPAN_COLUMNS`, or of `SPAN_ROW_COLUMNS`: then what a list does not show is empty. */
export function spanFromRow(row: Row): SpanRecord {
  return {
    signal: 'traces',
    tenant: textOf(row['c_tenant']),
    timestamp: bigOf(row['c_timestamp']),
    originalTime: bigOf(row['c_original_time']),
    duration: bigOf(row['c_duration']),
    traceId: absentId(textOf(row['c_trace_id'])),
    spanId: absentId(textOf(row['c_span_id'])),
    parentSpanId: absentId(textOf(row['c_parent_span_id'])),
    traceState: textOf(row['c_trace_state']),
    flags: numberOf(row['c_flags']),
    name: textOf(row['c_name']),
    kind: numberOf(row['c_kind']),
    statusCode: numberOf(row['c_status_code']),
    statusMessage: textOf(row['c_status_message']),
    serviceName: textOf(row['c_service_name']),
    environment: textOf(row['c_environment']),
    hostName: textOf(row['c_host_name']),
    resourceId: textOf(row['c_resource_id']),
    scopeId: textOf(row['c_scope_id']),
    attributes: pairsOf(row),
    droppedAttributesCount: numberOf(row['c_dropped_attributes_count']),
    eventTimes: textsOf(row['c_event_times']),
    eventNames: textsOf(row['c_event_names']),
    eventAttributes: textsOf(row['c_event_attributes']),
    eventDroppedCounts: numbersOf(row['c_event_dropped_counts']),
    droppedEventsCount: numberOf(row['c_dropped_events_count']),
    linkTraceIds: textsOf(row['c_link_trace_ids']),
    linkSpanIds: textsOf(row['c_link_span_ids']),
    linkTraceStates: textsOf(row['c_link_trace_states']),
    linkFlags: numbersOf(row['c_link_flags']),
    linkAttributes: textsOf(row['c_link_attributes']),
    linkDroppedCounts: numbersOf(row['c_link_dropped_counts']),
    droppedLinksCount: numberOf(row['c_dropped_links_count']),
    marks: numberOf(row['c_marks']),
  };
}
