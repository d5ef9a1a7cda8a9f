import { ByteSource, type HanokError } from '#base';
import { fail } from './errors.ts';

/** Wire types of protobuf. Groups (3 and 4) do not occur in OTLP and are refused. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/**
 * Reads protobuf from one request. A message lies between `at` and an end that its reader keeps; nothing is read past
 * the request's own end, and a message whose fields do not end where it ends is refused by `closed`. 64-bit numbers are
 * left in `low` and `high`, both non-negative.
 */
export class Wire {
  source = new ByteSource(new Uint8Array(0));
  bytes = this.source.bytes;
  view = this.source.view;
  at = 0;
  size = 0;
  low = 0;
  high = 0;

  open(source: ByteSource, size: number): void {
    this.source = source;
    this.bytes = source.bytes;
    this.view = source.view;
    this.at = 0;
    this.size = size;
  }

  /** Lets go of the request's bytes. */
  release(): void {
    this.open(EMPTY, 0);
  }

  malformed(what: string): HanokError {
    return fail('otlp.malformed', `protobuf: ${what} at byte ${this.at}`, { at: `byte ${this.at}` });
  }

  /** Field number and wire type of the next field. */
  tag(): number {
    const first = this.bytes[this.at]!;
    if (first < 128 && first > 7 && this.at < this.size) {
      this.at++;
      return first;
    }
    return this.#longTag();
  }

  /** A varint's low 32 bits, as an unsigned number. */
  uint32(): number {
    const { bytes, size } = this;
    let at = this.at;
    if (at < size) {
      const byte = bytes[at]!;
      if (byte < 128) {
        this.at = at + 1;
        return byte;
      }
    }
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= size) throw this.malformed('number ends too early');
      const byte = bytes[at++]!;
      if (shift < 32) value |= (byte & 127) << shift;
      if (byte < 128) {
        this.at = at;
        return value >>> 0;
      }
    }
    throw this.malformed('number of more than 10 bytes');
  }

  varint64(): void {
    const { bytes, size } = this;
    let at = this.at;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= size) throw this.malformed('number ends too early');
      const byte = bytes[at++]!;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else high |= (bits & 1) << 31;
      if (byte < 128) {
        this.at = at;
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw this.malformed('number of more than 10 bytes');
  }

  fixed64(): void {
    const at = this.at;
    if (at + 8 > this.size) throw this.malformed('number ends too early');
    this.low = this.view.getUint32(at, true);
    this.high = this.view.getUint32(at + 4, true);
    this.at = at + 8;
  }

  fixed32(): number {
    const at = this.at;
    if (at + 4 > this.size) throw this.malformed('number ends too early');
    this.at = at + 4;
    return this.view.getUint32(at, true);
  }

  double(): number {
    const at = this.at;
    if (at + 8 > this.size) throw this.malformed('number ends too early');
    this.at = at + 8;
    return this.view.getFloat64(at, true);
  }

  /** Reads the length of a field and returns where the field ends; it must not pass `limit`. */
  end(limit: number): number {
    const { bytes, at } = this;
    if (at < limit) {
      const byte = bytes[at]!;
      if (byte < 128) {
        const end = at + 1 + byte;
        if (end <= limit) {
          this.at = at + 1;
          return end;
        }
      }
    }
    return this.#longEnd(limit);
  }

  /** A tag is a varint of 32 bits, in at most five bytes. */
  #longTag(): number {
    const start = this.at;
    this.varint64();
    if (this.high !== 0 || this.at - start > 5 || this.low < 8) {
      this.at = start;
      throw this.malformed('not a field');
    }
    return this.low;
  }

  #longEnd(limit: number): number {
    const start = this.at;
    this.varint64();
    if (this.high !== 0 || this.at - start > 5 || this.low > limit - this.at) {
      this.at = start;
      throw this.malformed('field longer than what is left');
    }
    return this.at + this.low;
  }

  /** Where the list that `eights` found ends. */
  listEnd = 0;

  /** Reads the length of a packed list of 8-byte numbers. Returns where at most `most` of them end. */
  eights(limit: number, most: number): number {
    this.listEnd = this.end(limit);
    if ((this.listEnd - this.at) % 8 !== 0) throw this.malformed('a number passes the end of its list');
    return Math.min(this.listEnd, this.at + Math.max(0, most) * 8);
  }

  /** Steps over the value of an unknown field. */
  skip(tag: number, limit: number): void {
    switch (tag & 7) {
      case VARINT:
        this.varint64();
        break;
      case FIXED64:
        this.#step(8, limit);
        break;
      case BYTES:
        this.at = this.end(limit);
        break;
      case FIXED32:
        this.#step(4, limit);
        break;
      default:
        throw this.malformed(`unknown wire type ${tag & 7}`);
    }
  }

  /** A message's fields must end exactly where the message ends. */
  closed(end: number): void {
    if (this.at !== end) throw this.malformed('a field passes the end of its message');
  }

  #step(bytes: number, limit: number): void {
    if (bytes > limit - this.at) throw this.malformed('field longer than what is left');
    this.at += bytes;
  }
}

const EMPTY = new ByteSource(new Uint8Array(0));
