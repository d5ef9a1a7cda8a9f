import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '#base';
import { chainHash, GENESIS } from '../audit/chain.ts';
import { openAuditLog } from '../audit/log.ts';
import { openSqlite } from '../dialect/sqlite.ts';
import { steeredClock } from '../testkit.ts';
import { first } from './0001-first.ts';
import { migrate } from './migrate.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanok-migrate-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const clock = steeredClock();
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

it('brings version 1 with data to the newest version and keeps everything', async () => {
  const path = join(folder, 'control.db');
  const old = openSqlite(path);
  await migrate(old, clock, [first]);
  const tenant = {
    id: 'tenant-a',
    name: 'Tenant A',
    mode: 'silo' as const,
    store: 'silo-tenant-a',
    status: 'active' as const,
    created_at: 1,
    records_per_second: 5_000_000_000,
    bytes_per_second: 2,
    burst_seconds: 2.5,
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
  await old.database.insertInto('tenants').values(tenant).execute();
  await old.database.insertInto('users').values(user).execute();
  await old.database
    .insertInto('audit')
    .values({ ...record, hash: chainHash(GENESIS, record) })
    .execute();
  await old.close();

  const dialect = openSqlite(path);
  await migrate(dialect, clock);
  await migrate(dialect, clock);
  const { database } = dialect;
  expect(await database.selectFrom('tenants').selectAll().execute()).toEqual([expect.objectContaining(tenant)]);
  expect(await database.selectFrom('users').selectAll().execute()).toEqual([expect.objectContaining(user)]);
  const audit = await openAuditLog(dialect, clock, silentLog, async () => {});
  await audit.append({
    actor: { name: 'x', tenant: null, remote: '' },
    action: 'after',
    target: 't',
    outcome: 'ok',
  });
  expect(await audit.verify()).toMatchObject({ ok: true, rows: 2 });
  await audit.close();
  await dialect.close();
});

it('leaves nothing of a migration that fails half-way', async () => {
  const dialect = openSqlite(join(folder, 'control.db'));
  const broken = {
    version: 2,
    name: 'broken',
    async up(transaction: Parameters<typeof first.up>[0]) {
      await transaction.schema.createTable('half').addColumn('a', 'text').execute();
      throw new Error('stop');
    },
  };
  await expect(migrate(dialect, clock, [first, broken])).rejects.toThrow('stop');
  await migrate(dialect, clock);
  const tables = await dialect.database.introspection.getTables();
  expect(tables.map((table) => table.name)).toContain('audit_head');
  expect(tables.map((table) => table.name)).not.toContain('half');
  await dialect.close();
});

it('refuses a database from the future', async () => {
  const dialect = openSqlite(join(folder, 'control.db'));
  await migrate(dialect, clock);
  await dialect.database.insertInto('schema_version').values({ version: 99, name: 'later', applied_at: 0 }).execute();
  await expect(migrate(dialect, clock)).rejects.toMatchObject({ code: 'control.newer-schema' });
  await dialect.close();
});
