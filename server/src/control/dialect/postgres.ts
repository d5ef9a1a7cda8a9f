import { CompiledQuery, Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import type { Clock, Log } from '#base';
import type { AccessChange } from '../access/feed.ts';
import { fail } from '../errors.ts';
import type { Schema } from '../schema.ts';
import type { Dialect } from './dialect.ts';
import { openNotifications } from './notifications.ts';

/** unique_violation, https://www.postgresql.org/docs/15/errcodes-appendix.html */
const UNIQUE_VIOLATION = '23505';
/** Classes of codes by which the server says that it cannot serve now: connection, resources, operator intervention. */
const AWAY_CLASSES: ReadonlySet<string> = new Set(['08', '53', '57']);
/** A login takes one for a few milliseconds; two processes with 8 and their listeners are 18 of PostgreSQL's 100. */
const CONNECTIONS = 8;
const CONNECT_MS = 3_000;
/** Every statement here touches few rows by an index; one that takes longer waits for a lock or a lost server. */
const STATEMENT_MS = 10_000;
const OID_INT8 = 20;
/** Any number will do that nothing else on this database locks: "hanok" as bytes. */
const TURN = 0x68_61_6e_6f_6b;

/** The same parsers as node-postgres has, but 64-bit integers as numbers; all of ours are far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === OID_INT8
      ? (text: string) => {
          const value = Number(text);
          if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a number`);
          return value;
        }
      : pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

/** What the server did not say itself is of the way to it: refused, reset, timed out, ended. */
export const isAway = (error: unknown): boolean =>
  !(error instanceof pg.DatabaseError) || AWAY_CLASSES.has(error.code?.slice(0, 2) ?? '');

function translated(error: unknown): unknown {
  if (!isAway(error)) return error;
  return fail('control.away', 'the control database cannot be reached', { cause: error, retryAfter: 5 });
}

/** PostgreSQL's texts hold no NUL. What has one is asked for, and kept, with the sign for what cannot be shown in its place. */
const storable = (value: unknown): unknown =>
  typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;

/** Kysely's view of the pool, with errors of the connection told as `control.away`. A connection that had one is not used again. */
function kyselyPool(pool: pg.Pool) {
  return {
    options: pool.options,
    async connect() {
      const client = await pool.connect().catch((error: unknown) => {
        throw translated(error);
      });
      let broken = false;
      return {
        async query(text: string, values: readonly unknown[]) {
          try {
            return await client.query(text, values.map(storable));
          } catch (error) {
            broken ||= isAway(error);
            throw translated(error);
          }
        },
        release: (discard?: boolean) => client.release(discard || broken),
      };
    },
    end: () => pool.end(),
  };
}

/**
 * PostgreSQL 15 and later through node-postgres. `url` as its own clients take it, `sslmode` included. Statements,
 * locks and connections are bounded in time, so that a server that hangs is one that is away.
 */
export function openPostgres(url: string, deps: { readonly clock: Clock; readonly log: Log }): Dialect {
  const { clock, log } = deps;
  const connection: pg.ClientConfig = {
    connectionString: url,
    application_name: 'hanok',
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    lock_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: STATEMENT_MS,
    // The server ends a statement after its time; a server that is gone does not, so the client does, a second later.
    query_timeout: STATEMENT_MS + 1_000,
    keepAlive: true,
    types,
  };
  const pool = new pg.Pool({ ...connection, max: CONNECTIONS });
  // A connection that ends while it is in use fails its query; without a listener the event would be an uncaught error, which
  // ends the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  // An idle connection that ends is replaced by the next who needs one.
  pool.on('error', (error) => log.warn({ error }, 'a connection to the control database ended'));
  const database = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: kyselyPool(pool) as never }) });
  const notifications = openNotifications(connection, clock, log);
  return {
    name: 'postgres',
    database,
    types: { text: sql`text collate "C"`, bigInteger: 'bigint', double: 'double precision' },
    appendOnly: (table, removable) => [
      `create function ${table}_append_only() returns trigger language plpgsql as
       $$ begin raise exception '${table} is append-only'; end $$`,
      `create trigger ${table}_no_update before update on ${table} for each statement execute function ${table}_append_only()`,
      ...(removable === undefined
        ? [
            `create trigger ${table}_no_delete before delete or truncate on ${table} for each statement execute function ${table}_append_only()`,
          ]
        : [
            `create function ${table}_removable() returns trigger language plpgsql as
             $$ begin if ${removable} then return old; end if; raise exception '${table} is append-only'; end $$`,
            `create trigger ${table}_no_delete before delete on ${table} for each row execute function ${table}_removable()`,
            `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function ${table}_append_only()`,
          ]),
    ],
    rowLocks: true,
    isUniqueViolation: (error) => error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION,
    async takeTurn(transaction: Transaction<Schema>) {
      await transaction.executeQuery(CompiledQuery.raw('select pg_advisory_xact_lock($1)', [TURN]));
    },
    async announce(transaction: Transaction<Schema>, changes: readonly AccessChange[]) {
      const { channel, payload } = notifications.message(changes);
      await transaction.executeQuery(CompiledQuery.raw('select pg_notify($1, $2)', [channel, payload]));
    },
    listen: notifications.listen,
    awaySince: notifications.awaySince,
    async close() {
      await notifications.close();
      await database.destroy();
    },
  };
}
