import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '#base';
import { FIRST_CHAIN, GENESIS, recordHash } from '../audit/chain.ts';
import { openAuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { openDialect } from '../dialect/open.ts';
import type { Schema } from '../schema.ts';
import { openInstanceSigner } from '../signing/signer.ts';
import { countedBytes, makeTestDatabase, steeredClock, type TestDatabase } from '../testkit/index.ts';
import { first } from './0001-first.ts';
import { auditAnchor } from './0002-audit-anchor.ts';
import { migrate } from './migrate.ts';

const clock = steeredClock();
let folder: string;
let database: TestDatabase;
const opened: Dialect[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hanok-migrate-'));
  database = await makeTestDatabase(folder);
});
afterEach(async () => {
  for (const dialect of opened.splice(0)) await dialect.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<Dialect> {
  const dialect = await openDialect(database.url, { dataDir: folder, clock, log: silentLog });
  opened.push(dialect);
  return dialect;
}

const record = {
  seq: 1,
  at: clock.now(),
  actor: 'system:bootstrap',
  tenant: null,
  action: 'bootstrap',
  target: 'instance',
  outcome: 'ok' as const,
  detail: '{}',
};
const tenant = {
  id: 'tenant-a',
  name: 'Tenant A',
  mode: 'silo' as const,
  store: 'silo-tenant-a',
  status: 'active' as const,
  created_at: 1,
  // Beyond 32 bits, and a fraction that 32 bits of floating point do not hold.
  records_per_second: 5_000_000_000,
  bytes_per_second: 2,
  burst_seconds: 2.1,
  logs_days: 3,
  traces_days: 4,
  metrics_days: 5,
};
const user = {
  id: 'u_1',
  email: 'a@a.example',
  password_hash: 'x',
  role: 'admin' as const,
  tenant: 'tenant-a',
  created_at: 1,
  last_login_at: null,
};

/** As rows of the one chain were hashed. */
const hashOfOld = (previous: string, row: typeof record) =>
  recordHash(previous, {
    ...row,
    chain: FIRST_CHAIN,
    remote: '',
    reason: null,
    request_id: null,
    before: null,
    after: null,
  });
const second = { ...user, id: 'u_2', email: 'b@a.example', created_at: 2 };
const member = { ...user, id: 'u_3', email: 'c@a.example', role: 'member' as const };

async function fillFirstVersion({ database: old }: Dialect): Promise<void> {
  // As the tables were then.
  await old
    .insertInto('tenants')
    .values(tenant as never)
    .execute();
  await old
    .insertInto('users')
    .values([user, second, member] as never)
    .execute();
  await old
    .insertInto('audit')
    .values({ ...record, hash: hashOfOld(GENESIS, record) })
    .execute();
}

async function expectEverythingKept(dialect: Dialect): Promise<void> {
  const { database: now } = dialect;
  const { records_per_second, bytes_per_second, burst_seconds, ...kept } = tenant;
  // What it might send and how long it was kept are its own beside the standard plan.
  const limits = {
    recordsPerSecond: records_per_second,
    bytesPerSecond: bytes_per_second,
    burstSeconds: burst_seconds,
    logsDays: tenant.logs_days,
    tracesDays: tenant.traces_days,
    metricsDays: tenant.metrics_days,
  };
  expect(await now.selectFrom('tenants').selectAll().execute()).toEqual([
    { ...kept, plan: 'standard', limits: JSON.stringify(limits) },
  ]);
  const { role: _, tenant: __, ...account } = user;
  expect(await now.selectFrom('users').selectAll().where('id', '=', 'u_1').execute()).toEqual([
    { ...account, operator_role: null },
  ]);
  // The first administrator owns the tenant.
  expect(await now.selectFrom('memberships').select(['user_id', 'tenant', 'role']).orderBy('id').execute()).toEqual([
    { user_id: 'u_1', tenant: 'tenant-a', role: 'owner' },
    { user_id: 'u_2', tenant: 'tenant-a', role: 'admin' },
    { user_id: 'u_3', tenant: 'tenant-a', role: 'editor' },
  ]);
  const signer = await openInstanceSigner({ dialect, dataDir: folder, clock, random: countedBytes() });
  const audit = await openAuditLog({
    dialect,
    signer,
    dataDir: folder,
    clock,
    log: silentLog,
    days: 400,
    committed: async () => {},
  });
  await audit.append({
    actor: { name: 'x', tenant: null, remote: '' },
    action: 'after',
    target: 't',
    outcome: 'ok',
  });
  expect(await audit.verify()).toMatchObject({ ok: true, rows: 2 });
  expect(await audit.verify(FIRST_CHAIN)).toMatchObject({ ok: true, rows: 1 });
  await audit.close();
}

const tablesOf = async (dialect: Dialect) =>
  (await dialect.database.introspection.getTables({ withInternalKyselyTables: true })).map((table) => table.name);

it('brings version 1 with data to the newest version and keeps everything', async () => {
  const old = await open();
  await migrate(old, [first]);
  await fillFirstVersion(old);
  const dialect = await open();
  await migrate(dialect);
  await migrate(dialect);
  await expectEverythingKept(dialect);
});

it('runs once when several processes start at the same moment', async () => {
  const dialects = await Promise.all([open(), open(), open()]);
  await Promise.all(dialects.map((dialect) => migrate(dialect)));
  const rows = await dialects[0]!.database.selectFrom('kysely_migration').select('name').orderBy('name').execute();
  expect(rows.map(({ name }) => name).slice(0, 2)).toEqual(['0001-first', '0002-audit-anchor']);
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
});

it('leaves nothing of a migration that fails half-way', async () => {
  const dialect = await open();
  const broken = {
    name: '0002-broken',
    async up(transaction: Kysely<Schema>) {
      await transaction.schema.createTable('half').addColumn('a', 'text').execute();
      throw new Error('stop');
    },
  };
  await expect(migrate(dialect, [first, broken])).rejects.toThrow('stop');
  expect(await tablesOf(dialect)).not.toContain('half');
  await migrate(dialect);
  expect(await tablesOf(dialect)).toContain('audit_chains');
});

it('refuses a database from the future', async () => {
  const dialect = await open();
  await migrate(dialect);
  await dialect.database
    .insertInto('kysely_migration')
    .values({ name: '9999-later', timestamp: new Date(0).toISOString() })
    .execute();
  await expect(migrate(dialect)).rejects.toMatchObject({ code: 'control.newer-schema' });
});

describe('a database of before, with its table of versions', () => {
  const withOldTable = async (...versions: readonly number[]) => {
    const dialect = await open();
    await dialect.database.transaction().execute(async (transaction) => {
      await transaction.schema
        .createTable('schema_version')
        .addColumn('version', 'integer', (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('applied_at', dialect.types.bigInteger, (c) => c.notNull())
        .execute();
      if (versions.includes(1)) await first.up(transaction, dialect);
      if (versions.includes(2)) await auditAnchor.up(transaction, dialect);
      for (const version of versions)
        await transaction
          .insertInto('schema_version')
          .values({ version, applied_at: clock.now(), ...({ name: 'any' } as object) })
          .execute();
    });
    return dialect;
  };

  it.each([[[1]], [[1, 2]], [[]]])('of versions %j goes on where it was', async (versions) => {
    const dialect = await withOldTable(...versions);
    if (versions.length === 1) await fillFirstVersion(dialect);
    await migrate(dialect);
    expect(await tablesOf(dialect)).not.toContain('schema_version');
    if (versions.length === 1) await expectEverythingKept(dialect);
    else expect(await tablesOf(dialect)).toContain('audit_chains');
  });

  it('is refused when it is newer than this program', async () => {
    const dialect = await withOldTable(1, 2, 99);
    await expect(migrate(dialect)).rejects.toMatchObject({ code: 'control.newer-schema' });
    expect(await tablesOf(dialect)).toContain('schema_version');
  });
});
