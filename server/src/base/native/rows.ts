import type { Block } from '../batch.ts';
import { HanokError } from '../errors.ts';
import type { ColumnType } from '../layout/column.ts';
import { LAYOUTS, type TableName } from '../layout/tables.ts';
import { BlockWriter, openColumns, sealBlocks } from './block.ts';
import {
  Byte1Column,
  Byte2Column,
  Byte4Column,
  Byte8Column,
  type ColumnBuffer,
  FixedStringColumn,
  Float8Column,
} from './buffers.ts';
import { DictionaryColumn } from './dictionary.ts';
import { Interner } from './interner.ts';
import { ArrayColumn, MapColumn } from './nested.ts';
import { StringColumn } from './strings.ts';

/**
 * A value as JavaScript sees it: 64-bit integers and times `bigint`, `Date` days since 1970, fixed strings bytes, maps
 * lists of pairs (keys may repeat).
 */
export type NativeValue =
  | number
  | bigint
  | string
  | Uint8Array
  | readonly NativeValue[]
  | ReadonlyArray<readonly [string, string]>;

function append(column: ColumnBuffer, interner: Interner, value: NativeValue | undefined): void {
  if (column instanceof StringColumn) {
    if (value instanceof Uint8Array) column.pushBytes(value);
    else column.push(value === undefined ? '' : String(value));
  } else if (column instanceof DictionaryColumn)
    column.push(value === undefined ? 0 : interner.internText(String(value)));
  else if (column instanceof Byte8Column) {
    const bits = BigInt.asUintN(64, typeof value === 'bigint' ? value : BigInt(Number(value ?? 0)));
    column.push(Number(bits & 0xffff_ffffn), Number(bits >> 32n));
  } else if (column instanceof FixedStringColumn) {
    if (value instanceof Uint8Array && value.length === column.width)
      column.push(new DataView(value.buffer, value.byteOffset), 0);
    else if (value === undefined) column.pushZero();
    else throw unfit(column.type, value);
  } else if (column instanceof MapColumn) {
    for (const pair of (value ?? []) as ReadonlyArray<readonly [string, string]>) {
      append(column.keys, interner, pair[0]);
      append(column.values, interner, pair[1]);
    }
    column.endRow();
  } else if (column instanceof ArrayColumn) {
    for (const item of (value ?? []) as readonly NativeValue[]) append(column.items, interner, item);
    column.endRow();
  } else if (
    column instanceof Byte1Column ||
    column instanceof Byte2Column ||
    column instanceof Byte4Column ||
    column instanceof Float8Column
  ) {
    if (value !== undefined && typeof value !== 'number') throw unfit(column.type, value);
    column.push(value ?? 0);
  }
}

function unfit(type: ColumnType, value: NativeValue): HanokError {
  return new HanokError('bug', { kind: 'bug', status: 500, retry: false }, `${typeof value} does not fit ${type}`);
}

/**
 * One block from row objects; absent columns are zero or empty. For seeds, tests and small writes of the instance itself;
 * the ingest path fills columns directly.
 */
export function encodeRows(table: TableName, rows: ReadonlyArray<Readonly<Record<string, NativeValue>>>): Block {
  const interner = new Interner();
  const columns = openColumns<Readonly<Record<string, ColumnType>>>(LAYOUTS[table].types, interner);
  for (const row of rows)
    for (const { name } of LAYOUTS[table].columns) append(columns[name] as ColumnBuffer, interner, row[name]);
  const writer = new BlockWriter(table, columns);
  if (rows.length > 0) return sealBlocks([writer])[0]!;
  const bytes = new Uint8Array(writer.size());
  writer.write(bytes, 0);
  return { table, rows: 0, bytes };
}
