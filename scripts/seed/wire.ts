/** Writes OTLP protobuf bytes and remembers the places a Template overwrites (opentelemetry-proto v1). */
import { type Signal, Template } from './template.ts';

export type Value = string | number | boolean;
export type Attributes = ReadonlyArray<readonly [string, Value]>;

const LENGTH = 2;
const FIXED64 = 1;
const FIXED32 = 5;
const VARINT = 0;

/** A run of this many `#` in a text of a template is filled with fresh digits at each sending. */
export const DIGITS = '########';

export class Wire {
  #bytes = Buffer.allocUnsafe(1 << 20);
  #at = 0;
  #traces: Array<[number, number]> = [];
  #spans: number[] = [];
  #times: Array<[number, number, number]> = [];
  #digits: Array<[number, number]> = [];

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(bigger, 0, 0, this.#at);
    this.#bytes = bigger;
  }

  #varint(value: number): void {
    this.#room(10);
    let left = value;
    while (left >= 0x80) {
      this.#bytes[this.#at++] = (left % 0x80) | 0x80;
      left = Math.floor(left / 0x80);
    }
    this.#bytes[this.#at++] = left;
  }

  #key(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  uint(field: number, value: number): void {
    this.#key(field, VARINT);
    this.#varint(value);
  }

  fixed32(field: number, value: number): void {
    this.#key(field, FIXED32);
    this.#room(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  double(field: number, value: number): void {
    this.#key(field, FIXED64);
    this.#room(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  fixed64(field: number, value: number): void {
    this.#key(field, FIXED64);
    this.#room(8);
    this.#at = this.#bytes.writeBigUInt64LE(BigInt(value), this.#at);
  }

  packedDoubles(field: number, values: readonly number[]): void {
    this.#key(field, LENGTH);
    this.#varint(values.length * 8);
    this.#room(values.length * 8);
    for (const value of values) this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  packedFixed64(field: number, values: readonly number[]): void {
    this.#key(field, LENGTH);
    this.#varint(values.length * 8);
    this.#room(values.length * 8);
    for (const value of values) this.#at = this.#bytes.writeBigUInt64LE(BigInt(value), this.#at);
  }

  text(field: number, value: string): void {
    const length = Buffer.byteLength(value);
    this.#key(field, LENGTH);
    this.#varint(length);
    this.#room(length);
    if (value.includes(DIGITS)) {
      for (let i = value.indexOf(DIGITS); i >= 0; i = value.indexOf(DIGITS, i + DIGITS.length))
        this.#digits.push([this.#at + Buffer.byteLength(value.slice(0, i)), DIGITS.length]);
    }
    this.#at += this.#bytes.write(value, this.#at);
  }

  /** The slot's trace id, set at each sending. */
  traceId(field: number, slot: number): void {
    this.#key(field, LENGTH);
    this.#varint(16);
    this.#room(16);
    this.#traces.push([this.#at, slot]);
    this.#at += 16;
  }

  spanId(field: number, high: number, low: number): void {
    this.#key(field, LENGTH);
    this.#varint(8);
    this.#room(8);
    this.#spans.push(this.#at);
    this.#at = this.#bytes.writeUInt32BE(high >>> 0, this.#at);
    this.#at = this.#bytes.writeUInt32BE(low >>> 0, this.#at);
  }

  /** `after` nanoseconds past the slot's base, set at each sending. */
  time(field: number, slot: number, after: number): void {
    this.#key(field, FIXED64);
    this.#room(8);
    this.#times.push([this.#at, slot, Math.max(0, Math.round(after))]);
    this.#at += 8;
  }

  /** A nested message: written where it will lie, then moved by the width of its length. */
  message(field: number, write: () => void): void {
    this.#key(field, LENGTH);
    const start = this.#at;
    write();
    const length = this.#at - start;
    let width = 1;
    for (let left = length; left >= 0x80; left = Math.floor(left / 0x80)) width++;
    this.#room(width);
    this.#bytes.copyWithin(start + width, start, this.#at);
    this.#at = start;
    this.#varint(length);
    this.#at = start + width + length;
    // Places are in ascending order, so the moved ones are at the end.
    for (const list of [this.#traces, this.#times, this.#digits])
      for (let i = list.length - 1; i >= 0 && list[i]![0] >= start; i--) list[i]![0] += width;
    for (let i = this.#spans.length - 1; i >= 0 && this.#spans[i]! >= start; i--) this.#spans[i]! += width;
  }

  value(field: number, value: Value): void {
    this.message(field, () => {
      if (typeof value === 'string') this.text(1, value);
      else if (typeof value === 'boolean') this.uint(2, value ? 1 : 0);
      else if (Number.isSafeInteger(value) && value >= 0) this.uint(3, value);
      else this.double(4, value);
    });
  }

  attributes(field: number, attributes: Attributes): void {
    for (const [key, value] of attributes)
      this.message(field, () => {
        this.text(1, key);
        this.value(2, value);
      });
  }

  /** ResourceX { resource, scope_x { scope, records } }: the frame that all three signals have. */
  resource(attributes: Attributes, scope: string, records: () => void): void {
    this.message(1, () => {
      this.message(1, () => this.attributes(1, attributes));
      this.message(2, () => {
        this.message(1, () => {
          this.text(1, scope);
          this.text(2, '0.1.0');
        });
        records();
      });
    });
  }

  finish(signal: Signal, services: ReadonlyMap<string, number>): Template {
    return new Template(signal, Uint8Array.from(this.#bytes.subarray(0, this.#at)), services, {
      traces: this.#traces,
      spans: this.#spans,
      times: this.#times,
      digits: this.#digits,
    });
  }
}
