import { ByteSource } from '#base';
import { fail } from '../errors.ts';

const FIRST = 1 << 16;
/** Larger buffers are given back after the request. */
const KEEP = 8 << 20;
/** Bytes kept for the length of a message that may be long: up to 2^28 - 1. */
const WIDE = 4;
const NARROW = 1;

/** Writes protobuf into reused bytes. */
export class WireWriter {
  at = 0;
  #limit = FIRST;
  /** Bytes that may be written before `reserve` has to look closer. */
  #room = FIRST;
  #source = new ByteSource(new Uint8Array(FIRST));

  /** Valid until the next write. */
  get source(): ByteSource {
    return this.#source;
  }

  get bytes(): Uint8Array {
    return this.#source.bytes;
  }

  /** Begins anew; more than `limit` bytes in all are refused. */
  begin(limit: number): void {
    this.at = 0;
    if (this.#source.length > KEEP) this.#source = new ByteSource(new Uint8Array(FIRST));
    this.#limit = limit;
    this.#room = Math.min(limit, this.#source.length);
  }

  reserve(more: number): void {
    if (this.at + more <= this.#room) return;
    if (this.at + more > this.#limit)
      throw fail('otlp.malformed', 'JSON: far larger as protobuf than as text', { at: `position ${this.#limit}` });
    const larger = new Uint8Array(Math.max(this.#source.length * 2, this.at + more));
    larger.set(this.#source.bytes.subarray(0, this.at));
    this.#source = new ByteSource(larger);
    this.#room = Math.min(this.#limit, larger.length);
  }

  byte(value: number): void {
    if (this.at === this.#room) this.reserve(1);
    this.#source.bytes[this.at++] = value;
  }

  varint(low: number, high: number): void {
    this.reserve(10);
    const { bytes } = this.#source;
    let l = low >>> 0;
    let h = high >>> 0;
    while (h !== 0 || l > 127) {
      bytes[this.at++] = (l & 127) | 128;
      l = ((l >>> 7) | (h << 25)) >>> 0;
      h >>>= 7;
    }
    bytes[this.at++] = l;
  }

  fixed64(low: number, high: number): void {
    this.reserve(8);
    this.#source.view.setUint32(this.at, low, true);
    this.#source.view.setUint32(this.at + 4, high, true);
    this.at += 8;
  }

  fixed32(value: number): void {
    this.reserve(4);
    this.#source.view.setUint32(this.at, value, true);
    this.at += 4;
  }

  double(value: number): void {
    this.reserve(8);
    this.#source.view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  /** Begins something with a length before it; give the result to `close`. */
  open(small: boolean): number {
    this.reserve(WIDE);
    const start = this.at;
    this.at += small ? NARROW : WIDE;
    return small ? -start - 1 : start;
  }

  close(opened: number): void {
    const { bytes } = this.#source;
    const small = opened < 0;
    const start = small ? -opened - 1 : opened;
    const length = this.at - start - (small ? NARROW : WIDE);
    if (small && length < 128) {
      bytes[start] = length;
      return;
    }
    if (small) {
      this.reserve(WIDE - NARROW);
      this.#source.bytes.copyWithin(start + WIDE, start + NARROW, this.at);
      this.at += WIDE - NARROW;
    }
    this.length(start, length, WIDE);
  }

  /** Writes `value` at `start` as a varint of exactly `size` bytes. */
  length(start: number, value: number, size: number): void {
    const { bytes } = this.#source;
    let rest = value;
    for (let i = 0; i < size - 1; i++) {
      bytes[start + i] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[start + size - 1] = rest;
  }
}
