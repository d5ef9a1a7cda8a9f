import type { ColumnType } from '../layout/column.ts';

/**
 * A growable column of one block. Buffers are kept between blocks: `clear` forgets rows, not memory. Values are held
 * little-endian as they will lie in the block, so that writing is a copy. Hosts are little-endian (x86-64, arm64).
 */
export interface ColumnBuffer {
  readonly type: ColumnType;
  rows: number;
  /** Bytes of column data in a block; 0 when there are no rows. */
  size(): number;
  /** Writes exactly `size()` bytes from `at` and returns the place after them. */
  write(target: Uint8Array, at: number): number;
  clear(): void;
}

const FIRST = 256;
/** Above this many bytes a buffer is given back on `clear`, so that one huge request does not stay in memory. */
export const KEEP_BYTES = 1 << 20;

function copyIn(target: Uint8Array, at: number, source: Uint8Array | Uint16Array | Uint32Array | Float64Array): number {
  target.set(new Uint8Array(source.buffer, source.byteOffset, source.byteLength), at);
  return at + source.byteLength;
}

export class Byte1Column implements ColumnBuffer {
  readonly type: ColumnType = 'UInt8';
  rows = 0;
  data = new Uint8Array(FIRST);
  push(value: number): void {
    if (this.rows === this.data.length) {
      const larger = new Uint8Array(this.rows * 2);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.rows++] = value;
  }
  size(): number {
    return this.rows;
  }
  write(target: Uint8Array, at: number): number {
    return copyIn(target, at, this.data.subarray(0, this.rows));
  }
  clear(): void {
    this.rows = 0;
    if (this.data.byteLength > KEEP_BYTES) this.data = new Uint8Array(FIRST);
  }
}

export class Byte2Column implements ColumnBuffer {
  readonly type: ColumnType;
  rows = 0;
  data = new Uint16Array(FIRST);
  constructor(type: 'UInt16' | 'Date') {
    this.type = type;
  }
  push(value: number): void {
    if (this.rows === this.data.length) {
      const larger = new Uint16Array(this.rows * 2);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.rows++] = value;
  }
  repeat(value: number, count: number): void {
    const rows = this.rows + count;
    if (rows > this.data.length) {
      const larger = new Uint16Array(Math.max(rows, this.data.length * 2));
      larger.set(this.data);
      this.data = larger;
    }
    this.data.fill(value, this.rows, rows);
    this.rows = rows;
  }
  size(): number {
    return this.rows * 2;
  }
  write(target: Uint8Array, at: number): number {
    return copyIn(target, at, this.data.subarray(0, this.rows));
  }
  clear(): void {
    this.rows = 0;
    if (this.data.byteLength > KEEP_BYTES) this.data = new Uint16Array(FIRST);
  }
}

/** `UInt32` and `Int32`: the same four bytes. */
export class Byte4Column implements ColumnBuffer {
  readonly type: ColumnType;
  rows = 0;
  data = new Uint32Array(FIRST);
  constructor(type: 'UInt32' | 'Int32') {
    this.type = type;
  }
  push(value: number): void {
    if (this.rows === this.data.length) {
      const larger = new Uint32Array(this.rows * 2);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.rows++] = value;
  }
  size(): number {
    return this.rows * 4;
  }
  write(target: Uint8Array, at: number): number {
    return copyIn(target, at, this.data.subarray(0, this.rows));
  }
  clear(): void {
    this.rows = 0;
    if (this.data.byteLength > KEEP_BYTES) this.data = new Uint32Array(FIRST);
  }
}

/** 64-bit integers as two halves, so that none of them becomes a `bigint`. */
export class Byte8Column implements ColumnBuffer {
  readonly type: ColumnType;
  rows = 0;
  data = new Uint32Array(FIRST * 2);
  constructor(type: 'UInt64' | 'Int64' | 'DateTime64(9)') {
    this.type = type;
  }
  push(low: number, high: number): void {
    const at = this.rows * 2;
    if (at === this.data.length) {
      const larger = new Uint32Array(at * 2);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[at] = low;
    this.data[at + 1] = high;
    this.rows++;
  }
  repeat(low: number, high: number, count: number): void {
    const rows = this.rows + count;
    if (rows * 2 > this.data.length) {
      const larger = new Uint32Array(Math.max(rows * 2, this.data.length * 2));
      larger.set(this.data);
      this.data = larger;
    }
    for (let at = this.rows * 2; at < rows * 2; at += 2) {
      this.data[at] = low;
      this.data[at + 1] = high;
    }
    this.rows = rows;
  }
  size(): number {
    return this.rows * 8;
  }
  write(target: Uint8Array, at: number): number {
    return copyIn(target, at, this.data.subarray(0, this.rows * 2));
  }
  clear(): void {
    this.rows = 0;
    if (this.data.byteLength > KEEP_BYTES) this.data = new Uint32Array(FIRST * 2);
  }
}

export class Float8Column implements ColumnBuffer {
  readonly type: ColumnType = 'Float64';
  rows = 0;
  data = new Float64Array(FIRST);
  push(value: number): void {
    if (this.rows === this.data.length) {
      const larger = new Float64Array(this.rows * 2);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.rows++] = value;
  }
  size(): number {
    return this.rows * 8;
  }
  write(target: Uint8Array, at: number): number {
    return copyIn(target, at, this.data.subarray(0, this.rows));
  }
  clear(): void {
    this.rows = 0;
    if (this.data.byteLength > KEEP_BYTES) this.data = new Float64Array(FIRST);
  }
}

export class FixedStringColumn implements ColumnBuffer {
  readonly type: ColumnType;
  readonly width: 8 | 16;
  rows = 0;
  data: Uint8Array;
  /** The same memory in words; rows are four-byte aligned. */
  #words: Int32Array;
  constructor(width: 8 | 16) {
    this.width = width;
    this.type = width === 8 ? 'FixedString(8)' : 'FixedString(16)';
    this.data = new Uint8Array(FIRST * width);
    this.#words = new Int32Array(this.data.buffer);
  }
  /** Copies `width` bytes from `start`. */
  push(source: DataView, start: number): void {
    const at = this.#room() >> 2;
    const words = this.#words;
    words[at] = source.getInt32(start, true);
    words[at + 1] = source.getInt32(start + 4, true);
    if (this.width === 8) return;
    words[at + 2] = source.getInt32(start + 8, true);
    words[at + 3] = source.getInt32(start + 12, true);
  }
  pushZero(): void {
    const at = this.#room() >> 2;
    const words = this.#words;
    words[at] = words[at + 1] = 0;
    if (this.width === 16) words[at + 2] = words[at + 3] = 0;
  }
  size(): number {
    return this.rows * this.width;
  }
  write(target: Uint8Array, at: number): number {
    return copyIn(target, at, this.data.subarray(0, this.size()));
  }
  clear(): void {
    this.rows = 0;
    if (this.data.byteLength > KEEP_BYTES) this.#replace(new Uint8Array(FIRST * this.width));
  }
  #replace(data: Uint8Array): void {
    this.data = data;
    this.#words = new Int32Array(data.buffer);
  }
  #room(): number {
    const at = this.rows * this.width;
    if (at === this.data.length) {
      const larger = new Uint8Array(at * 2);
      larger.set(this.data);
      this.#replace(larger);
    }
    this.rows++;
    return at;
  }
}
