import type { Signal } from '@hanok/contract';
import protobuf from 'protobufjs';
import { REQUEST_TYPES } from './peer.ts';

/**
 * OTLP/JSON to protobuf a second time, the slow way: JSON.parse decides what is JSON, protobufjs' reflection what the
 * fields are, BigInt what the integers are. The rules are those of FORMAT.md; nothing is shared with `json/`.
 */

/** What is JSON, but no request: the wrong kind of value somewhere. */
export class NotARequest extends Error {
  override readonly name = 'NotARequest';
}

type Node =
  | { readonly kind: 'object'; readonly pairs: readonly (readonly [key: string, value: Node])[] }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  /** `raw`: as it was written, escapes and all. */
  | { readonly kind: 'string'; readonly value: string; readonly raw: string }
  | { readonly kind: 'number' | 'word'; readonly raw: string };

/** Reads text that JSON.parse has accepted: keeps keys sent twice, their order, and numbers as they were written. */
function read(text: string): Node {
  let at = 0;
  const space = () => {
    while (at < text.length && /[ \t\n\r]/.test(text[at]!)) at++;
  };
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const raw = pattern.exec(text)![0];
    at += raw.length;
    return raw;
  };
  const string = () => {
    const raw = take(/"(?:[^"\\]|\\.)*"/suy);
    return { kind: 'string', value: JSON.parse(raw) as string, raw: raw.slice(1, -1) } as const;
  };
  const value = (): Node => {
    space();
    const first = text[at]!;
    if (first === '"') return string();
    if (first === '-' || /\d/.test(first)) return { kind: 'number', raw: take(/[-+.\deE]+/y) };
    if (first !== '{' && first !== '[') return { kind: 'word', raw: take(/[a-z]+/y) };
    const close = first === '{' ? '}' : ']';
    at++;
    const items: Node[] = [];
    const pairs: (readonly [string, Node])[] = [];
    for (space(); text[at] !== close; space()) {
      if (text[at] === ',') {
        at++;
        space();
      }
      if (first === '[') items.push(value());
      else {
        const key = string().value;
        space();
        at++;
        pairs.push([key, value()]);
      }
    }
    at++;
    return first === '[' ? { kind: 'list', items } : { kind: 'object', pairs };
  };
  return value();
}

/** Levels of brackets, a bound from above. */
export function nesting(text: string): number {
  let depth = 0;
  let most = 0;
  for (const char of text) {
    if (char === '{' || char === '[') most = Math.max(most, ++depth);
    else if (char === '}' || char === ']') depth--;
  }
  return most;
}

/** The request as protobuf; throws SyntaxError for what is not JSON, `NotARequest` for JSON that is no request. */
export function toProtobuf(signal: Signal, text: string): Uint8Array {
  JSON.parse(text);
  const writer = protobuf.Writer.create();
  message(writer, REQUEST_TYPES[signal], read(text));
  return writer.finish();
}

/** Fields of the profiles signal. */
const NOT_OURS = /strindex$/i;

function message(writer: protobuf.Writer, type: protobuf.Type, node: Node): void {
  if (node.kind !== 'object') throw new NotARequest(`${type.name} is not an object`);
  for (const [key, value] of node.pairs) {
    const field = type.fields[key];
    if (!field || NOT_OURS.test(key) || (value.kind === 'word' && value.raw === 'null')) continue;
    field.resolve();
    if (!field.repeated) {
      one(writer, field, value);
      continue;
    }
    if (value.kind !== 'list') throw new NotARequest(`${key} is not a list`);
    for (const item of value.items) {
      if (field.resolvedType && item.kind === 'word' && item.raw === 'null')
        writer.uint32((field.id << 3) | 2).bytes(new Uint8Array(0));
      else one(writer, field, item);
    }
  }
}

function one(writer: protobuf.Writer, field: protobuf.Field, node: Node): void {
  const tag = (wireType: number) => writer.uint32(((field.id << 3) | wireType) >>> 0);
  if (field.resolvedType instanceof protobuf.Type) {
    const inner = protobuf.Writer.create();
    message(inner, field.resolvedType, node);
    tag(2).bytes(inner.finish());
    return;
  }
  switch (field.type) {
    case 'string':
      tag(2).bytes(Buffer.from(textOf(node)));
      return;
    case 'bytes':
      tag(2).bytes(/^(?:traceId|spanId|parentSpanId)$/.test(field.name) ? idOf(textOf(node)) : base64Of(textOf(node)));
      return;
    case 'bool':
      if (node.kind !== 'word') throw new NotARequest('not a boolean');
      tag(0).bool(node.raw === 'true');
      return;
    case 'double':
      tag(1).double(doubleOf(node));
      return;
    case 'int32':
      // Enums, declared as numbers: a name, or a number in quotes, is refused.
      if (node.kind !== 'number') throw new NotARequest('not a bare integer');
      tag(0).int32(Number(integerOf(node, -(2n ** 31n), 2n ** 31n - 1n)));
      return;
    case 'uint32':
      tag(0).uint32(Number(integerOf(node, 0n, 2n ** 32n - 1n)));
      return;
    case 'sint32':
      tag(0).sint32(Number(integerOf(node, -(2n ** 31n), 2n ** 31n - 1n)));
      return;
    case 'fixed32':
      tag(5).fixed32(Number(integerOf(node, 0n, 2n ** 32n - 1n)));
      return;
    case 'int64':
      tag(0).int64(long(integerOf(node, -(2n ** 63n), 2n ** 63n - 1n)));
      return;
    case 'uint64':
      tag(0).uint64(long(integerOf(node, 0n, 2n ** 64n - 1n)));
      return;
    case 'fixed64':
      tag(1).fixed64(long(integerOf(node, 0n, 2n ** 64n - 1n)));
      return;
    case 'sfixed64':
      tag(1).sfixed64(long(integerOf(node, -(2n ** 63n), 2n ** 63n - 1n)));
      return;
    default:
      throw new Error(`${field.fullName} is of type ${field.type}, which no rule covers`);
  }
}

function textOf(node: Node): string {
  if (node.kind !== 'string') throw new NotARequest('not a string');
  return node.value;
}

/** What is no hex is an id of a length that no id has. */
function idOf(text: string): Uint8Array {
  return /^(?:[0-9a-f]{2})*$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.alloc(1);
}

function base64Of(text: string): Uint8Array {
  const bare = text.replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/_-]*$/.test(bare) || bare.length % 4 === 1 || (bare !== text && text.length % 4 !== 0))
    throw new NotARequest('not base64');
  return Buffer.from(bare, 'base64');
}

/** Bare or in a string; there as it was written, since a number has no use for escapes. */
function integerOf(node: Node, least: bigint, most: bigint): bigint {
  if (node.kind !== 'number' && node.kind !== 'string') throw new NotARequest('not an integer');
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/.exec(node.raw);
  if (!parts || node.raw.length - parts[1]!.length > 400) throw new NotARequest('not an integer');
  const fraction = parts[3] ?? '';
  const shift = Number(parts[4] ?? 0) - fraction.length;
  let value = BigInt(parts[2]! + fraction);
  if (value !== 0n && shift > 20) throw new NotARequest('too large');
  if (shift >= 0) value *= value === 0n ? 1n : 10n ** BigInt(shift);
  else {
    const divisor = 10n ** BigInt(-shift);
    if (value % divisor !== 0n) throw new NotARequest('not whole');
    value /= divisor;
  }
  if (parts[1] === '-') value = -value;
  if (value < least || value > most) throw new NotARequest('out of range');
  return value;
}

function doubleOf(node: Node): number {
  if (node.kind !== 'number' && node.kind !== 'string') throw new NotARequest('not a number');
  const { raw } = node;
  if (node.kind === 'string') {
    if (raw === 'NaN') return Number.NaN;
    if (raw === 'Infinity' || raw === '-Infinity') return Number(raw);
    if (!/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(raw)) throw new NotARequest('not a number');
  }
  const value = Number(raw);
  if (raw.length > 1_024 || !Number.isFinite(value)) throw new NotARequest('out of range');
  return value;
}

const long = (value: bigint) => protobuf.util.LongBits.from(value.toString()).toLong() as never;
