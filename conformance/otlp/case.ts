import type { Signal } from '@hanok/contract';

/** The form of `case.json`; README.md tells it in words. */
export interface Sent {
  readonly title: string;
  readonly signal: Signal;
  /** A request in the OTLP JSON encoding, 64-bit integers as strings. */
  readonly send: object;
  /** Default both. */
  readonly encodings?: readonly ('json' | 'protobuf')[];
  /** Default 0. */
  readonly rejected?: number;
  /** Expression that the partial success message must match; default: it is empty. */
  readonly message?: string;
  readonly read: readonly {
    readonly call: readonly [method: string, path: string];
    /** Besides the case's own range of time. */
    readonly input?: object;
    /** Only what is named here is looked at in the answer; `$absent` stands for a member that is not there. */
    readonly expect: unknown;
  }[];
}

/** `$now` and `$now+5` (nanoseconds) become times of the case's own hour; `{"$repeat": ["x", 3]}` a long text. */
export function expand(value: unknown, base: bigint): unknown {
  if (typeof value === 'string')
    return value.replace(/\$now(?:([+-])(\d+))?/g, (_, sign: string | undefined, nanos: string | undefined) =>
      String(base + 5_000_000_000n + (sign === '-' ? -1n : 1n) * BigInt(nanos ?? 0)),
    );
  if (Array.isArray(value)) return value.map((one) => expand(one, base));
  if (typeof value !== 'object' || value === null) return value;
  const repeat: unknown = '$repeat' in value ? value.$repeat : undefined;
  if (Array.isArray(repeat)) return String(repeat[0]).repeat(Number(repeat[1]));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, expand(one, base)]));
}

const IDS: ReadonlySet<string> = new Set(['traceId', 'spanId', 'parentSpanId']);

/** As protobufjs wants it: ids and bytes as bytes. */
export function withBytes(value: unknown, key = ''): unknown {
  if (typeof value === 'string' && IDS.has(key)) return Uint8Array.from(Buffer.from(value, 'hex'));
  if (typeof value === 'string' && key === 'bytesValue') return Uint8Array.from(Buffer.from(value, 'base64'));
  if (Array.isArray(value)) return value.map((one) => withBytes(one, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withBytes(one, name)]));
}

/** What of `found` the expectation names, at any depth. Lists are compared whole, their members by what is named. */
export function pick(found: unknown, expected: unknown): unknown {
  if (found === undefined) return '$absent';
  if (Array.isArray(expected) && Array.isArray(found)) return found.map((one, i) => pick(one, expected[i]));
  if (!isObject(expected) || !isObject(found)) return found;
  return Object.fromEntries(Object.entries(expected).map(([key, one]) => [key, pick(found[key], one)]));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
