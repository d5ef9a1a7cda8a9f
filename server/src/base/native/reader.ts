import { Cursor, malformed, WIDTHS } from './cursor.ts';
import type { NativeValue } from './rows.ts';
import { utf8Text } from './utf8.ts';

/** One column of a block. `get` makes the JavaScript value of a row when asked, not before. */
export interface ReadColumn {
  readonly name: string;
  readonly type: string;
  get(row: number): NativeValue;
}

export interface ReadBlock {
  readonly rows: number;
  readonly columns: readonly ReadColumn[];
  /** Throws when there is none of this name. */
  column(name: string): ReadColumn;
}

type Getter = (row: number) => NativeValue;

function readStrings(cursor: Cursor, rows: number): Getter {
  // Every value takes at least a byte, so a count beyond the rest is false before memory is asked for.
  if (rows > cursor.bytes.length - cursor.at) throw cursor.malformed('more rows than bytes');
  const starts = new Uint32Array(rows);
  const ends = new Uint32Array(rows);
  for (let i = 0; i < rows; i++) {
    const length = cursor.varuint();
    starts[i] = cursor.take(length);
    ends[i] = cursor.at;
  }
  return (row) => utf8Text(cursor.bytes, starts[row], ends[row]);
}

function readDictionary(cursor: Cursor, rows: number): Getter {
  if (rows === 0) return () => '';
  const flags = cursor.uint64();
  const width = 1 << (flags & 0xff);
  if ((flags & 0xff) > 3 || (flags & 0x200) === 0 || (flags & 0x100) !== 0)
    throw cursor.malformed('unknown kind of dictionary');
  const count = cursor.uint64();
  const texts = readStrings(cursor, count);
  if (cursor.uint64() !== rows) throw cursor.malformed('as many indexes as rows expected');
  const start = cursor.take(rows * width);
  const { view } = cursor;
  const cache = new Map<number, string>();
  return (row) => {
    const at = start + row * width;
    const index =
      width === 1
        ? view.getUint8(at)
        : width === 2
          ? view.getUint16(at, true)
          : width === 4
            ? view.getUint32(at, true)
            : Number(view.getBigUint64(at, true));
    if (index >= count) throw malformed('index beyond its dictionary');
    let text = cache.get(index);
    if (text === undefined) cache.set(index, (text = String(texts(index))));
    return text;
  };
}

function readOffsets(cursor: Cursor, rows: number): Float64Array {
  if (rows * 8 > cursor.bytes.length - cursor.at) throw cursor.malformed('more rows than bytes');
  const offsets = new Float64Array(rows + 1);
  for (let i = 1; i <= rows; i++) {
    offsets[i] = cursor.uint64();
    if (offsets[i]! < offsets[i - 1]!) throw cursor.malformed('offsets go backwards');
  }
  return offsets;
}

function readFixed(cursor: Cursor, type: string, rows: number): Getter {
  const width = WIDTHS[type];
  if (width === undefined) throw cursor.malformed(`unknown type ${type}`);
  const start = cursor.take(rows * width);
  const { view, bytes } = cursor;
  switch (type) {
    case 'UInt8':
      return (row) => view.getUint8(start + row);
    case 'UInt16':
    case 'Date':
      return (row) => view.getUint16(start + row * 2, true);
    case 'UInt32':
      return (row) => view.getUint32(start + row * 4, true);
    case 'Int32':
      return (row) => view.getInt32(start + row * 4, true);
    case 'UInt64':
      return (row) => view.getBigUint64(start + row * 8, true);
    case 'Int64':
    case 'DateTime64(9)':
      return (row) => view.getBigInt64(start + row * 8, true);
    case 'Float64':
      return (row) => view.getFloat64(start + row * 8, true);
    default:
      return (row) => bytes.slice(start + row * width, start + (row + 1) * width);
  }
}

function readColumn(cursor: Cursor, type: string, rows: number): Getter {
  if (rows === 0) return () => '';
  if (type === 'LowCardinality(String)') {
    cursor.uint64();
    return readDictionary(cursor, rows);
  }
  if (type === 'Map(LowCardinality(String), String)') {
    cursor.uint64();
    const offsets = readOffsets(cursor, rows);
    const keys = readDictionary(cursor, offsets[rows]!);
    const values = readStrings(cursor, offsets[rows]!);
    return (row) => {
      const pairs: [string, string][] = [];
      for (let i = offsets[row]!; i < offsets[row + 1]!; i++) pairs.push([String(keys(i)), String(values(i))]);
      return pairs;
    };
  }
  if (type.startsWith('Array(')) {
    const inner = type.slice(6, -1);
    if (inner === 'LowCardinality(String)') cursor.uint64();
    const offsets = readOffsets(cursor, rows);
    const count = offsets[rows]!;
    const items = inner === 'LowCardinality(String)' ? readDictionary(cursor, count) : readItems(cursor, inner, count);
    return (row) => {
      const list: NativeValue[] = [];
      for (let i = offsets[row]!; i < offsets[row + 1]!; i++) list.push(items(i));
      return list;
    };
  }
  return readItems(cursor, type, rows);
}

function readItems(cursor: Cursor, type: string, rows: number): Getter {
  return type === 'String' ? readStrings(cursor, rows) : readFixed(cursor, type, rows);
}

/**
 * Reads Native blocks one after another, as written by this folder or by the engine with the same types. The bytes are
 * not copied and must not change while columns are in use. Throws `native.malformed`.
 */
export function* readBlocks(bytes: Uint8Array): Generator<ReadBlock> {
  const cursor = new Cursor(bytes);
  while (cursor.at < bytes.length) {
    const count = cursor.varuint();
    const rows = cursor.varuint();
    if (count === 0 || count > 1_000) throw cursor.malformed(`${count} columns`);
    const columns: ReadColumn[] = [];
    for (let i = 0; i < count; i++) {
      const name = cursor.text();
      const type = cursor.text();
      columns.push({ name, type, get: readColumn(cursor, type, rows) });
    }
    const byName = new Map(columns.map((column) => [column.name, column]));
    yield {
      rows,
      columns,
      column(name) {
        const column = byName.get(name);
        if (!column) throw malformed(`no column ${name}`);
        return column;
      },
    };
  }
}

/** All rows as objects; for small results and tests. */
export function* readRows(bytes: Uint8Array): Generator<Record<string, NativeValue>> {
  for (const block of readBlocks(bytes))
    for (let row = 0; row < block.rows; row++)
      yield Object.fromEntries(block.columns.map((column) => [column.name, column.get(row)]));
}
