import type { Clock, Log } from '#base';
import type { ClickHouse } from './clickhouse.ts';
import { fail } from './errors.ts';
import { OPERATIONS } from './schema/operations.ts';
import { createRollup, createTable, fillRollup, renderSettings, skipIndex, ttl } from './schema/render.ts';
import { DELAY, LOG_ATTRIBUTES, LOG_TRACE, MAP_BUCKETS, TABLES, TEXT } from './schema/tables.ts';
import { TRACE_HOURS } from './schema/trace-hours.ts';

/**
 * Forward only. Each is recorded in `migrations` once all its statements ran; a crash in between runs it again, so
 * every statement must bear repeating (IF NOT EXISTS). The first one makes today's tables: on a new store the later ones
 * find their work done or are left out, on an old one they do it.
 */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** Changes what version 1 makes in today's form: nothing to do for a store that is made just now. */
  readonly ofOldStores?: true;
  readonly statements: (database: string) => readonly string[];
}

const DELAY_OF_TIME = 'toUnixTimestamp64Nano(observed_timestamp) - toUnixTimestamp64Nano(timestamp)';

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'tables of logs, spans and metrics, and the operations roll-up',
    statements: (database) => [
      ...Object.values(TABLES).map((table) => createTable(table, database)),
      ...createRollup(OPERATIONS, database),
    ],
  },
  {
    version: 2,
    ofOldStores: true,
    // It holds for new parts and merged ones; nothing is rewritten for it.
    name: 'attributes and bodies compressed at level 3',
    statements: (database) =>
      [
        ['logs', 'attributes'],
        ['logs', 'body'],
        ['spans', 'attributes'],
      ].map(([table, column]) => `ALTER TABLE \`${database}\`.\`${table}\` MODIFY COLUMN \`${column}\` CODEC(${TEXT})`),
  },
  {
    version: 3,
    // Nothing is rewritten: of rows that have only the time the delay is made when they are read, and kept by merges. What
    // is inserted with the time (a journal's entries of layout 1) becomes a delay, too; a new store keeps no time.
    name: 'logs keep how long after them they were observed, not when',
    statements: (database) =>
      [
        'ADD COLUMN IF NOT EXISTS `observed_timestamp` DateTime64(9) EPHEMERAL',
        `ADD COLUMN IF NOT EXISTS \`observed_delay\` Int64 DEFAULT ${DELAY_OF_TIME} CODEC(${DELAY}) AFTER \`timestamp\``,
        `MODIFY COLUMN \`observed_delay\` Int64 DEFAULT ${DELAY_OF_TIME} CODEC(${DELAY})`,
      ].map((change) => `ALTER TABLE \`${database}\`.\`logs\` ${change}`),
  },
  {
    version: 4,
    ofOldStores: true,
    // It holds for new parts and merged ones. The word index of an old store stays in its old encoding: it cannot be changed
    // without taking the index from the parts there are.
    name: 'attributes of logs compressed at level 5, their trace ids at 3',
    statements: (database) =>
      [
        ['attributes', LOG_ATTRIBUTES],
        ['trace_id', LOG_TRACE],
      ].map(([column, codec]) => `ALTER TABLE \`${database}\`.\`logs\` MODIFY COLUMN \`${column}\` CODEC(${codec})`),
  },
  {
    version: 5,
    // What is there already is entered too, or its traces would not be found. Twice does no harm: the table replaces.
    name: 'hours of traces',
    statements: (database) => [...createRollup(TRACE_HOURS, database), fillRollup(TRACE_HOURS, database)],
  },
  {
    version: 6,
    ofOldStores: true,
    // Up to here they had the retention of the signal that named them first that day, and their day ended where it began.
    // What is gone is gone; what is there is kept as long as the tenant's longest lived records. Twice does no harm: the
    // tables replace.
    name: 'resources and scopes live as long as what refers to them',
    statements: (database) => [
      ...(['resources', 'scopes', 'series', 'fields'] as const).map(
        (table) => `ALTER TABLE \`${database}\`.\`${table}\` MODIFY ${ttl(TABLES[table].ttlFrom)}`,
      ),
      ...(['resources', 'scopes'] as const).map((table) => keepLonger(table, database)),
    ],
  },
  {
    version: 7,
    ofOldStores: true,
    // It holds for merged parts; those that are there stay as they are until they are merged.
    name: 'attributes of logs and spans in buckets by key',
    statements: (database) =>
      (['logs', 'spans'] as const).map(
        (table) => `ALTER TABLE \`${database}\`.\`${table}\` MODIFY SETTING ${renderSettings(MAP_BUCKETS[table])}`,
      ),
  },
  {
    version: 8,
    ofOldStores: true,
    // The view is made anew; what it has counted stays.
    name: 'spans with names beyond a limit are counted under one name',
    statements: (database) => [
      `DROP VIEW IF EXISTS \`${database}\`.\`${OPERATIONS.name}_from_${OPERATIONS.source}\``,
      ...createRollup(OPERATIONS, database),
    ],
  },
  {
    version: 9,
    ofOldStores: true,
    // What is there gets the index in the background, part by part; until then a trace is looked for in all of a part.
    name: 'traces are found together with whose they are',
    statements: (database) =>
      (['logs', 'spans'] as const).flatMap((table) =>
        TABLES[table].indexes
          .filter(({ name }) => name === 'by_tenant_trace')
          .flatMap((index) => [
            `ADD ${skipIndex(index).replace('INDEX', 'INDEX IF NOT EXISTS')}`,
            `MATERIALIZE INDEX \`${index.name}\``,
            'DROP INDEX IF EXISTS `by_trace`',
          ])
          .map((change) => `ALTER TABLE \`${database}\`.\`${table}\` ${change}`),
      ),
  },
  {
    version: 10,
    ofOldStores: true,
    // It holds for merged parts; those that are there stay as they are until they are merged.
    name: 'logs and spans in files by column from 32 MiB on',
    statements: (database) =>
      (['logs', 'spans'] as const).map(
        (table) => `ALTER TABLE \`${database}\`.\`${table}\` MODIFY SETTING ${renderSettings(MAP_BUCKETS[table])}`,
      ),
  },
];

/** Names the tables that definitions are kept in: another text when one of them was dropped and made, or restored. */
export async function tablesOf(client: ClickHouse, database: string): Promise<string> {
  const rows = await client.rows({
    sql: `SELECT name, toString(uuid) FROM system.tables
      WHERE database = {database:String} AND name IN ('resources', 'scopes', 'series') ORDER BY name`,
    params: { database },
  });
  return rows.map(([name, uuid]) => `${name} ${uuid}`).join(', ');
}

/** Enters the rows once more whose retention is shorter than that of a record of their tenant. */
function keepLonger(table: 'resources' | 'scopes', database: string): string {
  const columns = TABLES[table].layout.columns.map(({ name }) => name).filter((name) => name !== 'retention_days');
  const kept = ['logs', 'spans', 'series']
    .map((one) => `SELECT tenant, max(retention_days) AS days FROM \`${database}\`.\`${one}\` GROUP BY tenant`)
    .join(' UNION ALL ');
  return [
    `INSERT INTO \`${database}\`.\`${table}\` (${[...columns, 'retention_days'].map((name) => `\`${name}\``).join(', ')})`,
    `SELECT ${columns.map((name) => `one.\`${name}\``).join(', ')}, longest.days`,
    `FROM \`${database}\`.\`${table}\` AS one`,
    `INNER JOIN (SELECT tenant, max(days) AS days FROM (${kept}) GROUP BY tenant) AS longest ON one.tenant = longest.tenant`,
    'WHERE one.retention_days < longest.days',
  ].join('\n');
}

/** Brings `database` to the newest version. Refuses one that a newer Hanok has written. */
export async function migrate(
  client: ClickHouse,
  database: string,
  deps: { readonly clock: Clock; readonly log: Log; readonly migrations?: readonly Migration[] },
): Promise<void> {
  const migrations = deps.migrations ?? MIGRATIONS;
  const newest = Math.max(...migrations.map((one) => one.version));
  await client.execute({ sql: `CREATE DATABASE IF NOT EXISTS \`${database}\`` });
  await client.execute({
    sql: `CREATE TABLE IF NOT EXISTS \`${database}\`.\`migrations\`
      (version UInt32, name String, applied_at DateTime64(3)) ENGINE = MergeTree ORDER BY version
      SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  });
  const rows = await client.rows({ sql: `SELECT max(version) FROM \`${database}\`.\`migrations\`` });
  const at = Number(rows[0]?.[0] ?? 0);
  if (at > newest)
    throw fail('store.migration', `the store is at version ${at}, this program knows versions up to ${newest}`);
  const others = await client.rows({
    sql: "SELECT count() FROM system.tables WHERE database = {database:String} AND name != 'migrations'",
    params: { database },
  });
  const isNew = at === 0 && Number(others[0]?.[0] ?? 0) === 0;
  for (const migration of [...migrations].sort((a, b) => a.version - b.version)) {
    if (migration.version <= at) continue;
    if (!(isNew && migration.ofOldStores))
      for (const sql of migration.statements(database)) await client.execute({ sql });
    await client.execute({
      sql: `INSERT INTO \`${database}\`.\`migrations\` VALUES ({version:UInt32}, {name:String}, fromUnixTimestamp64Milli({at:Int64}))`,
      params: { version: String(migration.version), name: migration.name, at: String(deps.clock.now()) },
    });
    deps.log.info({ version: migration.version, name: migration.name }, 'store migrated');
  }
}
