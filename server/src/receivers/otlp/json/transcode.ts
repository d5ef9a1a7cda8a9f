import type { Signal } from '@hanok/contract';
import type { ByteSource } from '#base';
import { IntegerText } from './numbers.ts';
import { MAX_DEPTH, Scanner } from './scanner.ts';
import { type Field, type Message, REQUESTS, type Scalar } from './schema.ts';
import { base64, hex, plainText } from './strings.ts';
import { WireWriter } from './writer.ts';

const QUOTE = 34;
/**
 * Text becomes shorter as protobuf, but lists of small numbers grow four times. Real requests are never made of those, so
 * beyond this and twice the text the request is refused. It also keeps lengths below the 2^28 that the writer has room for.
 */
const SLACK = 8 << 20;
/** Below this depth a message is always given a wide length, so that moving short ones stays linear. */
const MOVE_DEPTH = 24;

/**
 * OTLP/JSON to OTLP/protobuf, in one walk over the text and without objects, so that one set of rules decides about both
 * encodings. Strict about JSON, lenient where the OTLP encoding asks for it: unknown keys are ignored, `null` is absent,
 * 64-bit integers may be strings or numbers, ids are hex in either case. Enums must be integers.
 */
export class Transcoder {
  readonly #scanner = new Scanner();
  readonly #out = new WireWriter();
  readonly #integer = new IntegerText();

  /** The result is valid until the next call. */
  transcode(signal: Signal, bytes: Uint8Array): { readonly source: ByteSource; readonly size: number } {
    const scanner = this.#scanner;
    scanner.open(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#out.begin(SLACK + 2 * bytes.byteLength);
    if (scanner.peek() !== 123) throw scanner.malformed('expected a request object');
    this.#message(REQUESTS[signal], 0);
    if (scanner.peek() !== -1) throw scanner.malformed('something follows the request');
    return { source: this.#out.source, size: this.#out.at };
  }

  release(): void {
    this.#scanner.open(NOTHING);
  }

  #message(message: Message, depth: number): void {
    const scanner = this.#scanner;
    if (scanner.peek() !== 123) throw scanner.malformed(`expected an object (${message.name})`);
    if (depth >= MAX_DEPTH) throw scanner.malformed(`nested more than ${MAX_DEPTH} deep`);
    scanner.at++;
    if (scanner.peek() === 125) {
      scanner.at++;
      return;
    }
    let next = 0;
    do {
      scanner.string();
      const place = this.#find(message, next);
      scanner.expect(58, ':');
      if (place < 0) {
        scanner.skip(depth + 1);
        continue;
      }
      next = place + 1;
      const field = message.fields[place]!;
      if (scanner.peek() === 110) scanner.word('null');
      else if (field.repeated) this.#list(field, depth + 1);
      else this.#field(field, depth + 1);
    } while (scanner.another(125));
  }

  /** The place of the scanned key among the message's fields, or -1. Senders keep an order, so `guess` is asked first. */
  #find(message: Message, guess: number): number {
    const scanner = this.#scanner;
    let { bytes, start, end } = scanner;
    if (scanner.escaped) {
      const plain = new Uint8Array(end - start);
      end = plainText(bytes, start, end, plain, 0);
      start = 0;
      bytes = plain;
    }
    const { fields } = message;
    const count = fields.length;
    for (let i = 0; i < count; i++) {
      const place = guess + i < count ? guess + i : guess + i - count;
      const { key } = fields[place]!;
      if (key.length !== end - start) continue;
      let k = 0;
      while (k < key.length && key[k] === bytes[start + k]) k++;
      if (k === key.length) return place;
    }
    return -1;
  }

  #list(field: Field, depth: number): void {
    const scanner = this.#scanner;
    scanner.expect(91, 'a list');
    if (depth >= MAX_DEPTH) throw scanner.malformed(`nested more than ${MAX_DEPTH} deep`);
    if (scanner.peek() === 93) {
      scanner.at++;
      return;
    }
    do {
      // In a list of messages null keeps its place as an empty one.
      if (scanner.peek() === 110 && field.message) {
        scanner.word('null');
        this.#tag(field.number, 2);
        this.#out.byte(0);
      } else this.#field(field, depth + 1);
    } while (scanner.another(93));
  }

  #field(field: Field, depth: number): void {
    const out = this.#out;
    if (field.message) {
      this.#tag(field.number, 2);
      const opened = out.open(field.message.small && depth < MOVE_DEPTH);
      this.#message(field.message, depth);
      out.close(opened);
      return;
    }
    this.#scalar(field.number, field.kind as Scalar);
  }

  #scalar(number: number, kind: Scalar): void {
    const scanner = this.#scanner;
    const out = this.#out;
    const integer = this.#integer;
    switch (kind) {
      case 'string':
      case 'hex':
      case 'base64':
        this.#tag(number, 2);
        this.#text(kind);
        return;
      case 'bool': {
        const first = scanner.peek();
        if (first !== 116 && first !== 102) throw scanner.malformed('expected true or false');
        scanner.word(first === 116 ? 'true' : 'false');
        this.#tag(number, 0);
        out.byte(first === 116 ? 1 : 0);
        return;
      }
      case 'double': {
        const value = this.#double();
        this.#tag(number, 1);
        out.double(value);
        return;
      }
      case 'enum':
        if (scanner.peek() === QUOTE) throw scanner.malformed('enum values are integers, not names');
        this.#integerOf(-2_147_483_648, 2_147_483_647);
        this.#tag(number, 0);
        out.varint(integer.low, integer.high);
        return;
      case 'uint32':
        this.#integerOf(0, 4_294_967_295);
        this.#tag(number, 0);
        out.varint(integer.low, 0);
        return;
      case 'sint32': {
        this.#integerOf(-2_147_483_648, 2_147_483_647);
        const value = integer.low | 0;
        this.#tag(number, 0);
        out.varint((value << 1) ^ (value >> 31), 0);
        return;
      }
      case 'fixed32':
        this.#integerOf(0, 4_294_967_295);
        this.#tag(number, 5);
        out.fixed32(integer.low);
        return;
      case 'int64':
      case 'sfixed64':
        this.#signed64();
        break;
      default:
        this.#unsigned64();
    }
    const fixed = kind === 'fixed64' || kind === 'sfixed64';
    this.#tag(number, fixed ? 1 : 0);
    if (fixed) out.fixed64(integer.low, integer.high);
    else out.varint(integer.low, integer.high);
  }

  #tag(number: number, wireType: number): void {
    const tag = (number << 3) | wireType;
    if (tag > 127) {
      this.#out.byte((tag & 127) | 128);
      this.#out.byte(tag >> 7);
    } else this.#out.byte(tag);
  }

  #text(kind: 'string' | 'hex' | 'base64'): void {
    const scanner = this.#scanner;
    const out = this.#out;
    scanner.string();
    const { start, end } = scanner;
    const length = end - start;
    const size = length < 1 << 7 ? 1 : length < 1 << 14 ? 2 : length < 1 << 21 ? 3 : 4;
    out.reserve(length + size + 1);
    const at = out.at;
    const from = at + size;
    let to: number;
    if (kind === 'string') {
      if (scanner.escaped) to = plainText(scanner.bytes, start, end, out.bytes, from);
      else {
        if (length < 24) for (let i = 0; i < length; i++) out.bytes[from + i] = scanner.bytes[start + i]!;
        else out.bytes.set(scanner.bytes.subarray(start, end), from);
        to = from + length;
      }
    } else if (kind === 'hex') {
      to = hex(scanner.bytes, start, end, out.bytes, from);
      // A text that is no hex becomes an id of a length that no id has.
      if (to < 0) {
        out.bytes[from] = 0;
        to = from + 1;
      }
    } else {
      to = base64(scanner.bytes, start, end, out.bytes, from);
      if (to < 0) throw scanner.malformed('not base64', start);
    }
    out.length(at, to - from, size);
    out.at = to;
  }

  /** Leaves the raw range of a number, bare or in a string, in the scanner. */
  #numberRange(): void {
    const scanner = this.#scanner;
    const first = scanner.peek();
    if (first === QUOTE) scanner.string();
    else if (first === 45 || (first >= 48 && first <= 57)) scanner.number();
    else throw scanner.malformed('expected a number');
  }

  #unsigned64(): void {
    this.#numberRange();
    const { start, end, bytes } = this.#scanner;
    const integer = this.#integer;
    if (!integer.read(bytes, start, end) || (integer.negative && (integer.low !== 0 || integer.high !== 0)))
      throw this.#scanner.malformed('expected an integer from 0 to 2^64 - 1', start);
  }

  #signed64(): void {
    this.#numberRange();
    const { start, end, bytes } = this.#scanner;
    const integer = this.#integer;
    const read = integer.read(bytes, start, end);
    const beyond = integer.high > 0x8000_0000 || (integer.high === 0x8000_0000 && integer.low > 0);
    const edge = integer.high === 0x8000_0000 && integer.low === 0;
    if (!read || beyond || (edge && !integer.negative))
      throw this.#scanner.malformed('expected an integer from -2^63 to 2^63 - 1', start);
    if (integer.negative) integer.negate();
  }

  #integerOf(least: number, most: number): void {
    this.#signed64();
    const value = (this.#integer.high | 0) * 4_294_967_296 + this.#integer.low;
    if (value < least || value > most)
      throw this.#scanner.malformed(`expected an integer from ${least} to ${most}`, this.#scanner.start);
  }

  #double(): number {
    const scanner = this.#scanner;
    const quoted = scanner.peek() === QUOTE;
    this.#numberRange();
    const { start, end, bytes } = scanner;
    if (end - start > 1_024) throw scanner.malformed('number too long', start);
    const text = String.fromCharCode(...bytes.subarray(start, end));
    if (quoted) {
      if (text === 'NaN') return Number.NaN;
      if (text === 'Infinity') return Number.POSITIVE_INFINITY;
      if (text === '-Infinity') return Number.NEGATIVE_INFINITY;
      if (!/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) throw scanner.malformed('expected a number', start);
    }
    const value = Number(text);
    if (!Number.isFinite(value)) throw scanner.malformed('number out of range', start);
    return value;
  }
}

const NOTHING = new Uint8Array(0);
