import type { Signal } from '@hanok/contract';
import { MESSAGES } from '../proto/otlp.generated.ts';

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

/** Usually below 128 bytes. */
const SMALL: ReadonlySet<keyof typeof MESSAGES> = new Set([
  'AnyValue',
  'ArrayValue',
  'KeyValue',
  'EntityRef',
  'InstrumentationScope',
  'Link',
  'Status',
  'ValueAtQuantile',
  'Exemplar',
] as const);

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
  const names = Object.keys(MESSAGES) as (keyof typeof MESSAGES)[];
  const messages = new Map<string, Message>(names.map((name) => [name, { name, fields: [], small: SMALL.has(name) }]));
  for (const name of names) {
    const fields: Readonly<Record<string, readonly [number: number, type: string]>> = MESSAGES[name];
    for (const [key, [number, written]] of Object.entries(fields)) {
      const repeated = written.endsWith('*');
      const type = repeated ? written.slice(0, -1) : written;
      const message = messages.get(type);
      if (!message && !isScalar(type)) throw new Error(`${name}.${key} is a ${type}, which is not known`);
      const field: Field = {
        key: new TextEncoder().encode(key),
        number,
        kind: isScalar(type) ? type : 'message',
        repeated,
        ...(message ? { message } : {}),
      };
      messages.get(name)!.fields.push(field);
    }
  }
  return messages;
}

const messages = build();

export const REQUESTS: Readonly<Record<Signal, Message>> = {
  logs: messages.get('ExportLogsServiceRequest')!,
  traces: messages.get('ExportTraceServiceRequest')!,
  metrics: messages.get('ExportMetricsServiceRequest')!,
};
