import { hash } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import { type Clock, type Log, must } from '#base';
import { ChainCheck, type ChainHead } from './audit/chain.ts';
import { walkChain } from './audit/walk-chain.ts';
import type { Dialect } from './dialect/dialect.ts';
import { openDialect } from './dialect/open.ts';
import { fail } from './errors.ts';
import { migrate } from './migrations/migrate.ts';
import type { Schema } from './schema.ts';

/** Where a control database is: the URL of a PostgreSQL database, or a data directory with its SQLite file. */
export type ControlPlace = { readonly url: string } | { readonly dataDir: string };

export interface Copied {
  readonly tables: ReadonlyArray<{ readonly name: string; readonly rows: number }>;
  /** The audit log's newest row, the same on both sides. */
  readonly head: ChainHead;
}

/** All tables, referred ones before those that refer to them, each with the columns that order its rows. */
const TABLES = {
  tenants: 'id',
  users: 'id',
  memberships: 'id',
  roles: 'id',
  service_accounts: 'id',
  api_tokens: 'id',
  operator_access: 'id',
  sessions: 'token_hash',
  ingest_keys: 'id',
  audit: 'seq',
  audit_head: 'id',
  signing_keys: 'id',
  tenant_suspensions: 'tenant',
  tenant_deletions: 'tenant',
  certificates: 'id',
} as const satisfies { readonly [T in Exclude<keyof Schema, 'kysely_migration' | 'schema_version'>]: keyof Schema[T] };
type Table = keyof typeof TABLES;
const NAMES = Object.keys(TABLES) as Table[];

/** Rows read and written at once: 500 rows of 13 columns are far below the 32,766 values a statement may bind. */
const AT_ONCE = 500;

/**
 * Copies a control database to an empty one and reads both back before it commits: every row, and the chain of the
 * audit log. Nobody may
 * write to either meanwhile; a PostgreSQL that is copied from keeps its writers waiting. Throws `control.not-empty`,
 * `control.copy-differs`.
 */
export async function copyControl(
  from: ControlPlace,
  to: ControlPlace,
  deps: { readonly clock: Clock; readonly log: Log },
): Promise<Copied> {
  const open = (place: ControlPlace) =>
    openDialect('url' in place ? place.url : '', { ...deps, dataDir: 'url' in place ? '' : place.dataDir });
  const source = await open(from);
  try {
    const target = await open(to);
    try {
      return await copy(source, target);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copy(source: Dialect, target: Dialect): Promise<Copied> {
  await migrate(source);
  await migrate(target);
  return source.database.transaction().execute(async (reading) => {
    await source.takeTurn(reading);
    return target.database.transaction().execute(async (writing) => {
      await target.takeTurn(writing);
      for (const name of NAMES) {
        // The migrations leave the anchor of an empty log there.
        if (name === 'audit_head') await writing.deleteFrom(name).execute();
        else if ((await pageOf(writing, name, undefined, 1)).length > 0)
          throw fail('control.not-empty', `the table ${name} of the database to copy to has rows`);
      }
      const tables = [];
      for (const name of NAMES) {
        for await (const rows of pagesOf(reading, name))
          await writing
            .insertInto(name)
            .values(rows as never)
            .execute();
        const [before, after] = [await digestOf(reading, name), await digestOf(writing, name)];
        if (before.rows !== after.rows || before.digest !== after.digest)
          throw fail(
            'control.copy-differs',
            `the table ${name} differs: ${before.rows} rows were read, ${after.rows} written`,
          );
        tables.push({ name, rows: after.rows });
      }
      return { tables, head: await verifiedHead(writing) };
    });
  });
}

type Row = Record<string, unknown>;
type Reader = Kysely<Schema> | Transaction<Schema>;

function pageOf(database: Reader, name: Table, after: unknown, limit: number): Promise<Row[]> {
  const key = sql.ref(TABLES[name]);
  let query = database.selectFrom(sql.table(name).as('t')).selectAll().orderBy(key).limit(limit);
  if (after !== undefined) query = query.where(sql<boolean>`${key} > ${after}`);
  return query.execute() as Promise<Row[]>;
}

async function* pagesOf(database: Reader, name: Table): AsyncGenerator<Row[]> {
  for (let after: unknown; ; ) {
    const rows = await pageOf(database, name, after, AT_ONCE);
    if (rows.length > 0) yield rows;
    if (rows.length < AT_ONCE) return;
    after = rows.at(-1)![TABLES[name]];
  }
}

async function digestOf(database: Reader, name: Table): Promise<{ readonly rows: number; readonly digest: string }> {
  let [rows, digest] = [0, ''];
  for await (const page of pagesOf(database, name)) {
    rows += page.length;
    // Columns in one order, whatever order the database keeps them in.
    const text = page.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).join('\n');
    digest = hash('sha256', `${digest}\n${text}`);
  }
  return { rows, digest };
}

async function verifiedHead(database: Reader): Promise<ChainHead> {
  const anchor = await database.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst();
  must(anchor, 'the anchor was copied');
  const check = new ChainCheck([{ head: anchor, where: 'anchor' }]);
  await walkChain(database, check);
  if (check.broken)
    throw fail('control.copy-differs', `the audit log is broken at row ${check.broken.seq}: ${check.broken.reason}`);
  return check.head;
}
