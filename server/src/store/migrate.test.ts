import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LAYOUTS, type Layout, silentLog, systemClock } from '#base';
import { Supervisor } from './engine/supervisor.ts';
import { MIGRATIONS, type Migration, migrate } from './migrate.ts';
import { createTable } from './schema/render.ts';
import { TABLES } from './schema/tables.ts';

let dir: string;
let engine: Supervisor;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hanok-migrate-'));
  engine = new Supervisor({
    name: 'test',
    dir,
    nodePath: process.execPath,
    querySessions: 1,
    memoryLimit: 1024 ** 3,
    log: silentLog,
  });
  await engine.ready();
});
afterAll(async () => {
  await engine.close();
  rmSync(dir, { recursive: true, force: true });
});

const deps = { clock: systemClock, log: silentLog };
const versions = (database: string) =>
  engine.client.rows({ sql: `SELECT version FROM ${database}.migrations ORDER BY version` });

it('makes every table with its layout’s columns, and again without harm', async () => {
  await migrate(engine.client, 'fresh', deps);
  await migrate(engine.client, 'fresh', deps);
  expect(await versions('fresh')).toEqual(MIGRATIONS.map((one) => [one.version]));
  for (const layout of Object.values(LAYOUTS)) {
    const columns = await engine.client.rows({
      sql: `SELECT name, type FROM system.columns WHERE database = 'fresh' AND table = '${layout.table}' ORDER BY position`,
    });
    expect(columns).toEqual(layout.columns.map(({ name, type }) => [name, type]));
  }
});

it('brings a store of an earlier version up, its rows readable', async () => {
  const old: Layout = {
    ...LAYOUTS.logs,
    columns: LAYOUTS.logs.columns.filter((column) => column.name !== 'event_name'),
  };
  const first: Migration = {
    version: 1,
    name: 'as it was',
    statements: (database) => [createTable({ ...TABLES.logs, layout: old }, database)],
  };
  const second: Migration = {
    version: 2,
    name: 'logs know their event',
    statements: (database) => [
      `ALTER TABLE \`${database}\`.\`logs\` ADD COLUMN IF NOT EXISTS event_name LowCardinality(String) AFTER flags`,
    ],
  };
  await migrate(engine.client, 'aged', { ...deps, migrations: [first] });
  await engine.client.execute({
    sql: "INSERT INTO aged.logs (tenant, timestamp, body, retention_days) VALUES ('a', now64(9), 'kept', 30)",
  });
  await migrate(engine.client, 'aged', { ...deps, migrations: [first, second] });
  expect(await engine.client.rows({ sql: 'SELECT body, event_name FROM aged.logs' })).toEqual([['kept', '']]);
  expect(await versions('aged')).toEqual([[1], [2]]);
});

it('goes on where a crash left it', async () => {
  const half: Migration = {
    version: 1,
    name: 'two tables',
    statements: (database) => [
      `CREATE TABLE IF NOT EXISTS \`${database}\`.one (a UInt8) ENGINE = MergeTree ORDER BY a`,
      `CREATE TABLE IF NOT EXISTS \`${database}\`.two (a UInt8) ENGINE = MergeTree ORDER BY a`,
    ],
  };
  const crashing = {
    ...half,
    statements: (database: string) => [...half.statements(database).slice(0, 1), 'SELECT throwIf(1)'],
  };
  await expect(migrate(engine.client, 'halved', { ...deps, migrations: [crashing] })).rejects.toMatchObject({
    exceptionCode: 395,
  });
  expect(await versions('halved')).toEqual([]);
  await migrate(engine.client, 'halved', { ...deps, migrations: [half] });
  expect(await versions('halved')).toEqual([[1]]);
});

it('refuses what a newer program wrote', async () => {
  const next: Migration = { version: 1_000, name: 'from the future', statements: () => [] };
  await migrate(engine.client, 'newer', { ...deps, migrations: [...MIGRATIONS, next] });
  await expect(migrate(engine.client, 'newer', deps)).rejects.toMatchObject({ code: 'store.migration' });
});

it('drops rows by whole parts when their time has come, and keeps centuries', async () => {
  await migrate(engine.client, 'aging', deps);
  await engine.client.execute({
    sql: `INSERT INTO aging.logs (tenant, timestamp, body, retention_days) VALUES
      ('a', now64(9) - INTERVAL 9 DAY, 'gone', 7), ('a', now64(9) - INTERVAL 9 DAY, 'kept', 30), ('a', now64(9), 'for ever', 65535)`,
  });
  await engine.client.execute({ sql: 'OPTIMIZE TABLE aging.logs FINAL' });
  expect(await engine.client.rows({ sql: 'SELECT body FROM aging.logs ORDER BY body' })).toEqual([
    ['for ever'],
    ['kept'],
  ]);
});
