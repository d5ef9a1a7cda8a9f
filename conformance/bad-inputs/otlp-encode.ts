/**
 * OTLP objects, written as in the JSON encoding, to protobuf bytes. A second, independent, slow and simple encoder for
 * tests; field numbers from opentelemetry-proto 1.x. What the tables do not know is left out.
 */
type Kind =
  | 'string'
  | 'hex'
  | 'base64'
  | 'varint'
  | 'fixed64'
  | 'double'
  | 'bool'
  | 'sint32'
  | 'packed64'
  | 'packedDouble'
  | 'packedVarint';
type Field = readonly [number: number, kind: Kind | Message];
type Message = () => Readonly<Record<string, Field>>;

const anyValue: Message = () => ({
  stringValue: [1, 'string'],
  boolValue: [2, 'bool'],
  intValue: [3, 'varint'],
  doubleValue: [4, 'double'],
  arrayValue: [5, () => ({ values: [1, anyValue] })],
  kvlistValue: [6, () => ({ values: [1, keyValue] })],
  bytesValue: [7, 'base64'],
});
const keyValue: Message = () => ({ key: [1, 'string'], value: [2, anyValue] });
const resource: Message = () => ({ attributes: [1, keyValue], droppedAttributesCount: [2, 'varint'] });
const scope: Message = () => ({ name: [1, 'string'], version: [2, 'string'], attributes: [3, keyValue] });
const span: Message = () => ({
  traceId: [1, 'hex'],
  spanId: [2, 'hex'],
  traceState: [3, 'string'],
  parentSpanId: [4, 'hex'],
  name: [5, 'string'],
  kind: [6, 'varint'],
  startTimeUnixNano: [7, 'fixed64'],
  endTimeUnixNano: [8, 'fixed64'],
  attributes: [9, keyValue],
  status: [15, () => ({ message: [2, 'string'], code: [3, 'varint'] })],
});
const logRecord: Message = () => ({
  timeUnixNano: [1, 'fixed64'],
  severityNumber: [2, 'varint'],
  severityText: [3, 'string'],
  body: [5, anyValue],
  attributes: [6, keyValue],
  traceId: [9, 'hex'],
  spanId: [10, 'hex'],
});
const numberPoint: Message = () => ({
  attributes: [7, keyValue],
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  asDouble: [4, 'double'],
  asInt: [6, 'fixed64'],
});
const histogramPoint: Message = () => ({
  attributes: [9, keyValue],
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  count: [4, 'fixed64'],
  sum: [5, 'double'],
  bucketCounts: [6, 'packed64'],
  explicitBounds: [7, 'packedDouble'],
});
const buckets: Message = () => ({ offset: [1, 'sint32'], bucketCounts: [2, 'packedVarint'] });
const exponentialPoint: Message = () => ({
  attributes: [1, keyValue],
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  count: [4, 'fixed64'],
  sum: [5, 'double'],
  scale: [6, 'sint32'],
  zeroCount: [7, 'fixed64'],
  positive: [8, buckets],
  negative: [9, buckets],
});
const metric: Message = () => ({
  name: [1, 'string'],
  description: [2, 'string'],
  unit: [3, 'string'],
  gauge: [5, () => ({ dataPoints: [1, numberPoint] })],
  sum: [7, () => ({ dataPoints: [1, numberPoint], aggregationTemporality: [2, 'varint'], isMonotonic: [3, 'bool'] })],
  histogram: [9, () => ({ dataPoints: [1, histogramPoint], aggregationTemporality: [2, 'varint'] })],
  exponentialHistogram: [10, () => ({ dataPoints: [1, exponentialPoint], aggregationTemporality: [2, 'varint'] })],
});
const request: Message = () => ({
  resourceSpans: [
    1,
    () => ({ resource: [1, resource], scopeSpans: [2, () => ({ scope: [1, scope], spans: [2, span] })] }),
  ],
  resourceLogs: [
    1,
    () => ({ resource: [1, resource], scopeLogs: [2, () => ({ scope: [1, scope], logRecords: [2, logRecord] })] }),
  ],
  resourceMetrics: [
    1,
    () => ({ resource: [1, resource], scopeMetrics: [2, () => ({ scope: [1, scope], metrics: [2, metric] })] }),
  ],
});

export function encodeOtlp(content: object): Buffer {
  return encode(content, request);
}

/** Base-128, least significant group first; two's complement for negative ones. */
export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function encode(content: object, message: Message): Buffer {
  const fields = message();
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(content)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field || value === null) continue;
    const [number, kind] = field;
    const isPacked = typeof kind === 'string' && kind.startsWith('packed');
    for (const one of Array.isArray(value) && !isPacked ? value : [value]) parts.push(encodeField(number, kind, one));
  }
  return Buffer.concat(parts);
}

function encodeField(number: number, kind: Kind | Message, value: unknown): Buffer {
  const tag = (wire: number) => varint(BigInt(number * 8 + wire));
  const block = (bytes: Uint8Array) => Buffer.concat([tag(2), varint(BigInt(bytes.length)), bytes]);
  if (typeof kind === 'function') return block(encode(value as object, kind));
  const list = Array.isArray(value) ? value : [value];
  switch (kind) {
    case 'string':
      return block(Buffer.from(String(value)));
    case 'hex':
      return block(Buffer.from(String(value), 'hex'));
    case 'base64':
      return block(Buffer.from(String(value), 'base64'));
    case 'varint':
      return Buffer.concat([tag(0), varint(BigInt(String(value)))]);
    case 'sint32': {
      const whole = BigInt(String(value));
      return Buffer.concat([tag(0), varint(whole < 0n ? -whole * 2n - 1n : whole * 2n)]);
    }
    case 'bool':
      return Buffer.concat([tag(0), varint(value ? 1n : 0n)]);
    case 'fixed64':
      return Buffer.concat([tag(1), fixed64(value)]);
    case 'double':
      return Buffer.concat([tag(1), double(value)]);
    case 'packed64':
      return block(Buffer.concat(list.map(fixed64)));
    case 'packedDouble':
      return block(Buffer.concat(list.map(double)));
    case 'packedVarint':
      return block(Buffer.concat(list.map((one) => varint(BigInt(String(one))))));
  }
}

function fixed64(value: unknown): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(String(value))));
  return bytes;
}

function double(value: unknown): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(Number(value));
  return bytes;
}
