import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '@hanok/contract';
import { type ClickHouse, StoreException } from './clickhouse.ts';
import { quote } from './engine/literal.ts';
import type { DayRows } from './storage.ts';

export interface TableRows {
  readonly table: string;
  readonly rows: number;
  /** In order. */
  readonly days: readonly DayRows[];
}

/** What is left of a table after a step of the removal. */
export interface TableLeft {
  readonly table: string;
  readonly rows: number;
}

/**
 * Takes a tenant's rows out of a store. Everything here asks what is there first, so that it may be repeated after a kill at
 * any moment; nobody may insert rows of the tenant's meanwhile.
 */
export interface StoreRemoval {
  /** Rows as they lie there, by table and day; tables without any are not named. */
  count(tenant: TenantId, signal: AbortSignal): Promise<readonly TableRows[]>;
  /**
   * Removes from one table after another, one partition at a time, and tells after each. What is rewritten is a partition's
   * parts that have rows of the tenant's, in the background and beside inserts and questions; the parts that were are
   * deleted with the others that were merged, some minutes later (`replacedParts`).
   */
  remove(tenant: TenantId, signal: AbortSignal, told: (left: TableLeft) => Promise<void>): Promise<void>;
  /** Parts of the tables that were replaced up to `ms` (Unix) and whose files are still there. */
  replacedParts(ms: number, signal: AbortSignal): Promise<number>;
}

/** Which column says the day of a row; of two the first. */
const DAY_COLUMNS: readonly (readonly [string, string])[] = [
  ['timestamp', "toDate(timestamp, 'UTC')"],
  ['day', 'day'],
  ['time', "toDate(time, 'UTC')"],
  ['hour', "toDate(hour, 'UTC')"],
];
const LOOK_EVERY_MS = 200;
/** Rows of the tenant's that are there again after a partition was rewritten so often are somebody's mistake. */
const MOST_PASSES = 3;
/** UNFINISHED: what ClickHouse says of a mutation that fails. */
const MUTATION_FAILED = 341;
/** A day of a large pool is counted by its primary key alone; the bound is for one that cannot answer. */
const COUNT_SETTINGS = { max_execution_time: 300, max_threads: 1 } as const;

interface Table {
  readonly name: string;
  readonly day: string;
}

export function openRemoval(client: ClickHouse, database: string): StoreRemoval {
  const at = (table: string): string => `\`${database}\`.\`${table}\``;

  /** Every table with a tenant's rows in it, whichever there are: a new one is not forgotten. */
  const tables = async (signal: AbortSignal): Promise<Table[]> => {
    const rows = await client.rows({
      sql: `SELECT t.name, groupArray(c.name) FROM system.tables AS t INNER JOIN system.columns AS c
          ON c.database = t.database AND c.table = t.name
        WHERE t.database = {database:String} AND t.engine LIKE '%MergeTree'
        GROUP BY t.name HAVING has(groupArray(c.name), 'tenant') ORDER BY t.name`,
      params: { database },
      signal,
    });
    return rows.map(([name, columns]) => {
      const has = columns as readonly string[];
      const day = DAY_COLUMNS.find(([column]) => has.includes(column))?.[1] ?? "''";
      return { name: String(name), day };
    });
  };

  const partitionsOf = async (table: string, tenant: TenantId, signal: AbortSignal) => {
    const rows = await client.rows({
      sql: `SELECT _partition_id, count() FROM ${at(table)} WHERE tenant = {tenant:String}
        GROUP BY _partition_id ORDER BY _partition_id`,
      params: { tenant },
      settings: COUNT_SETTINGS,
      signal,
    });
    return rows.map(([id, count]) => ({ id: String(id), rows: Number(count) }));
  };

  /** Waits for what rewrites the table, also what was begun before a kill. Throws what hinders it. */
  const settled = async (table: string, signal: AbortSignal): Promise<void> => {
    for (;;) {
      const [row] = await client.rows({
        sql: `SELECT count(), max(latest_fail_reason) FROM system.mutations
          WHERE database = {database:String} AND table = {table:String} AND NOT is_done`,
        params: { database, table },
        signal,
      });
      if (Number(row?.[0] ?? 0) === 0) return;
      const why = String(row?.[1] ?? '');
      if (why !== '') throw new StoreException(MUTATION_FAILED, why);
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  };

  return {
    async count(tenant, signal) {
      const counted: TableRows[] = [];
      for (const { name, day } of await tables(signal)) {
        const rows = await client.rows({
          sql: `SELECT toString(${day}) AS on_day, count() FROM ${at(name)} WHERE tenant = {tenant:String}
            GROUP BY on_day ORDER BY on_day`,
          params: { tenant },
          settings: COUNT_SETTINGS,
          signal,
        });
        const days = rows.map(([on, count]) => ({ day: String(on), rows: Number(count) }));
        const sum = days.reduce((total, one) => total + one.rows, 0);
        if (sum > 0) counted.push({ table: name, rows: sum, days });
      }
      return counted;
    },
    async remove(tenant, signal, told) {
      for (const { name } of await tables(signal)) {
        await settled(name, signal);
        const found = await partitionsOf(name, tenant, signal);
        if (found.length === 0) continue;
        let left = found.reduce((sum, { rows }) => sum + rows, 0);
        for (let pass = 0; left > 0; pass++) {
          if (pass === MOST_PASSES) throw new StoreException(MUTATION_FAILED, `${name} has rows of the tenant again`);
          for (const { id, rows } of pass === 0 ? found : await partitionsOf(name, tenant, signal)) {
            await client.execute({
              sql: `ALTER TABLE ${at(name)} DELETE IN PARTITION ID ${quote(id)} WHERE tenant = {tenant:String}`,
              params: { tenant },
              // Waited for by looking: a statement that lasts as long would take one of the few sessions.
              settings: { mutations_sync: 0 },
              signal,
            });
            await settled(name, signal);
            left = Math.max(0, left - rows);
            await told({ table: name, rows: left });
          }
          left = (await partitionsOf(name, tenant, signal)).reduce((sum, { rows }) => sum + rows, 0);
        }
        await told({ table: name, rows: 0 });
      }
    },
    async replacedParts(ms, signal) {
      const names = (await tables(signal)).map(({ name }) => quote(name));
      if (names.length === 0) return 0;
      const [row] = await client.rows({
        sql: `SELECT count() FROM system.parts WHERE database = {database:String} AND table IN (${names.join(', ')})
          AND NOT active AND remove_time > 0 AND remove_time <= fromUnixTimestamp({at:UInt32})`,
        params: { database, at: String(Math.ceil(ms / 1_000)) },
        signal,
      });
      return Number(row?.[0] ?? 0);
    },
  };
}
