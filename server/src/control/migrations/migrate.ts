import type { Clock } from '#base';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import { first } from './0001-first.ts';
import { auditAnchor } from './0002-audit-anchor.ts';
import type { Migration } from './migration.ts';

const MIGRATIONS: readonly Migration[] = [first, auditAnchor];

/** Brings the database to the newest of `migrations`. Throws `control.newer-schema` when it is ahead of them. */
export async function migrate(dialect: Dialect, clock: Clock, migrations = MIGRATIONS): Promise<void> {
  const { database, bigInteger } = dialect;
  await database.schema
    .createTable('schema_version')
    .ifNotExists()
    .addColumn('version', 'integer', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('applied_at', bigInteger, (c) => c.notNull())
    .execute();
  const rows = await database.selectFrom('schema_version').select('version').orderBy('version', 'desc').execute();
  const present = rows[0]?.version ?? 0;
  const newest = migrations.at(-1)?.version ?? 0;
  if (present > newest)
    throw fail('control.newer-schema', `the control database has version ${present}, this program knows ${newest}`);
  for (const one of migrations) {
    if (one.version <= present) continue;
    await database.transaction().execute(async (transaction) => {
      await one.up(transaction, dialect);
      await transaction
        .insertInto('schema_version')
        .values({ version: one.version, name: one.name, applied_at: clock.now() })
        .execute();
    });
  }
}
