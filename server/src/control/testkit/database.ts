import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { inject } from 'vitest';

/**
 * A control database of a test's own: SQLite, or, in the run of these suites that has a PostgreSQL server
 * (`postgres.ts`), one there.
 */
export interface TestDatabase {
  readonly name: 'sqlite' | 'postgres';
  /** The value for `HANOK_CONTROL_URL`. */
  readonly url: string;
  /** Past the program: what somebody with the database's own tools does. Rows of the last statement, if it has any. */
  raw(sql: string): Promise<Record<string, unknown>[]>;
  /** All that is kept, as text: the bytes of the files, or the rows of all tables. */
  everything(): Promise<string>;
  drop(): Promise<void>;
}

/** Where the suites' server is; provided to the run on PostgreSQL alone. */
export const TEST_SERVER = 'controlServer';

declare module 'vitest' {
  interface ProvidedContext {
    [TEST_SERVER]: string;
  }
}

export async function makeTestDatabase(dataDir: string): Promise<TestDatabase> {
  const server: string | undefined = inject(TEST_SERVER);
  if (server === undefined)
    return {
      name: 'sqlite',
      url: '',
      async raw(sql) {
        const database = new DatabaseSync(join(dataDir, 'control.db'), { timeout: 5_000 });
        try {
          // `prepare` takes the first statement alone, `exec` returns nothing.
          if (!/^select/i.test(sql)) database.exec(sql);
          return /^select/i.test(sql) ? database.prepare(sql).all() : [];
        } finally {
          database.close();
        }
      },
      everything: async () =>
        readdirSync(dataDir)
          .filter((file) => file.startsWith('control.db'))
          .map((file) => readFileSync(join(dataDir, file)).toString('latin1'))
          .join(''),
      drop: async () => {},
    };
  const name = `t_${randomBytes(8).toString('hex')}`;
  const url = server.replace('/postgres?', `/${name}?`);
  await ask(server, `create database ${name}`);
  return {
    name: 'postgres',
    url,
    raw: (sql) => ask(url, sql),
    async everything() {
      const tables = await ask(url, "select table_name from information_schema.tables where table_schema = 'public'");
      const rows = await Promise.all(
        tables.map(({ table_name }) => ask(url, `select row_to_json(t)::text as row from "${table_name}" t`)),
      );
      return rows
        .flat()
        .map(({ row }) => row)
        .join('\n');
    },
    async drop() {
      await ask(server, `drop database ${name} with (force)`);
    },
  };
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const answer = await client.query(sql);
    const last = Array.isArray(answer) ? answer.at(-1) : answer;
    return last.rows;
  } finally {
    await client.end();
  }
}
