import { LAYOUTS, type TableName } from '#base';
import type { ClickHouse } from './clickhouse.ts';
import { type Select, select } from './plan/select.ts';
import { bind, type Fragment, joined, name, sql } from './plan/sql.ts';
import { TABLES } from './schema/tables.ts';
import type { Value } from './select.ts';

export interface DayRows {
  /** `2026-11-20`, by UTC. */
  readonly day: string;
  readonly rows: number;
}

export interface TableStorage {
  readonly table: TableName;
  /** All of them are the tenant's. */
  readonly rows: number;
  /** In order. */
  readonly days: readonly DayRows[];
  /** For a store that keeps this tenant's data alone: how it lies on disk. */
  readonly onDisk?: {
    /** Indexes included. */
    readonly bytes: number;
    readonly bytesPerRow: number;
    readonly parts: number;
    readonly partitions: number;
  };
  /**
   * For a shared store: what the rows' values take before compression, from the mean of the newest rows. What they take on
   * disk depends on the rows they lie among, which are neighbours'.
   */
  readonly estimatedBytes?: number;
}

/** The tables are the tenant's own, and their list of parts says all. */
export async function measureOwn(client: ClickHouse, database: string): Promise<readonly TableStorage[]> {
  const parts = await client.rows({
    // Every partition begins with the day: ('2026-11-20', 30).
    sql: `SELECT table, extract(partition, '\\\\d{4}-\\\\d{2}-\\\\d{2}') AS day, sum(rows), sum(bytes_on_disk), count(),
        uniqExact(partition) FROM system.parts WHERE database = {database:String} AND active GROUP BY table, day ORDER BY day`,
    params: { database },
  });
  const result: TableStorage[] = [];
  for (const table of Object.keys(LAYOUTS) as TableName[]) {
    const mine = parts.filter(([of]) => of === table);
    const total = (column: number): number => mine.reduce((sum, row) => sum + Number(row[column]), 0);
    const rows = total(2);
    if (rows === 0) continue;
    const bytes = total(3);
    result.push({
      table,
      rows,
      days: mine.map(([, day, count]) => ({ day: String(day), rows: Number(count) })),
      onDisk: { bytes, bytesPerRow: bytes / rows, parts: total(4), partitions: total(5) },
    });
  }
  return result;
}

type Ask = (plan: Select) => Promise<Record<string, Value>[]>;

/** The tenant's rows are counted by plans like any other, so that nothing but those can be told. */
export async function measureShared(ask: Ask): Promise<readonly TableStorage[]> {
  const result: TableStorage[] = [];
  for (const table of Object.keys(LAYOUTS) as TableName[]) {
    const days = (await ask(rowsByDay(table))).map((row) => ({ day: String(row['on_day']), rows: Number(row['n']) }));
    const rows = days.reduce((sum, one) => sum + one.rows, 0);
    const newest = days.at(-1);
    if (!newest) continue;
    const [sampled] = await ask(meanSize(table, newest.day));
    result.push({ table, rows, days, estimatedBytes: Math.round(rows * Number(sampled?.['mean'] ?? 0)) });
  }
  return result;
}

const hasTime = (table: TableName): boolean => LAYOUTS[table].columns.some((column) => column.name === 'timestamp');
const dayOf = (table: TableName): Fragment =>
  hasTime(table) ? sql`toString(toDate(timestamp, 'UTC'))` : sql`toString(day)`;

/**
 * Rows of one key become one when their parts are merged, and merges come when neighbours' rows do: so such rows are
 * counted by their keys.
 */
function rowsByDay(table: TableName): Select {
  const { engine, orderBy } = TABLES[table];
  const counted =
    engine === 'MergeTree' ? sql`count()` : sql`uniqExact(tuple(${joined(orderBy.slice(1).map(name), ', ')}))`;
  return select({
    columns: { on_day: dayOf(table), n: counted },
    from: table,
    groupBy: [name('on_day')],
    orderBy: [name('on_day')],
  });
}

/** The newest say what comes in now, and which those are does not depend on how parts lie. */
const SAMPLED_ROWS = 1_000;

function meanSize(table: TableName, day: string): Select {
  const newest = hasTime(table) ? name('timestamp') : name(TABLES[table].orderBy[2]!);
  return select({
    columns: { mean: sql`avg(size)` },
    from: select({
      columns: { size: sizeOfRow(table) },
      from: table,
      where: [sql`${dayOf(table)} = ${bind.string(day)}`],
      orderBy: [sql`${newest} DESC`],
      limit: SAMPLED_ROWS,
    }),
  });
}

/** Bytes of a row's values: texts by their length, numbers by their width. */
function sizeOfRow(table: TableName): Fragment {
  let width = 0;
  const varying: Fragment[] = [];
  for (const { name: column, type } of LAYOUTS[table].columns) {
    const fixed = WIDTHS[type];
    if (fixed !== undefined) {
      width += fixed;
      continue;
    }
    const values = name(column);
    const element = ELEMENT_WIDTHS[type];
    if (element !== undefined) varying.push(sql`length(${values}) * ${bind.uint(element)}`);
    else if (type.startsWith('Map('))
      varying.push(
        sql`arraySum(arrayMap(x -> length(x), mapKeys(${values})))`,
        sql`arraySum(arrayMap(x -> length(x), mapValues(${values})))`,
      );
    else if (type.startsWith('Array(')) varying.push(sql`arraySum(arrayMap(x -> length(x), ${values}))`);
    else varying.push(sql`length(${values})`);
  }
  return varying.reduce((sum, one) => sql`${sum} + ${one}`, sql`${bind.uint(width)}`);
}

const WIDTHS: Readonly<Record<string, number>> = {
  UInt8: 1,
  UInt16: 2,
  UInt32: 4,
  UInt64: 8,
  Int32: 4,
  Int64: 8,
  Float64: 8,
  'DateTime64(9)': 8,
  Date: 2,
  'FixedString(8)': 8,
  'FixedString(16)': 16,
};
const ELEMENT_WIDTHS: Readonly<Record<string, number>> = {
  'Array(UInt32)': 4,
  'Array(UInt64)': 8,
  'Array(Float64)': 8,
  'Array(FixedString(8))': 8,
  'Array(FixedString(16))': 16,
};
