import type { ColumnType } from '../layout/column.ts';
import { type ColumnBuffer, KEEP_BYTES } from './buffers.ts';
import type { Interner } from './interner.ts';

const FIRST = 256;
/** Version of the key serialization: shared dictionaries with additional keys. */
const KEYS_VERSION = 1;
/** Index type in the low byte, then: has additional keys (bit 9), dictionary must be updated (bit 10). */
export const HAS_KEYS = 0x600;
export const STATE_BYTES = 8;

export function writeUint64(target: Uint8Array, at: number, value: number): number {
  let rest = value;
  for (let i = 0; i < 8; i++) {
    target[at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return at + 8;
}

export function varuintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}

export function writeVaruint(target: Uint8Array, at: number, value: number): number {
  let rest = value;
  let i = at;
  while (rest > 127) {
    target[i++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  target[i++] = rest;
  return i;
}

/**
 * `LowCardinality(String)`: per block a dictionary and one index per row, one, two or four bytes wide. Rows are
 * pushed as ids of the interner, which must not be reset before `clear`. Entry 0 is the empty string.
 */
export class DictionaryColumn implements ColumnBuffer {
  readonly type: ColumnType = 'LowCardinality(String)';
  rows = 0;
  /** Dictionary index of each row. */
  indexes = new Uint32Array(FIRST);
  /** Interner id of each dictionary entry. */
  entries = new Uint32Array(FIRST);
  entryCount = 1;
  /** Interner id to dictionary index; 0 is unknown (or the empty string, whose index is 0). */
  #places = new Uint32Array(FIRST);
  #keyBytes = 1;
  readonly #interner: Interner;

  constructor(interner: Interner) {
    this.#interner = interner;
  }

  push(id: number): void {
    if (this.rows === this.indexes.length) {
      const larger = new Uint32Array(this.rows * 2);
      larger.set(this.indexes);
      this.indexes = larger;
    }
    let place = id < this.#places.length ? this.#places[id]! : 0;
    if (place === 0 && id !== 0) place = this.#enter(id);
    this.indexes[this.rows++] = place;
  }

  repeat(id: number, count: number): void {
    if (count <= 0) return;
    const from = this.rows;
    const rows = from + count;
    if (rows > this.indexes.length) {
      const larger = new Uint32Array(Math.max(rows, this.indexes.length * 2));
      larger.set(this.indexes);
      this.indexes = larger;
    }
    this.push(id);
    this.indexes.fill(this.indexes[from]!, from + 1, rows);
    this.rows = rows;
  }

  /** Data without the state prefix, which comes first in nested columns. */
  size(): number {
    if (this.rows === 0) return 0;
    return 16 + this.#keyBytes + 8 + this.rows * this.#width();
  }

  write(target: Uint8Array, at: number): number {
    if (this.rows === 0) return at;
    const width = this.#width();
    let next = writeUint64(target, at, HAS_KEYS | (width === 1 ? 0 : width === 2 ? 1 : 2));
    next = writeUint64(target, next, this.entryCount);
    const { arena, starts, ends } = this.#interner;
    for (let i = 0; i < this.entryCount; i++) {
      const id = this.entries[i]!;
      const start = starts[id]!;
      const length = ends[id]! - start;
      next = writeVaruint(target, next, length);
      if (length < 64) for (let k = 0; k < length; k++) target[next + k] = arena[start + k]!;
      else target.set(arena.subarray(start, start + length), next);
      next += length;
    }
    next = writeUint64(target, next, this.rows);
    const { indexes, rows } = this;
    if (width === 1) for (let i = 0; i < rows; i++) target[next + i] = indexes[i]!;
    else if (width === 2)
      for (let i = 0; i < rows; i++) {
        target[next + 2 * i] = indexes[i]!;
        target[next + 2 * i + 1] = indexes[i]! >>> 8;
      }
    else target.set(new Uint8Array(indexes.buffer, 0, rows * 4), next);
    return next + rows * width;
  }

  writeState(target: Uint8Array, at: number): number {
    return writeUint64(target, at, KEYS_VERSION);
  }

  clear(): void {
    for (let i = 0; i < this.entryCount; i++) this.#places[this.entries[i]!] = 0;
    this.rows = 0;
    this.entryCount = 1;
    this.entries[0] = 0;
    this.#keyBytes = 1;
    if (this.indexes.byteLength > KEEP_BYTES) this.indexes = new Uint32Array(FIRST);
    if (this.#places.byteLength > KEEP_BYTES) this.#places = new Uint32Array(FIRST);
    if (this.entries.byteLength > KEEP_BYTES) this.entries = new Uint32Array(FIRST);
  }

  #width(): 1 | 2 | 4 {
    return this.entryCount <= 256 ? 1 : this.entryCount <= 65_536 ? 2 : 4;
  }

  #enter(id: number): number {
    if (id >= this.#places.length) {
      const larger = new Uint32Array(Math.max(id + 1, this.#places.length * 2));
      larger.set(this.#places);
      this.#places = larger;
    }
    if (this.entryCount === this.entries.length) {
      const larger = new Uint32Array(this.entryCount * 2);
      larger.set(this.entries);
      this.entries = larger;
    }
    const length = this.#interner.ends[id]! - this.#interner.starts[id]!;
    this.#keyBytes += varuintSize(length) + length;
    this.entries[this.entryCount] = id;
    this.#places[id] = this.entryCount;
    return this.entryCount++;
  }
}
