import { type Batch, LAYOUTS, MARK_BITS, type NativeValue, readRows, type TableName } from '#base';

/**
 * Puts the records of a batch together again from its rows, as one would to answer a query: the test of "every field
 * stored and returned". Values are in the form protobufjs gives (see `flatten.ts`), attributes as lists of pairs.
 */

export type Row = Record<string, NativeValue>;
export type Flat = Record<string, unknown>;

export function rowsOf(batch: Batch | null): Record<TableName, Row[]> {
  const rows = Object.fromEntries(Object.keys(LAYOUTS).map((table) => [table, [] as Row[]])) as Record<
    TableName,
    Row[]
  >;
  for (const block of batch?.blocks ?? []) rows[block.table].push(...readRows(block.bytes));
  return rows;
}

/** A nested value as stored, in tagged form. `JSON.parse` alone could not tell 1.0 from 1. */
function nested(value: unknown): unknown {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(nested) } };
  const object = value as Record<string, unknown>;
  if ('number' in object) {
    const source = String(object['number']);
    return /[.e]/.test(source) ? { doubleValue: Number(source) } : { intValue: source };
  }
  if ('int' in object) return { intValue: object['int'] };
  if ('double' in object) return { doubleValue: Number(object['double']) };
  if ('bytes' in object) return { bytesValue: object['bytes'] };
  const list = object['kv'] as [string, unknown][];
  return { kvlistValue: { values: list.map(([key, inner]) => ({ key, value: nested(inner) })) } };
}

function parse(text: string): unknown {
  const reviver = (_key: string, value: unknown, context: { source?: string }) =>
    typeof value === 'number' ? { number: context.source } : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}

export function tagged(letter: string, text: string): unknown {
  switch (letter) {
    case 's':
      return { stringValue: text };
    case 'b':
      return { boolValue: text === 'true' };
    case 'i':
      return { intValue: text };
    case 'd':
      return { doubleValue: Number(text) };
    case 'y':
      return { bytesValue: text };
    case 'n':
      return {};
    default:
      return nested(parse(text));
  }
}

function attributes(row: Row): unknown[] {
  const types = String(row['attribute_types']);
  return (row['attributes'] as [string, string][]).map(([key, text], i) => ({
    key,
    value: tagged(types === '' ? 's' : types[i]!, text),
  }));
}

function pairList(text: string): unknown[] {
  if (text === '') return [];
  return (parse(text) as [string, unknown][]).map(([key, value]) => ({ key, value: nested(value) }));
}

const hex = (value: NativeValue | undefined) => {
  const text = Buffer.from(value as Uint8Array).toString('hex');
  return /^0+$/.test(text) ? '' : text;
};

function byId(rows: readonly Row[], id: string): Map<unknown, Row> {
  return new Map(rows.map((row) => [row[id], row]));
}

function surroundings(rows: Record<TableName, Row[]>): (row: Row) => Flat {
  const resources = byId(rows.resources, 'resource_id');
  const scopes = byId(rows.scopes, 'scope_id');
  return (row) => {
    const resource = resources.get(row['resource_id'])!;
    const scope = scopes.get(row['scope_id']);
    return {
      resource: {
        attributes: attributes(resource),
        dropped: resource['dropped_attributes_count'],
        schemaUrl: resource['schema_url'],
        entityRefs: resource['entity_refs'] === '' ? [] : JSON.parse(String(resource['entity_refs'])),
      },
      scope: scope
        ? {
            name: scope['name'],
            version: scope['version'],
            attributes: attributes(scope),
            dropped: scope['dropped_attributes_count'],
            schemaUrl: scope['schema_url'],
          }
        : null,
    };
  };
}

/** The time that was sent: 0 when none was. */
function sent(row: Row): bigint {
  const marks = Number(row['marks']);
  if ((marks & MARK_BITS['time-placed']) !== 0) return row['original_time'] as bigint;
  return (marks & MARK_BITS['time-missing']) !== 0 ? 0n : (row['timestamp'] as bigint);
}

const unsigned = (value: NativeValue | undefined) => BigInt.asUintN(64, value as bigint);

export function rebuildLogs(batch: Batch | null): Flat[] {
  const rows = rowsOf(batch);
  const around = surroundings(rows);
  return rows.logs.map((row) => ({
    ...around(row),
    time: sent(row),
    observed: unsigned((row['timestamp'] as bigint) + (row['observed_delay'] as bigint)),
    severityNumber: row['severity_number'],
    severityText: row['severity_text'],
    severityOriginal: row['severity_original'],
    body: tagged(String.fromCharCode(Number(row['body_type'])), String(row['body'])),
    attributes: attributes(row),
    dropped: row['dropped_attributes_count'],
    flags: row['flags'],
    traceId: hex(row['trace_id']),
    spanId: hex(row['span_id']),
    eventName: row['event_name'],
  }));
}

export function rebuildSpans(batch: Batch | null): Flat[] {
  const rows = rowsOf(batch);
  const around = surroundings(rows);
  const list = (row: Row, column: string) => row[column] as readonly NativeValue[];
  return rows.spans.map((row) => {
    const original = row['original_time'] as bigint;
    const from = original === 0n ? (row['timestamp'] as bigint) : original;
    return {
      ...around(row),
      traceId: hex(row['trace_id']),
      spanId: hex(row['span_id']),
      parentSpanId: hex(row['parent_span_id']),
      traceState: row['trace_state'],
      flags: row['flags'],
      name: row['name'],
      kind: row['kind'],
      start: sent(row),
      end: BigInt.asUintN(64, from + (row['duration'] as bigint)),
      attributes: attributes(row),
      dropped: row['dropped_attributes_count'],
      events: list(row, 'event_times').map((time, i) => ({
        time,
        name: list(row, 'event_names')[i],
        attributes: pairList(String(list(row, 'event_attributes')[i])),
        dropped: list(row, 'event_dropped_counts')[i],
      })),
      droppedEvents: row['dropped_events_count'],
      links: list(row, 'link_trace_ids').map((traceId, i) => ({
        traceId: hex(traceId),
        spanId: hex(list(row, 'link_span_ids')[i]),
        traceState: list(row, 'link_trace_states')[i],
        flags: list(row, 'link_flags')[i],
        attributes: pairList(String(list(row, 'link_attributes')[i])),
        dropped: list(row, 'link_dropped_counts')[i],
      })),
      droppedLinks: row['dropped_links_count'],
      statusCode: row['status_code'],
      statusMessage: row['status_message'],
    };
  });
}

function numberOf(row: Row): unknown {
  switch (row['number_type']) {
    case 0:
      return { asDouble: row['value'] };
    case 1:
      return { asInt: String(row['value']).replace(/^-0$/, '0') };
    case 2:
      return { asInt: String(row['int_value']) };
    default:
      return {};
  }
}

export function rebuildPoints(batch: Batch | null): Flat[] {
  const rows = rowsOf(batch);
  const around = surroundings(rows);
  const series = byId(rows.series, 'series_id');
  // Exemplars lie in the order of their points.
  const waiting = new Map<string, Row[]>();
  for (const row of rows.exemplars) {
    const key = `${row['series_id']} ${row['point_time']}`;
    waiting.set(key, [...(waiting.get(key) ?? []), row]);
  }
  const common = (row: Row): Flat => {
    const of = series.get(row['series_id'])!;
    const original = row['original_time'] as bigint;
    const key = `${row['series_id']} ${original === 0n ? row['timestamp'] : original}`;
    return {
      ...around(of),
      name: of['metric'],
      type: of['type'],
      unit: of['unit'],
      description: of['description'],
      temporality: of['temporality'],
      monotonic: of['monotonic'],
      metadata: pairList(String(of['metadata'])),
      attributes: attributes(of),
      time: sent(row),
      start: row['start_time'],
      flags: row['flags'],
      exemplarKey: key,
    };
  };
  const points = [
    ...rows.samples.map((row): Flat => ({ ...common(row), value: numberOf(row) })),
    ...rows.histograms.map((row): Flat => {
      const present = Number(row['present']);
      const base = { ...common(row), count: row['count'], sum: (present & 1) !== 0 ? row['sum'] : null };
      const ends = { min: (present & 2) !== 0 ? row['min'] : null, max: (present & 4) !== 0 ? row['max'] : null };
      if (row['kind'] === 1) return { ...base, ...ends, bucketCounts: row['counts'], explicitBounds: row['bounds'] };
      if (row['kind'] === 3) return { ...base, quantiles: row['bounds'], values: row['values'] };
      return {
        ...base,
        ...ends,
        scale: row['scale'],
        zeroCount: row['zero_count'],
        zeroThreshold: row['zero_threshold'],
        positive: { offset: row['positive_offset'], counts: row['positive_counts'] },
        negative: { offset: row['negative_offset'], counts: row['negative_counts'] },
      };
    }),
  ];
  return points.map((point) => ({
    ...point,
    // Two points of one series at one time cannot be told apart by their exemplars; the first one gets all.
    exemplars: (waiting.get(String(point['exemplarKey'])) ?? []).map((row) => ({
      attributes: attributes(row),
      time: (row['original_time'] as bigint) === 0n ? row['timestamp'] : row['original_time'],
      value: numberOf(row),
      traceId: hex(row['trace_id']),
      spanId: hex(row['span_id']),
    })),
  }));
}
