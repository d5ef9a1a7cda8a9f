import { join } from 'node:path';
import type { Signal } from '@hanok/contract';
import protobuf from 'protobufjs';

/** protobufjs with the definitions in `proto/`: the judge of what bytes mean. */
const root = new protobuf.Root();
root.resolvePath = (_origin, target) => join(import.meta.dirname, '..', 'proto', target);
root.loadSync(['logs.proto', 'trace.proto', 'metrics.proto']);
root.resolveAll();

export const REQUEST_TYPES: Readonly<Record<Signal, protobuf.Type>> = {
  logs: root.lookupType('opentelemetry.proto.logs.v1.ExportLogsServiceRequest'),
  traces: root.lookupType('opentelemetry.proto.trace.v1.ExportTraceServiceRequest'),
  metrics: root.lookupType('opentelemetry.proto.metrics.v1.ExportMetricsServiceRequest'),
};

export function encode(signal: Signal, message: object): Uint8Array {
  const type = REQUEST_TYPES[signal];
  return type.encode(type.fromObject(message)).finish();
}

/** What protobufjs reads, as plain objects: 64-bit numbers as decimal strings, bytes as they are. */
export function decode(signal: Signal, bytes: Uint8Array): Record<string, unknown> {
  const type = REQUEST_TYPES[signal];
  return type.toObject(type.decode(bytes), { longs: String, bytes: Uint8Array, arrays: true });
}

const IDS = new Set(['traceId', 'spanId', 'parentSpanId']);

/** The same message in the OTLP JSON encoding. `asNumber` decides whether a 64-bit integer is written bare. */
export function json(message: unknown, asNumber: () => boolean): string {
  const write = (value: unknown, key: string): string => {
    if (value instanceof Uint8Array)
      return JSON.stringify(Buffer.from(value).toString(IDS.has(key) ? 'hex' : 'base64'));
    if (Array.isArray(value)) return `[${value.map((item) => write(item, key)).join(',')}]`;
    if (typeof value === 'number')
      return Number.isFinite(value) ? (Object.is(value, -0) ? '-0' : String(value)) : `"${value}"`;
    if (typeof value === 'string' && /^(?:.*UnixNano|intValue|asInt|count|zeroCount|bucketCounts)$/.test(key))
      return asNumber() ? value : `"${value}"`;
    if (typeof value === 'object' && value !== null)
      return `{${Object.entries(value)
        .map(([name, inner]) => `${JSON.stringify(name)}: ${write(inner, name)}`)
        .join(', ')}}`;
    return JSON.stringify(value);
  };
  return write(message, '');
}
