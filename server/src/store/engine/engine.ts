import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { drainPending } from 'chdb';
import { writeEngineConfig } from './config-file.ts';
import { forgetTokens, Sweeper, syncDefinitions, syncPath } from './durable.ts';
import { EngineException, exceptionFrom } from './exception.ts';
import { InsertLog, InsertUnclear } from './insert-log.ts';
import { quote } from './literal.ts';
import { ResultPipe } from './pipe.ts';
import { SessionPool } from './pool.ts';
import { EngineSession, mark, type StatementContext } from './session.ts';
import { unquote } from './statement.ts';

export interface EngineOptions {
  /** Holds `data` (the engine's own), `spool` (bodies of running inserts) and `run` (pipes, configuration). */
  readonly dir: string;
  readonly querySessions: number;
  /** Bytes. */
  readonly memoryLimit: number;
  /** Nothing may be inserted any more: this process must end, and the next one mends what is unclear. */
  readonly broken: (why: string) => void;
}

interface InsertTarget {
  readonly columns: ReadonlyMap<string, string>;
  /** Paths of the table and of every table its views fill. */
  readonly paths: readonly string[];
}

const CONTROL: StatementContext = { queryId: 'control', settings: new Map(), database: 'default' };
const INSERT_SESSIONS = 2;
const INSERT_OF_ROWS = /^INSERT\s[^;]*?\sSELECT\s/i;
const TOKEN = 'insert_deduplication_token';
/** A statement may not be in the process list yet when its client leaves, so the kill is repeated. */
const KILL_EVERY_MS = 100;

/** The one chDB data path of this process, and what may be done with it. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #queries: SessionPool;
  readonly #inserts: SessionPool;
  readonly #control: SessionPool;
  readonly #pipes = new Map<EngineSession, ResultPipe>();
  readonly #log: InsertLog;
  readonly #sweeper: Sweeper;
  /** Tells tokens of this process's inserts from those of earlier ones, which the engine may remember wrongly. */
  readonly #life = randomUUID();
  #targets = new Map<string, InsertTarget>();
  /** Syncs the names of tables and definitions, once after they may have changed. */
  #definitions: Promise<void> | undefined;
  #ping: Promise<unknown> | undefined;
  #spooled = 0;

  private constructor(
    options: EngineOptions,
    queries: EngineSession[],
    inserts: EngineSession[],
    control: EngineSession,
    log: InsertLog,
  ) {
    this.#options = options;
    this.#log = log;
    this.#sweeper = new Sweeper(join(options.dir, 'data'), (error) => options.broken(String(error)));
    this.#queries = new SessionPool(queries);
    this.#inserts = new SessionPool(inserts);
    this.#control = new SessionPool([control]);
  }

  static async open(options: EngineOptions): Promise<Engine> {
    const spool = join(options.dir, 'spool');
    const run = join(options.dir, 'run');
    await rm(spool, { recursive: true, force: true });
    for (const dir of [spool, run]) await mkdir(dir, { recursive: true, mode: 0o700 });
    const log = await InsertLog.open(options.dir, (what) => console.error(what));
    await forgetTokens(join(options.dir, 'data'));
    await syncDefinitions(options.dir);
    const config = writeEngineConfig(run, options.memoryLimit);
    const session = () =>
      new EngineSession(join(options.dir, 'data'), [
        `--config-file=${config}`,
        // Embedded, the engine takes `1 + 1` for `SELECT 1 + 1`; a server does not.
        '--implicit_select=0',
      ]);
    const queries = Array.from({ length: options.querySessions }, session);
    const engine = new Engine(options, queries, Array.from({ length: INSERT_SESSIONS }, session), session(), log);
    for (const [i, one] of queries.entries()) engine.#pipes.set(one, await ResultPipe.make(join(run, `result-${i}`)));
    await engine.ping();
    return engine;
  }

  /** Those who ask meanwhile share an answer: many pings that wait do not keep a slow engine from answering one. */
  ping(): Promise<unknown> {
    this.#ping ??= this.#controlQuery('SELECT 1').finally(() => {
      this.#ping = undefined;
    });
    return this.#ping;
  }

  /** The whole answer at once. */
  async read(sql: string, format: string, context: StatementContext, signal: AbortSignal): Promise<Uint8Array> {
    return this.#queries.use(signal, (session) => this.#killable(session, sql, format, context, signal));
  }

  /** A statement that brings no rows back or changes tables. */
  async command(sql: string, format: string, context: StatementContext, signal: AbortSignal): Promise<Uint8Array> {
    try {
      const answer = await this.read(sql, format, context, signal);
      // Rows made of others' are safe before whoever asked for them writes down that they are there.
      if (INSERT_OF_ROWS.test(sql)) await syncDefinitions(this.#options.dir);
      return answer;
    } finally {
      this.#targets = new Map();
      this.#definitions = undefined;
    }
  }

  /**
   * The answer as it is made. `consume` gets the reading end and resolves when it has passed everything on; an
   * exception of the engine rejects the returned promise, possibly after bytes were passed on.
   */
  async stream(
    sql: string,
    format: string,
    context: StatementContext,
    signal: AbortSignal,
    consume: (reader: Readable) => Promise<void>,
  ): Promise<void> {
    if (!/^[A-Za-z0-9_]+$/.test(format)) throw new EngineException(73, 'UNKNOWN_FORMAT', `Unknown format ${format}`);
    await this.#queries.use(signal, async (session) => {
      const pipe = this.#pipes.get(session)!;
      const { reader, finish } = pipe.open();
      const leave = () => reader.destroy();
      signal.addEventListener('abort', leave, { once: true });
      const consumed = consume(reader);
      consumed.catch(() => reader.destroy());
      try {
        const statement = `INSERT INTO FUNCTION file(${quote(pipe.path)}, ${quote(format)}) ${sql}`;
        await this.#killable(session, statement, 'Null', context, signal);
        finish();
        await consumed;
      } finally {
        finish();
        reader.destroy();
        signal.removeEventListener('abort', leave);
      }
    });
  }

  /**
   * Inserts `body`, or what lies in the spool under that name. It is put in a file first, because chDB takes binary
   * formats only from files; reading it back is a copy out of the page cache. Resolves when the rows are queryable
   * and safe.
   */
  async insert(
    statement: { readonly table: string; readonly columns: readonly string[] | undefined; readonly format: string },
    body: Readable | string,
    context: StatementContext,
    signal: AbortSignal,
  ): Promise<void> {
    if (typeof body === 'string' && !/^body-[0-9a-f-]{36}$/.test(body))
      throw new EngineException(291, 'DATABASE_ACCESS_DENIED', 'not the name of a spooled body');
    const spooled = typeof body === 'string' ? body : `${++this.#spooled}.${process.pid}`;
    const path = join(this.#options.dir, 'spool', spooled);
    try {
      if (typeof body !== 'string')
        await pipeline(body, createWriteStream(path, { mode: 0o600, highWaterMark: 1 << 20 }), { signal });
      const target = await this.#target(statement.table, context.database);
      const names = statement.columns ?? [...target.columns.keys()];
      const structure = names.map((name) => {
        const type = target.columns.get(name);
        if (!type) throw new EngineException(16, 'NO_SUCH_COLUMN_IN_TABLE', `No column ${name} in ${statement.table}`);
        return `${backquote(name)} ${type}`;
      });
      const list = names.map(backquote).join(', ');
      const sql =
        `INSERT INTO ${statement.table} (${list}) SELECT ${list} ` +
        `FROM file(${quote(path)}, ${quote(statement.format)}, ${quote(structure.join(', '))})`;
      const insert = (settings: StatementContext['settings']) =>
        this.#inserts.use(signal, async (session) => {
          await this.#killable(session, sql, 'Null', { ...context, settings }, signal);
        });
      this.#definitions ??= syncDefinitions(this.#options.dir);
      await this.#definitions;
      const token = context.settings.get(TOKEN);
      if (token === undefined) {
        await insert(context.settings);
        await Promise.all(target.paths.map(syncPath));
      } else {
        const own = new Map([...context.settings, [TOKEN, `${token}:${this.#life}`]]);
        await this.#log.run(token, target.paths, () => insert(own));
      }
    } catch (error) {
      if (error instanceof InsertUnclear) this.#options.broken(`${error.message}: ${String(error.cause)}`);
      throw error;
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Running statements are killed and waited for. */
  async close(): Promise<void> {
    await this.#controlQuery("KILL QUERY WHERE NOT startsWith(query, '/* query control') ASYNC").catch(() => undefined);
    await drainPending();
    await this.#sweeper.close();
    await this.#log.close();
    for (const pool of [this.#queries, this.#inserts, this.#control]) pool.close();
  }

  /** Runs a statement that is killed when `signal` aborts. */
  async #killable(
    session: EngineSession,
    sql: string,
    format: string,
    context: StatementContext,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    let over = false;
    let again: NodeJS.Timeout | undefined;
    const kill = (): void => {
      if (over) return;
      void this.#controlQuery(`KILL QUERY WHERE startsWith(query, ${quote(`${mark(context.queryId)} `)}) ASYNC`)
        .catch(() => undefined)
        .then(() => {
          if (!over) again = setTimeout(kill, KILL_EVERY_MS);
        });
    };
    signal.addEventListener('abort', kill, { once: true });
    try {
      return await session.run(sql, format, context);
    } finally {
      over = true;
      clearTimeout(again);
      signal.removeEventListener('abort', kill);
      // A statement killed in its first moments returns while its threads go on; the session's next statement ends them.
      if (signal.aborted) await session.run('SELECT 1', 'Null', CONTROL).catch(() => undefined);
    }
  }

  async #target(table: string, database: string): Promise<InsertTarget> {
    const key = `${database}\0${table}`;
    const known = this.#targets.get(key);
    if (known) return known;
    const parts = /^(`(?:[^`\\]|\\.)+`|\w+)(?:\.(`(?:[^`\\]|\\.)+`|\w+))?$/.exec(table);
    if (!parts) throw new EngineException(62, 'SYNTAX_ERROR', `not a table name: ${table}`);
    const [inDatabase, name] = parts[2] ? [unquote(parts[1]!), unquote(parts[2])] : [database, unquote(parts[1]!)];
    const columns = await this.#controlRows(
      `SELECT name, type FROM system.columns WHERE database = ${quote(inDatabase)} AND table = ${quote(name)}
         AND default_kind NOT IN ('ALIAS', 'MATERIALIZED') ORDER BY position`,
    );
    if (columns.length === 0)
      throw new EngineException(60, 'UNKNOWN_TABLE', `Table ${inDatabase}.${name} does not exist`);
    const views = await this.#controlRows(
      `SELECT create_table_query FROM system.tables WHERE (database, name) IN (
         SELECT arrayJoin(arrayZip(dependencies_database, dependencies_table)) FROM system.tables
         WHERE database = ${quote(inDatabase)} AND name = ${quote(name)})`,
    );
    const filled = views.flatMap(([create]) => [...create!.matchAll(/ TO (\w+)\.(\w+)/g)].map(([, d, t]) => [d!, t!]));
    const paths = await this.#controlRows(
      `SELECT arrayJoin(data_paths) FROM system.tables
       WHERE (database, name) IN (${[[inDatabase, name], ...filled].map(([d, t]) => `(${quote(d!)}, ${quote(t!)})`).join(', ')})`,
    );
    const target = {
      columns: new Map(columns.map(([n, t]) => [n!, t!])),
      paths: paths.map(([path]) => path!.replace(/\/$/, '')),
    };
    this.#targets.set(key, target);
    return target;
  }

  async #controlRows(sql: string): Promise<string[][]> {
    const text = new TextDecoder().decode(await this.#controlQuery(sql));
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as string[]);
  }

  #controlQuery(sql: string): Promise<Uint8Array> {
    return this.#control.use(new AbortController().signal, async (session) => {
      try {
        return await session.run(sql, 'JSONCompactEachRow', CONTROL);
      } catch (error) {
        throw exceptionFrom(error);
      }
    });
  }
}

function backquote(name: string): string {
  return `\`${name.replace(/[\\`]/g, (c) => `\\${c}`)}\``;
}
