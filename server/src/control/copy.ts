import { hash } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import { type Clock, type Log, must } from '#base';
import { type ChainHead, FIRST_CHAIN, OPERATORS_CHAIN } from './audit/chain.ts';
import { chainNames, publicKeysOf } from './audit/read-chain.ts';
import { verifyChain } from './audit/verify-chain.ts';
import type { Dialect } from './dialect/dialect.ts';
import { openDialect } from './dialect/open.ts';
import { fail } from './errors.ts';
import { migrate } from './migrations/migrate.ts';
import type { Schema } from './schema.ts';

/** Where a control database is: the URL of a PostgreSQL database, or a data directory with its SQLite file. */
export type ControlPlace = { readonly url: string } | { readonly dataDir: string };

export interface Copied {
  readonly tables: ReadonlyArray<{ readonly name: string; readonly rows: number }>;
  /** The newest entry of the operators' audit chain, the same on both sides. */
  readonly head: ChainHead;
}

/** All tables, referred ones before those that refer to them, each with the columns that order its rows. */
const TABLES = {
  plans: ['id'],
  tenants: ['id'],
  users: ['id'],
  memberships: ['id'],
  roles: ['id'],
  service_accounts: ['id'],
  api_tokens: ['id'],
  operator_access: ['id'],
  sessions: ['token_hash'],
  links: ['id'],
  totp_factors: ['user_id'],
  recovery_codes: ['code_hash'],
  half_sign_ins: ['token_hash'],
  tenant_settings: ['tenant'],
  ingest_keys: ['id'],
  jwt_issuers: ['id'],
  signing_keys: ['id'],
  tenant_suspensions: ['tenant'],
  tenant_deletions: ['tenant'],
  certificates: ['id'],
  audit_chains: ['chain'],
  audit_entries: ['chain', 'seq'],
  audit_checkpoints: ['chain', 'seq', 'at', 'key_id'],
  audit_forwarded: ['chain'],
} as const satisfies {
  readonly [T in Exclude<keyof Schema, 'kysely_migration' | 'schema_version' | 'audit' | 'audit_head'>]: ReadonlyArray<
    keyof Schema[T]
  >;
};
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
        // The migrations leave the closed, empty chain there.
        if (name === 'audit_chains' || name === 'audit_forwarded')
          await writing.deleteFrom(name).where('chain', '=', FIRST_CHAIN).where('seq', '=', 0).execute();
        // And the standard plan as it comes.
        if (name === 'plans') await writing.deleteFrom(name).where('changed_at', '=', 0).execute();
        if ((await pageOf(writing, name, undefined, 1)).length > 0)
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

function pageOf(database: Reader, name: Table, after: Row | undefined, limit: number): Promise<Row[]> {
  const columns: readonly string[] = TABLES[name];
  const refs = columns.map((column) => sql.ref(column));
  let query = database.selectFrom(sql.table(name).as('t')).selectAll().limit(limit);
  for (const ref of refs) query = query.orderBy(ref);
  if (after !== undefined)
    query = query.where(
      sql<boolean>`(${sql.join(refs)}) > (${sql.join(columns.map((column) => sql`${after[column]}`))})`,
    );
  return query.execute() as Promise<Row[]>;
}

async function* pagesOf(database: Reader, name: Table): AsyncGenerator<Row[]> {
  for (let after: Row | undefined; ; ) {
    const rows = await pageOf(database, name, after, AT_ONCE);
    if (rows.length > 0) yield rows;
    if (rows.length < AT_ONCE) return;
    after = rows.at(-1);
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
  const keys = await publicKeysOf(database);
  let head: ChainHead | undefined;
  for (const chain of await chainNames(database)) {
    const found = await verifyChain(database, chain, { keys, noted: [], witnesses: [] });
    if (found.broken)
      throw fail(
        'control.copy-differs',
        `the audit chain ${chain} is broken at entry ${found.broken.seq}: ${found.broken.reason}`,
      );
    if (chain === OPERATORS_CHAIN) head = found.head;
  }
  must(head, "the operators' chain was copied");
  return head;
}
