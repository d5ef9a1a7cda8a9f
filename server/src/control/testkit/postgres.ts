/** Vitest's global set-up of the run on PostgreSQL: one server for all of the module's suites. */
import { findPostgres, openPostgresServer } from '../../../../scripts/postgres-server.ts';
import { TEST_SERVER } from './database.ts';

export default async function setUp(): Promise<() => Promise<void>> {
  const bin = findPostgres();
  if (bin === undefined) throw new Error('no PostgreSQL: vitest.config.ts leaves this run out then');
  const server = await openPostgresServer(bin);
  process.env[TEST_SERVER] = server.url();
  return async () => {
    delete process.env[TEST_SERVER];
    await server.dispose();
  };
}
