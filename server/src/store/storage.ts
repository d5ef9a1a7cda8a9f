import { type Caller, LAYOUTS, type TableName } from '#base';
import type { Target } from './select.ts';

export interface TableStorage {
  readonly table: TableName;
  /** Rows of this tenant. */
  readonly rows: number;
  /** On disk, indexes included. Of a pooled tenant: its share of the table by rows. */
  readonly bytes: number;
  readonly bytesPerRow: number;
  /** Figures of the whole table. */
  readonly parts: number;
  readonly partitions: number;
}

/** A silo's tables are the tenant's own and their part list says all; in a pool only the tenant's rows are counted. */
export async function measureStorage(target: Target, caller: Caller, silo: boolean): Promise<readonly TableStorage[]> {
  const { client, database } = target;
  const parts = new Map(
    (
      await client.rows({
        sql: `SELECT table, sum(rows), sum(bytes_on_disk), count(), uniqExact(partition) FROM system.parts
          WHERE database = {database:String} AND active GROUP BY table`,
        params: { database },
      })
    ).map(([table, rows, bytes, count, partitions]) => [
      String(table),
      { rows: Number(rows), bytes: Number(bytes), parts: Number(count), partitions: Number(partitions) },
    ]),
  );
  const result: TableStorage[] = [];
  for (const table of Object.keys(LAYOUTS) as TableName[]) {
    const whole = parts.get(table);
    if (!whole) continue;
    let rows = whole.rows;
    if (!silo) {
      const [count] = await client.rows({
        sql: `SELECT count() FROM \`${database}\`.\`${table}\` WHERE tenant = {tenant:String}`,
        params: { tenant: caller.tenant },
        settings: { max_execution_time: 10 },
      });
      rows = Number(count?.[0] ?? 0);
      if (rows === 0) continue;
    }
    const bytesPerRow = whole.bytes / whole.rows;
    result.push({
      table,
      rows,
      bytes: Math.round(bytesPerRow * rows),
      bytesPerRow,
      parts: whole.parts,
      partitions: whole.partitions,
    });
  }
  return result;
}
