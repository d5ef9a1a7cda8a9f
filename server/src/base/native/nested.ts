import type { ColumnType } from '../layout/column.ts';
import { Byte8Column, type ColumnBuffer } from './buffers.ts';
import { DictionaryColumn, STATE_BYTES } from './dictionary.ts';
import type { Interner } from './interner.ts';
import { StringColumn } from './strings.ts';

/** A dictionary of its own at the top of a block: the state prefix, then the data. */
export class TopDictionaryColumn extends DictionaryColumn {
  override size(): number {
    return this.rows === 0 ? 0 : STATE_BYTES + super.size();
  }
  override write(target: Uint8Array, at: number): number {
    return this.rows === 0 ? at : super.write(target, this.writeState(target, at));
  }
}

/** `Array(T)`: where each row ends among the items, then the items. Push items, then `endRow`. */
export class ArrayColumn<C extends ColumnBuffer> implements ColumnBuffer {
  readonly type: ColumnType;
  readonly items: C;
  offsets = new Byte8Column('UInt64');
  constructor(type: ColumnType, items: C) {
    this.type = type;
    this.items = items;
  }
  get rows(): number {
    return this.offsets.rows;
  }
  /** From now on rows end where the leader's do, and the leader alone is told: both have the same items per row. */
  follow(leader: ArrayColumn<ColumnBuffer>): void {
    this.offsets = leader.offsets;
  }
  endRow(): void {
    this.offsets.push(this.items.rows, 0);
  }
  size(): number {
    if (this.rows === 0) return 0;
    return this.offsets.size() + this.items.size() + (this.items instanceof DictionaryColumn ? STATE_BYTES : 0);
  }
  write(target: Uint8Array, at: number): number {
    if (this.rows === 0) return at;
    const next = this.items instanceof DictionaryColumn ? this.items.writeState(target, at) : at;
    return this.items.write(target, this.offsets.write(target, next));
  }
  clear(): void {
    this.items.clear();
    this.offsets.clear();
  }
}

/** `Map(LowCardinality(String), String)`: push to `keys` and `values` alike, then `endRow`. */
export class MapColumn implements ColumnBuffer {
  readonly type: ColumnType = 'Map(LowCardinality(String), String)';
  readonly keys: DictionaryColumn;
  readonly values = new StringColumn();
  readonly offsets = new Byte8Column('UInt64');
  constructor(interner: Interner) {
    this.keys = new DictionaryColumn(interner);
  }
  get rows(): number {
    return this.offsets.rows;
  }
  endRow(): void {
    this.offsets.push(this.keys.rows, 0);
  }
  size(): number {
    if (this.rows === 0) return 0;
    return STATE_BYTES + this.offsets.size() + this.keys.size() + this.values.size();
  }
  write(target: Uint8Array, at: number): number {
    if (this.rows === 0) return at;
    const next = this.keys.write(target, this.offsets.write(target, this.keys.writeState(target, at)));
    return this.values.write(target, next);
  }
  clear(): void {
    this.keys.clear();
    this.values.clear();
    this.offsets.clear();
  }
}
