import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  SqliteAdapter,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely';
import type { Schema } from '../schema.ts';
import type { Dialect } from './dialect.ts';

/** SQLITE_CONSTRAINT_UNIQUE and SQLITE_CONSTRAINT_PRIMARYKEY, https://www.sqlite.org/rescode.html */
const UNIQUE_CODES: ReadonlySet<unknown> = new Set([2067, 1555]);
/** The module's statements are few; the bound only guards against a query built with a changing text. */
const MOST_STATEMENTS = 256;
/** Half of the second within which a right that was taken away must be gone. */
const LOOK_EVERY_MS = 500;

/** What a statement outside a transaction waits for another connection's, on this thread. */
const BUSY_MS = 5_000;
/** SQLITE_BUSY: another connection is writing. */
const BUSY_CODE = 5;
const BEGIN_AGAIN_MS = 5;
const isBusy = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === BUSY_CODE;

/**
 * Kysely begins transactions deferred; a reader that turns writer could then fail half-way with SQLITE_BUSY. Waiting for
 * another connection's transaction does not hold the thread: were it of this process, it could never end.
 */
class ImmediateDriver extends SqliteDriver {
  readonly #setTimeout: (ms: number) => void;
  constructor(config: SqliteDialectConfig, setBusyTimeout: (ms: number) => void) {
    super(config);
    this.#setTimeout = setBusyTimeout;
  }
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const until = performance.now() + BUSY_MS;
    for (;;) {
      this.#setTimeout(0);
      try {
        return await connection.executeQuery(CompiledQuery.raw('begin immediate')).then(() => undefined);
      } catch (error) {
        if (!isBusy(error) || performance.now() > until) throw error;
      } finally {
        this.#setTimeout(BUSY_MS);
      }
      await pause(BEGIN_AGAIN_MS);
    }
  }
}

/** SQLite rolls back CREATE and DROP as anything else, so a migration is whole or not there. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class ImmediateDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;
  readonly #setBusyTimeout: (ms: number) => void;
  constructor(config: SqliteDialectConfig, setBusyTimeout: (ms: number) => void) {
    super(config);
    this.#config = config;
    this.#setBusyTimeout = setBusyTimeout;
  }
  override createDriver(): Driver {
    return new ImmediateDriver(this.#config, this.#setBusyTimeout);
  }
  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

function bindable(values: readonly unknown[]): SQLInputValue[] {
  return values.map((value) => {
    if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'bigint')
      return value;
    if (value instanceof Uint8Array) return value;
    throw new TypeError(`a ${typeof value} cannot be bound to an SQLite statement`);
  });
}

function statement(of: StatementSync): SqliteStatement {
  return {
    reader: of.columns().length > 0,
    all: (values) => of.all(...bindable(values)),
    run: (values) => of.run(...bindable(values)),
    iterate: (values) => of.iterate(...bindable(values)),
  };
}

/**
 * SQLite through `node:sqlite`. WAL with synchronous=FULL: a committed transaction survives a power cut. The file
 * is made with mode 0600 before SQLite opens it; its WAL and shared-memory files take that mode over.
 */
export function openSqlite(path: string): Dialect {
  closeSync(openSync(path, 'a', 0o600));
  const raw = new DatabaseSync(path, { timeout: BUSY_MS, enableForeignKeyConstraints: true });
  raw.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;');
  // A number that changes when another connection commits, and never for our own commits: one page of shared memory.
  const dataVersion = raw.prepare('PRAGMA data_version');
  const readVersion = () => dataVersion.get()?.['data_version'];
  let version = readVersion();
  let look: NodeJS.Timeout | undefined;
  const statements = new Map<string, SqliteStatement>();
  const database = new Kysely<Schema>({
    dialect: new ImmediateDialect(
      {
        database: {
          prepare(sql) {
            let found = statements.get(sql);
            if (!found) {
              if (statements.size >= MOST_STATEMENTS) statements.clear();
              found = statement(raw.prepare(sql));
              statements.set(sql, found);
            }
            return found;
          },
          // Closed below: Kysely would not close a database it never used.
          close() {},
        },
      },
      (ms) => raw.exec(`PRAGMA busy_timeout = ${ms}`),
    ),
  });
  return {
    name: 'sqlite',
    database,
    types: { text: 'text', bigInteger: 'integer', double: 'real' },
    appendOnly: (table) =>
      ['update', 'delete'].map(
        (verb) =>
          `create trigger ${table}_no_${verb} before ${verb} on ${table} begin select raise(abort, '${table} is append-only'); end`,
      ),
    isUniqueViolation: (error) => error instanceof Error && 'errcode' in error && UNIQUE_CODES.has(error.errcode),
    // Transactions begin IMMEDIATE: there is one writer.
    takeTurn: async () => {},
    // Others see by the file itself that something was committed.
    announce: async () => {},
    listen(heard) {
      look = setInterval(() => {
        const before = version;
        version = readVersion();
        if (version !== before) heard([{ kind: 'anything' }]);
      }, LOOK_EVERY_MS);
      look.unref();
    },
    awaySince: () => undefined,
    async close() {
      clearInterval(look);
      await database.destroy();
      raw.close();
    },
  };
}
