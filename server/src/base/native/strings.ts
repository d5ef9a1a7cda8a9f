import type { ColumnType } from '../layout/column.ts';
import { type ColumnBuffer, KEEP_BYTES } from './buffers.ts';
import { copyRange } from './copy.ts';
import { isUtf8, repairUtf8, utf8Bytes } from './utf8.ts';

/** Bytes that columns are filled from: the same range as bytes and as a view. */
export class ByteSource {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly length: number;
  constructor(bytes: Uint8Array) {
    // A plain Uint8Array whatever came in, so that the hot loops see one kind of object.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.length = bytes.byteLength;
  }
}

const FIRST = 4096;

/** Decimal digits of an integer from 0 to 999,999,999. */
function digitsOf(value: number): number {
  if (value < 1_000) return value < 10 ? 1 : value < 100 ? 2 : 3;
  if (value < 1_000_000) return value < 10_000 ? 4 : value < 100_000 ? 5 : 6;
  return value < 10_000_000 ? 7 : value < 100_000_000 ? 8 : 9;
}

/** `String`: each value is its length as a varuint and its bytes. */
export class StringColumn implements ColumnBuffer {
  readonly type: ColumnType = 'String';
  rows = 0;
  /** Bytes in use. With `rows` it is all there is to go back to an earlier state; see `truncate`. */
  length = 0;
  bytes = new Uint8Array(FIRST);
  view = new DataView(this.bytes.buffer);

  /** Appends a range that is text; malformed UTF-8 is repaired. Returns whether it was. */
  pushText(source: ByteSource, start: number, end: number): boolean {
    const length = end - start;
    const before = this.length;
    this.#begin(length);
    const high = copyRange(source.view, start, end, this.view, this.bytes, this.length);
    this.length += length;
    if (high === 0 || isUtf8(source.bytes, start, end)) return false;
    this.rows--;
    this.length = before;
    this.pushBytes(repairUtf8(source.bytes, start, end));
    return true;
  }

  /** Appends a range as it is. */
  pushRange(source: ByteSource, start: number, end: number): void {
    this.#begin(end - start);
    copyRange(source.view, start, end, this.view, this.bytes, this.length);
    this.length += end - start;
  }

  pushBytes(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const length = end - start;
    this.#begin(length);
    if (length > 32) this.bytes.set(bytes.subarray(start, end), this.length);
    else {
      const at = this.length;
      for (let i = 0; i < length; i++) this.bytes[at + i] = bytes[start + i]!;
    }
    this.length += length;
  }

  push(text: string): void {
    if (text.length === 0) this.pushEmpty();
    else this.pushBytes(utf8Bytes(text));
  }

  pushEmpty(): void {
    if (this.length === this.bytes.length) this.#grow(1);
    this.bytes[this.length++] = 0;
    this.rows++;
  }

  /** Appends text of at most 127 ASCII characters; for numbers. */
  pushAscii(text: string): void {
    const length = text.length;
    if (this.length + 1 + length > this.bytes.length) this.#grow(1 + length);
    const bytes = this.bytes;
    let at = this.length;
    bytes[at++] = length;
    for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i);
    this.length = at;
    this.rows++;
  }

  /** Appends a signed 64-bit integer, given as two halves, in decimal. */
  pushInteger(low: number, high: number): void {
    const signed = (high | 0) * 4_294_967_296 + (low >>> 0);
    if (signed >= 0 && signed <= 999_999_999) this.#pushDigits(signed);
    else if (signed >= -9_007_199_254_740_991 && signed <= 9_007_199_254_740_991) this.pushAscii(String(signed));
    else this.pushAscii(((BigInt(high | 0) << 32n) | BigInt(low >>> 0)).toString());
  }

  truncate(rows: number, length: number): void {
    this.rows = rows;
    this.length = length;
  }

  size(): number {
    return this.length;
  }

  write(target: Uint8Array, at: number): number {
    target.set(this.bytes.subarray(0, this.length), at);
    return at + this.length;
  }

  clear(): void {
    this.rows = 0;
    this.length = 0;
    if (this.bytes.length > KEEP_BYTES) {
      this.bytes = new Uint8Array(FIRST);
      this.view = new DataView(this.bytes.buffer);
    }
  }

  #pushDigits(value: number): void {
    if (this.length + 10 > this.bytes.length) this.#grow(10);
    const digits = digitsOf(value);
    const bytes = this.bytes;
    bytes[this.length] = digits;
    let rest = value | 0;
    for (let i = digits; i > 0; i--) {
      const next = (rest / 10) | 0;
      bytes[this.length + i] = 48 + rest - next * 10;
      rest = next;
    }
    this.length += 1 + digits;
    this.rows++;
  }

  /** Makes room for a value and writes its length. */
  #begin(length: number): void {
    if (this.length + length + 5 > this.bytes.length) this.#grow(length + 5);
    let rest = length;
    while (rest > 127) {
      this.bytes[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
    this.rows++;
  }

  #grow(more: number): void {
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}
