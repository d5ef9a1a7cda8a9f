/** Vitest's global set-up of the run on PostgreSQL: one server for all of the module's suites. */

import type { TestProject } from 'vitest/node';
import { findPostgres, openPostgresServer } from '../../../../scripts/postgres-server.ts';
import { TEST_SERVER } from './database.ts';

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const bin = findPostgres();
  if (bin === undefined) throw new Error('no PostgreSQL: vitest.config.ts leaves this run out then');
  const server = await openPostgresServer(bin);
  // To this project alone: the environment would be that of the other projects, too.
  project.provide(TEST_SERVER, server.url());
  return () => server.dispose();
}
