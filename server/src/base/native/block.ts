import type { Block } from '../batch.ts';
import { must } from '../errors.ts';
import type { ColumnType, Layout } from '../layout/column.ts';
import { LAYOUTS, type TableName } from '../layout/tables.ts';
import {
  Byte1Column,
  Byte2Column,
  Byte4Column,
  Byte8Column,
  type ColumnBuffer,
  FixedStringColumn,
  Float8Column,
} from './buffers.ts';
import { DictionaryColumn, varuintSize, writeVaruint } from './dictionary.ts';
import type { Interner } from './interner.ts';
import { ArrayColumn, MapColumn, TopDictionaryColumn } from './nested.ts';
import { StringColumn } from './strings.ts';
import { utf8Bytes } from './utf8.ts';

/** The buffer class of each column type. */
export interface BufferOf {
  UInt8: Byte1Column;
  UInt16: Byte2Column;
  UInt32: Byte4Column;
  UInt64: Byte8Column;
  Int32: Byte4Column;
  Int64: Byte8Column;
  Float64: Float8Column;
  'DateTime64(9)': Byte8Column;
  Date: Byte2Column;
  String: StringColumn;
  'FixedString(8)': FixedStringColumn;
  'FixedString(16)': FixedStringColumn;
  'LowCardinality(String)': TopDictionaryColumn;
  'Map(LowCardinality(String), String)': MapColumn;
  'Array(UInt32)': ArrayColumn<Byte4Column>;
  'Array(UInt64)': ArrayColumn<Byte8Column>;
  'Array(Float64)': ArrayColumn<Float8Column>;
  'Array(String)': ArrayColumn<StringColumn>;
  'Array(FixedString(8))': ArrayColumn<FixedStringColumn>;
  'Array(FixedString(16))': ArrayColumn<FixedStringColumn>;
  'Array(LowCardinality(String))': ArrayColumn<DictionaryColumn>;
}

const MAKERS: { readonly [T in ColumnType]: (interner: Interner) => BufferOf[T] } = {
  UInt8: () => new Byte1Column(),
  UInt16: () => new Byte2Column('UInt16'),
  UInt32: () => new Byte4Column('UInt32'),
  UInt64: () => new Byte8Column('UInt64'),
  Int32: () => new Byte4Column('Int32'),
  Int64: () => new Byte8Column('Int64'),
  Float64: () => new Float8Column(),
  'DateTime64(9)': () => new Byte8Column('DateTime64(9)'),
  Date: () => new Byte2Column('Date'),
  String: () => new StringColumn(),
  'FixedString(8)': () => new FixedStringColumn(8),
  'FixedString(16)': () => new FixedStringColumn(16),
  'LowCardinality(String)': (interner) => new TopDictionaryColumn(interner),
  'Map(LowCardinality(String), String)': (interner) => new MapColumn(interner),
  'Array(UInt32)': () => new ArrayColumn('Array(UInt32)', new Byte4Column('UInt32')),
  'Array(UInt64)': () => new ArrayColumn('Array(UInt64)', new Byte8Column('UInt64')),
  'Array(Float64)': () => new ArrayColumn('Array(Float64)', new Float8Column()),
  'Array(String)': () => new ArrayColumn('Array(String)', new StringColumn()),
  'Array(FixedString(8))': () => new ArrayColumn('Array(FixedString(8))', new FixedStringColumn(8)),
  'Array(FixedString(16))': () => new ArrayColumn('Array(FixedString(16))', new FixedStringColumn(16)),
  'Array(LowCardinality(String))': (interner) =>
    new ArrayColumn('Array(LowCardinality(String))', new DictionaryColumn(interner)),
};

export type ColumnsOf<T extends Readonly<Record<string, ColumnType>>> = { readonly [K in keyof T]: BufferOf[T[K]] };

/**
 * Growable columns for one layout, by name; all dictionaries share one interner.
 *
 * What is given back inherits the columns. V8 keeps an object that gets a dozen properties by computed names as a hash
 * table, and looks each of them up anew at every use: with forty uses per span a sixth of a span's decoding. As a
 * prototype it is laid out like any class, and a use is one load. Who wants all names asks the layout.
 */
export function openColumns<T extends Readonly<Record<string, ColumnType>>>(
  types: T,
  interner: Interner,
): ColumnsOf<T> {
  const columns: Record<string, ColumnBuffer> = {};
  for (const [name, type] of Object.entries(types)) columns[name] = MAKERS[type](interner);
  return Object.create(columns) as ColumnsOf<T>;
}

/** Head of a column in a block: its name and type, encoded once. */
function heads(layout: Layout): Uint8Array[] {
  return layout.columns.map(({ name, type }) => {
    const [a, b] = [utf8Bytes(name), utf8Bytes(type)];
    const head = new Uint8Array(varuintSize(a.length) + a.length + varuintSize(b.length) + b.length);
    let at = writeVaruint(head, 0, a.length);
    head.set(a, at);
    at = writeVaruint(head, at + a.length, b.length);
    head.set(b, at);
    return head;
  });
}

/** Writes blocks of one layout from its columns; the order is the layout's. */
export class BlockWriter {
  readonly table: TableName;
  readonly #columns: readonly ColumnBuffer[];
  readonly #heads: readonly Uint8Array[];

  constructor(table: TableName, columns: Readonly<Record<string, ColumnBuffer>>) {
    const layout: Layout = LAYOUTS[table];
    this.table = table;
    this.#columns = layout.columns.map(({ name, type }) => {
      const column = columns[name];
      must(column && column.type === type, `column ${table}.${name} is a ${type}`);
      return column;
    });
    this.#heads = heads(layout);
  }

  get rows(): number {
    return this.#columns[0]!.rows;
  }

  size(): number {
    let size = varuintSize(this.#columns.length) + varuintSize(this.rows);
    for (let i = 0; i < this.#columns.length; i++) size += this.#heads[i]!.length + this.#columns[i]!.size();
    return size;
  }

  /** Writes exactly `size()` bytes from `at`; returns the place after them. */
  write(target: Uint8Array, at: number): number {
    const rows = this.rows;
    let next = writeVaruint(target, writeVaruint(target, at, this.#columns.length), rows);
    for (let i = 0; i < this.#columns.length; i++) {
      const column = this.#columns[i]!;
      must(column.rows === rows, `${this.table} column ${i} has ${column.rows} of ${rows} rows`);
      target.set(this.#heads[i]!, next);
      next = column.write(target, next + this.#heads[i]!.length);
    }
    return next;
  }

  clear(): void {
    for (const column of this.#columns) column.clear();
  }
}

/** Writes the blocks that have rows into one buffer, which can be handed to another thread whole. */
export function sealBlocks(writers: readonly BlockWriter[]): Block[] {
  const used = writers.filter((writer) => writer.rows > 0);
  const size = used.reduce((sum, writer) => sum + writer.size(), 0);
  // Not zeroed, since all of it is written; never from Node's shared pool, so that it can be transferred.
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
  let at = 0;
  const blocks = used.map((writer): Block => {
    const end = writer.write(bytes, at);
    const block = { table: writer.table, rows: writer.rows, bytes: bytes.subarray(at, end) };
    at = end;
    return block;
  });
  must(at === bytes.length, 'a block has its computed size');
  return blocks;
}
