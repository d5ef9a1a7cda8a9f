import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { NODE_FLAGS } from './scripts/node-flags.mjs';
import { findPostgres } from './scripts/postgres-server.ts';

const control = 'server/src/control/**/*.test.ts';
/** What can be seen on PostgreSQL alone. */
const postgresAlone = '**/*.postgres.test.ts';
const everything: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: 'unit',
    include: [
      'contract/src/**/*.test.ts',
      'server/src/**/*.test.ts',
      'server/*.test.ts',
      'web/src/**/*.test.{ts,tsx}',
      'scripts/**/*.test.ts',
      'conformance/**/*.test.ts',
    ],
    exclude: [...configDefaults.exclude, postgresAlone],
  },
};
/** The suites of `control` once more, on a real PostgreSQL. */
const controlOnPostgres: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: 'postgres',
    include: [control],
    globalSetup: 'server/src/control/testkit/postgres.ts',
  },
};

const postgres = findPostgres();
if (postgres === undefined) {
  const what = 'no PostgreSQL of version 15 or later found (install the postgresql package, or set POSTGRES_BIN)';
  if (process.env['HANOK_REQUIRE_ALL'] === '1') throw new Error(`HANOK_REQUIRE_ALL=1 and ${what}`);
  console.log(`\n*** SKIPPED: ${what}; the control database is tested on SQLite alone ***\n`);
}

export default defineConfig({
  test: {
    projects: postgres === undefined ? [everything] : [everything, controlOnPostgres],
    pool: 'forks',
    // The flags the server runs with: one of them keeps threads that load TypeScript from taking the process down.
    execArgv: NODE_FLAGS,
    // The store's suites wait for engine processes most of their time.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
