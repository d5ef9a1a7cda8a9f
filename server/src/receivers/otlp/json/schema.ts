import type { Signal } from '@hanok/contract';

/** How a JSON value becomes a protobuf field (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). */
export type Scalar =
  | 'string'
  | 'hex'
  | 'base64'
  | 'bool'
  | 'enum'
  | 'uint32'
  | 'sint32'
  | 'fixed32'
  | 'int64'
  | 'uint64'
  | 'fixed64'
  | 'sfixed64'
  | 'double';

export interface Field {
  readonly key: Uint8Array;
  readonly number: number;
  readonly kind: Scalar | 'message';
  readonly repeated: boolean;
  /** Only for message fields. */
  message?: Message;
}

export interface Message {
  readonly name: string;
  /** In the order of the specification, which is the order senders write them in. */
  readonly fields: Field[];
  /** Usually below 128 bytes, so that its length takes one byte. */
  readonly small: boolean;
}

type Shape = Readonly<Record<string, readonly [number: number, type: string]>>;

/**
 * Types: a scalar, or the name of a message; `*` behind it for lists. Messages marked `small` are usually short.
 * From opentelemetry-proto 1.10; keys of the profiles signal are unknown here and ignored.
 */
const SHAPES: Readonly<Record<string, { readonly small?: true; readonly fields: Shape }>> = {
  AnyValue: {
    small: true,
    fields: {
      stringValue: [1, 'string'],
      boolValue: [2, 'bool'],
      intValue: [3, 'int64'],
      doubleValue: [4, 'double'],
      arrayValue: [5, 'ArrayValue'],
      kvlistValue: [6, 'KeyValueList'],
      bytesValue: [7, 'base64'],
    },
  },
  ArrayValue: { small: true, fields: { values: [1, 'AnyValue*'] } },
  KeyValueList: { fields: { values: [1, 'KeyValue*'] } },
  KeyValue: { small: true, fields: { key: [1, 'string'], value: [2, 'AnyValue'] } },
  EntityRef: {
    small: true,
    fields: {
      schemaUrl: [1, 'string'],
      type: [2, 'string'],
      idKeys: [3, 'string*'],
      descriptionKeys: [4, 'string*'],
    },
  },
  Resource: {
    fields: { attributes: [1, 'KeyValue*'], droppedAttributesCount: [2, 'uint32'], entityRefs: [3, 'EntityRef*'] },
  },
  Scope: {
    small: true,
    fields: {
      name: [1, 'string'],
      version: [2, 'string'],
      attributes: [3, 'KeyValue*'],
      droppedAttributesCount: [4, 'uint32'],
    },
  },

  LogsRequest: { fields: { resourceLogs: [1, 'ResourceLogs*'] } },
  ResourceLogs: { fields: { resource: [1, 'Resource'], scopeLogs: [2, 'ScopeLogs*'], schemaUrl: [3, 'string'] } },
  ScopeLogs: { fields: { scope: [1, 'Scope'], logRecords: [2, 'LogRecord*'], schemaUrl: [3, 'string'] } },
  LogRecord: {
    fields: {
      timeUnixNano: [1, 'fixed64'],
      observedTimeUnixNano: [11, 'fixed64'],
      severityNumber: [2, 'enum'],
      severityText: [3, 'string'],
      body: [5, 'AnyValue'],
      attributes: [6, 'KeyValue*'],
      droppedAttributesCount: [7, 'uint32'],
      flags: [8, 'fixed32'],
      traceId: [9, 'hex'],
      spanId: [10, 'hex'],
      eventName: [12, 'string'],
    },
  },

  TracesRequest: { fields: { resourceSpans: [1, 'ResourceSpans*'] } },
  ResourceSpans: { fields: { resource: [1, 'Resource'], scopeSpans: [2, 'ScopeSpans*'], schemaUrl: [3, 'string'] } },
  ScopeSpans: { fields: { scope: [1, 'Scope'], spans: [2, 'Span*'], schemaUrl: [3, 'string'] } },
  Span: {
    fields: {
      traceId: [1, 'hex'],
      spanId: [2, 'hex'],
      traceState: [3, 'string'],
      parentSpanId: [4, 'hex'],
      flags: [16, 'fixed32'],
      name: [5, 'string'],
      kind: [6, 'enum'],
      startTimeUnixNano: [7, 'fixed64'],
      endTimeUnixNano: [8, 'fixed64'],
      attributes: [9, 'KeyValue*'],
      droppedAttributesCount: [10, 'uint32'],
      events: [11, 'Event*'],
      droppedEventsCount: [12, 'uint32'],
      links: [13, 'Link*'],
      droppedLinksCount: [14, 'uint32'],
      status: [15, 'Status'],
    },
  },
  Event: {
    fields: {
      timeUnixNano: [1, 'fixed64'],
      name: [2, 'string'],
      attributes: [3, 'KeyValue*'],
      droppedAttributesCount: [4, 'uint32'],
    },
  },
  Link: {
    small: true,
    fields: {
      traceId: [1, 'hex'],
      spanId: [2, 'hex'],
      traceState: [3, 'string'],
      attributes: [4, 'KeyValue*'],
      droppedAttributesCount: [5, 'uint32'],
      flags: [6, 'fixed32'],
    },
  },
  Status: { small: true, fields: { message: [2, 'string'], code: [3, 'enum'] } },

  MetricsRequest: { fields: { resourceMetrics: [1, 'ResourceMetrics*'] } },
  ResourceMetrics: {
    fields: { resource: [1, 'Resource'], scopeMetrics: [2, 'ScopeMetrics*'], schemaUrl: [3, 'string'] },
  },
  ScopeMetrics: { fields: { scope: [1, 'Scope'], metrics: [2, 'Metric*'], schemaUrl: [3, 'string'] } },
  Metric: {
    fields: {
      name: [1, 'string'],
      description: [2, 'string'],
      unit: [3, 'string'],
      gauge: [5, 'Gauge'],
      sum: [7, 'Sum'],
      histogram: [9, 'Histogram'],
      exponentialHistogram: [10, 'ExponentialHistogram'],
      summary: [11, 'Summary'],
      metadata: [12, 'KeyValue*'],
    },
  },
  Gauge: { fields: { dataPoints: [1, 'NumberDataPoint*'] } },
  Sum: {
    fields: { dataPoints: [1, 'NumberDataPoint*'], aggregationTemporality: [2, 'enum'], isMonotonic: [3, 'bool'] },
  },
  Histogram: { fields: { dataPoints: [1, 'HistogramDataPoint*'], aggregationTemporality: [2, 'enum'] } },
  ExponentialHistogram: {
    fields: { dataPoints: [1, 'ExponentialHistogramDataPoint*'], aggregationTemporality: [2, 'enum'] },
  },
  Summary: { fields: { dataPoints: [1, 'SummaryDataPoint*'] } },
  NumberDataPoint: {
    fields: {
      attributes: [7, 'KeyValue*'],
      startTimeUnixNano: [2, 'fixed64'],
      timeUnixNano: [3, 'fixed64'],
      asDouble: [4, 'double'],
      asInt: [6, 'sfixed64'],
      exemplars: [5, 'Exemplar*'],
      flags: [8, 'uint32'],
    },
  },
  HistogramDataPoint: {
    fields: {
      attributes: [9, 'KeyValue*'],
      startTimeUnixNano: [2, 'fixed64'],
      timeUnixNano: [3, 'fixed64'],
      count: [4, 'fixed64'],
      sum: [5, 'double'],
      bucketCounts: [6, 'fixed64*'],
      explicitBounds: [7, 'double*'],
      exemplars: [8, 'Exemplar*'],
      flags: [10, 'uint32'],
      min: [11, 'double'],
      max: [12, 'double'],
    },
  },
  ExponentialHistogramDataPoint: {
    fields: {
      attributes: [1, 'KeyValue*'],
      startTimeUnixNano: [2, 'fixed64'],
      timeUnixNano: [3, 'fixed64'],
      count: [4, 'fixed64'],
      sum: [5, 'double'],
      scale: [6, 'sint32'],
      zeroCount: [7, 'fixed64'],
      positive: [8, 'Buckets'],
      negative: [9, 'Buckets'],
      flags: [10, 'uint32'],
      exemplars: [11, 'Exemplar*'],
      min: [12, 'double'],
      max: [13, 'double'],
      zeroThreshold: [14, 'double'],
    },
  },
  Buckets: { fields: { offset: [1, 'sint32'], bucketCounts: [2, 'uint64*'] } },
  SummaryDataPoint: {
    fields: {
      attributes: [7, 'KeyValue*'],
      startTimeUnixNano: [2, 'fixed64'],
      timeUnixNano: [3, 'fixed64'],
      count: [4, 'fixed64'],
      sum: [5, 'double'],
      quantileValues: [6, 'ValueAtQuantile*'],
      flags: [8, 'uint32'],
    },
  },
  ValueAtQuantile: { small: true, fields: { quantile: [1, 'double'], value: [2, 'double'] } },
  Exemplar: {
    small: true,
    fields: {
      filteredAttributes: [7, 'KeyValue*'],
      timeUnixNano: [2, 'fixed64'],
      asDouble: [3, 'double'],
      asInt: [6, 'sfixed64'],
      spanId: [4, 'hex'],
      traceId: [5, 'hex'],
    },
  },
};

const SCALARS: ReadonlySet<string> = new Set<Scalar>([
  'string',
  'hex',
  'base64',
  'bool',
  'enum',
  'uint32',
  'sint32',
  'fixed32',
  'int64',
  'uint64',
  'fixed64',
  'sfixed64',
  'double',
]);
const isScalar = (type: string): type is Scalar => SCALARS.has(type);

function build(): ReadonlyMap<string, Message> {
  const messages = new Map<string, Message>();
  for (const [name, { small }] of Object.entries(SHAPES))
    messages.set(name, { name, fields: [], small: small === true });
  for (const [name, shape] of Object.entries(SHAPES))
    for (const [key, [number, written]] of Object.entries(shape.fields)) {
      const repeated = written.endsWith('*');
      const type = repeated ? written.slice(0, -1) : written;
      const message = messages.get(type);
      const field: Field = {
        key: new TextEncoder().encode(key),
        number,
        kind: isScalar(type) ? type : 'message',
        repeated,
        ...(message ? { message } : {}),
      };
      messages.get(name)!.fields.push(field);
    }
  return messages;
}

const messages = build();

export const REQUESTS: Readonly<Record<Signal, Message>> = {
  logs: messages.get('LogsRequest')!,
  traces: messages.get('TracesRequest')!,
  metrics: messages.get('MetricsRequest')!,
};
