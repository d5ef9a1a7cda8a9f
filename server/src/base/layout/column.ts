/**
 * Row layouts: what a sealed block carries, column by column. The pipeline builds Native blocks in this order, the
 * store renders CREATE TABLE from the same list (adding keys, codecs, indexes and TTL), query names columns from
 * it. Only the types listed here exist; `base/native` encodes and decodes each.
 */
export type ColumnType =
  | 'UInt8'
  | 'UInt16'
  | 'UInt32'
  | 'UInt64'
  | 'Int32'
  | 'Int64'
  | 'Float64'
  | 'DateTime64(9)'
  | 'Date'
  | 'String'
  | 'FixedString(8)'
  | 'FixedString(16)'
  | 'LowCardinality(String)'
  | 'Map(LowCardinality(String), String)'
  | 'Array(UInt32)'
  | 'Array(UInt64)'
  | 'Array(Float64)'
  | 'Array(String)'
  | 'Array(FixedString(8))'
  | 'Array(FixedString(16))'
  | 'Array(LowCardinality(String))';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

export interface Layout {
  readonly table: string;
  /** Raised with every change of the columns; travels in the journal. */
  readonly version: number;
  readonly columns: readonly Column[];
}

export function layout<const T extends Record<string, ColumnType>>(table: string, version: number, columns: T) {
  return {
    table,
    version,
    columns: Object.entries(columns).map(([name, type]) => ({ name, type })) as readonly Column[],
    types: columns,
  };
}
