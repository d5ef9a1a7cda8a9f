import type { Kysely } from 'kysely';
import { type Migration as KyselyMigration, Migrator } from 'kysely/migration';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import type { Schema } from '../schema.ts';
import { first } from './0001-first.ts';
import { auditAnchor } from './0002-audit-anchor.ts';
import { auditChains } from './0003-audit-chains.ts';
import { members } from './0004-members.ts';
import { tenantLifecycle } from './0005-tenant-lifecycle.ts';
import { jwtIssuers } from './0006-jwt-issuers.ts';
import { limitsAndKeys } from './0007-limits-and-keys.ts';
import { people } from './0008-people.ts';
import type { Migration } from './migration.ts';

const MIGRATIONS: readonly Migration[] = [
  first,
  auditAnchor,
  auditChains,
  members,
  tenantLifecycle,
  jwtIssuers,
  limitsAndKeys,
  people,
];

const TABLE = 'kysely_migration';
const LOCK_TABLE = 'kysely_migration_lock';
/** Where SQLite databases of before said it: a row per version, 1 and up. */
const OLD_TABLE = 'schema_version';

/**
 * Brings the database to the newest of `migrations`; all that are due run in one transaction, or none. Processes that
 * start at the same time on one database wait for each other. Throws `control.newer-schema` when the database is ahead.
 */
export async function migrate(dialect: Dialect, migrations = MIGRATIONS): Promise<void> {
  const { database } = dialect;
  const tables = await tablesOf(database);
  if (tables.has(OLD_TABLE)) await takeOver(database, migrations);
  if (tables.has(OLD_TABLE) || tables.has(TABLE)) await refuseNewer(database, migrations);
  const migrator = new Migrator({
    db: database,
    migrationTableName: TABLE,
    migrationLockTableName: LOCK_TABLE,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(
          migrations.map((one): [string, KyselyMigration] => [
            one.name,
            { up: (transaction: Kysely<Schema>) => one.up(transaction, dialect) },
          ]),
        ),
    },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

const tablesOf = async (database: Kysely<Schema>): Promise<ReadonlySet<string>> =>
  new Set((await database.introspection.getTables({ withInternalKyselyTables: true })).map(({ name }) => name));

async function refuseNewer(database: Kysely<Schema>, migrations: readonly Migration[]): Promise<void> {
  const rows = await database.selectFrom(TABLE).select('name').orderBy('name').execute();
  const newer = rows.find(({ name }) => migrations.every((one) => one.name !== name));
  if (newer)
    throw fail(
      'control.newer-schema',
      `the control database has the migration ${newer.name}, which this program does not know`,
    );
}

/** Writes what the table of before says where Kysely's Migrator looks for it, and drops that table. */
async function takeOver(database: Kysely<Schema>, migrations: readonly Migration[]): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    // Another process that started at the same moment may have been first.
    if (!(await tablesOf(transaction)).has(OLD_TABLE)) return;
    const rows = await transaction.selectFrom(OLD_TABLE).select(['version', 'applied_at']).orderBy('version').execute();
    const newest = rows.at(-1)?.version ?? 0;
    if (newest > migrations.length)
      throw fail(
        'control.newer-schema',
        `the control database has version ${newest}, this program knows ${migrations.length}`,
      );
    // As Kysely makes it: names, and times as ISO text.
    await transaction.schema
      .createTable(TABLE)
      .addColumn('name', 'varchar(255)', (c) => c.notNull().primaryKey())
      .addColumn('timestamp', 'varchar(255)', (c) => c.notNull())
      .execute();
    for (const { version, applied_at } of rows)
      await transaction
        .insertInto(TABLE)
        .values({ name: migrations[version - 1]!.name, timestamp: new Date(applied_at).toISOString() })
        .execute();
    await transaction.schema.dropTable(OLD_TABLE).execute();
  });
}
