import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LAYOUTS, type Layout, MARK_BITS, silentLog, systemClock } from '#base';
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
      sql: `SELECT name, type FROM system.columns WHERE database = 'fresh' AND table = '${layout.table}'
        AND default_kind != 'EPHEMERAL' ORDER BY position`,
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

/** As programs up to version 2 made it, but for what later migrations do not touch. */
const logsAtTwo = (database: string) =>
  createTable(
    {
      ...TABLES.logs,
      layout: {
        ...LAYOUTS.logs,
        columns: LAYOUTS.logs.columns.map((column) =>
          column.name === 'observed_delay' ? { name: 'observed_timestamp', type: 'DateTime64(9)' } : column,
        ),
      },
    },
    database,
  );

/** Filed at, observed at; nanoseconds. The last two were filed at arrival, their observed times are what was sent. */
const OBSERVED = [
  [1_795_132_800_000_000_001n, 1_795_132_800_001_000_000n],
  [1_795_132_800_000_000_002n, 1_795_132_799_999_999_999n],
  [1_795_132_800_000_000_003n, 1_795_132_800_000_000_003n],
  [1_795_132_800_000_000_004n, 1n],
  [1_795_132_800_000_000_005n, BigInt.asIntN(64, 18_446_744_073_709_551_615n)],
] as const;
const oldRows = (body: string) =>
  OBSERVED.map(
    ([filed, observed]) =>
      `('a', fromUnixTimestamp64Nano(toInt64(${filed})), fromUnixTimestamp64Nano(toInt64(${observed})), '${body}', 65535)`,
  ).join(', ');
const insertOld = (database: string, body: string) =>
  engine.client.execute({
    sql: `INSERT INTO ${database}.logs (tenant, timestamp, observed_timestamp, body, retention_days) VALUES ${oldRows(body)}`,
  });
const observedIn = (database: string, body: string) =>
  engine.client.rows({
    sql: `SELECT toString(toUnixTimestamp64Nano(timestamp) + observed_delay) FROM ${database}.logs
      WHERE body = '${body}' ORDER BY timestamp`,
  });
const OBSERVED_TIMES = OBSERVED.map(([, observed]) => [String(observed)]);

it('tells the observed times of rows that were kept with the time itself, before and after merges', async () => {
  const two = MIGRATIONS.filter((one) => one.version === 2);
  const first: Migration = {
    version: 1,
    name: 'as it was',
    statements: (database) => [
      logsAtTwo(database),
      ...Object.values(TABLES).flatMap((table) => (table === TABLES.logs ? [] : [createTable(table, database)])),
    ],
  };
  await migrate(engine.client, 'observed', { ...deps, migrations: [first, ...two] });
  await insertOld('observed', 'old');
  await migrate(engine.client, 'observed', deps);
  expect(await observedIn('observed', 'old')).toEqual(OBSERVED_TIMES);
  // A journal may hold entries of the old layout still.
  await insertOld('observed', 'late');
  await engine.client.execute({
    sql: `INSERT INTO observed.logs (tenant, timestamp, observed_delay, body, retention_days)
      VALUES ('a', fromUnixTimestamp64Nano(toInt64(${OBSERVED[0][0]})), -5, 'new', 65535)`,
  });
  for (const merged of [false, true]) {
    if (merged) await engine.client.execute({ sql: 'OPTIMIZE TABLE observed.logs FINAL' });
    expect(await observedIn('observed', 'old')).toEqual(OBSERVED_TIMES);
    expect(await observedIn('observed', 'late')).toEqual(OBSERVED_TIMES);
    expect(await observedIn('observed', 'new')).toEqual([[String(OBSERVED[0][0] - 5n)]]);
  }
});

it('takes what was written with the time itself into a new store, and keeps no time', async () => {
  await migrate(engine.client, 'unobserved', deps);
  await insertOld('unobserved', 'late');
  expect(await observedIn('unobserved', 'late')).toEqual(OBSERVED_TIMES);
  await engine.client.execute({ sql: 'OPTIMIZE TABLE unobserved.logs FINAL' });
  expect(await observedIn('unobserved', 'late')).toEqual(OBSERVED_TIMES);
  const kept = await engine.client.rows({
    sql: `SELECT count() FROM system.parts_columns WHERE database = 'unobserved' AND column = 'observed_timestamp'`,
  });
  expect(Number(kept[0]![0])).toBe(0);
});

it('finds the hours of traces that were there before, each once', async () => {
  const before = MIGRATIONS.filter((one) => one.version < 5);
  await migrate(engine.client, 'traced', { ...deps, migrations: before });
  const insert = (traces: readonly string[], hour: number) =>
    engine.client.execute({
      sql: `INSERT INTO traced.spans (tenant, timestamp, trace_id, span_id, retention_days) VALUES ${traces
        .map(
          (id) => `('a', toDateTime64('2026-11-20 0${hour}:30:00', 9), unhex('${id.repeat(32)}'), 'spanspan', 65535)`,
        )
        .join(', ')}`,
    });
  await insert(['1', '1', '2'], 1);
  await insert(['1'], 3);
  await migrate(engine.client, 'traced', deps);
  await insert(['2', '3', '3'], 5);
  const hours = await engine.client.rows({
    sql: `SELECT lower(hex(trace_id)) AS id, arraySort(groupUniqArray(toHour(hour))) FROM traced.trace_hours
      INNER JOIN (SELECT DISTINCT trace_id FROM traced.spans) AS ids ON toUInt32(cityHash64(trace_id)) = trace_hash
      GROUP BY id ORDER BY id`,
  });
  expect(hours).toEqual([
    ['1'.repeat(32), [1, 3]],
    ['2'.repeat(32), [1, 5]],
    ['3'.repeat(32), [5]],
  ]);
  await engine.client.execute({ sql: 'OPTIMIZE TABLE traced.trace_hours FINAL' });
  expect(await engine.client.rows({ sql: 'SELECT count() FROM traced.trace_hours' })).toEqual([['5']]);
});

it('keeps resources and scopes as long as the longest lived records, also those that are there', async () => {
  const asItWas: Migration = {
    version: 1,
    name: 'as it was',
    statements: (database) =>
      Object.values(TABLES).map((table) =>
        createTable(
          table.ttlFrom === '86400 * (toInt64(day) + 1)' ? { ...table, ttlFrom: '86400 * toInt64(day)' } : table,
          database,
        ),
      ),
  };
  const kept = { ...deps, migrations: [asItWas, ...MIGRATIONS.filter((one) => one.version > 1 && one.version < 6)] };
  await migrate(engine.client, 'outlived', kept);
  const insert = (table: string, columns: string, values: string) =>
    engine.client.execute({ sql: `INSERT INTO outlived.${table} (${columns}) VALUES ${values}` });
  // Rows of 29 days ago: with the logs' 30 days they go at the end of today, with the metrics' 90 in two months.
  const day = "toDate(now('UTC')) - 29";
  await insert('logs', 'tenant, timestamp, retention_days', "('a', now64(9), 30), ('b', now64(9), 30)");
  await insert('series', 'tenant, day, series_id, retention_days', `('a', ${day}, 1, 90)`);
  for (const [table, id] of [
    ['resources', 'resource_id'],
    ['scopes', 'scope_id'],
  ] as const)
    await insert(table, `tenant, day, ${id}, retention_days`, `('a', ${day}, 1, 30), ('b', ${day}, 2, 30)`);
  const ttlOf = (table: string) =>
    engine.client.rows({
      sql: `SELECT toString(toDate(max(delete_ttl_info_max), 'UTC') - (toDate(now('UTC')) - 29)) FROM system.parts
        WHERE database = 'outlived' AND table = '${table}' AND active GROUP BY partition ORDER BY partition`,
    });
  await migrate(engine.client, 'outlived', deps);
  // As after a crash before it was recorded.
  await engine.client.execute({
    sql: 'ALTER TABLE outlived.migrations DELETE WHERE version >= 6 SETTINGS mutations_sync = 1',
  });
  await migrate(engine.client, 'outlived', deps);
  for (const table of ['resources', 'scopes']) {
    await engine.client.execute({ sql: `OPTIMIZE TABLE outlived.${table} FINAL` });
    expect(
      await engine.client.rows({ sql: `SELECT tenant, retention_days FROM outlived.${table} ORDER BY ALL` }),
    ).toEqual([
      ['a', 30],
      ['a', 90],
      ['b', 30],
    ]);
    // To the end of the day that they stand for, not to where it began.
    await expect.poll(() => ttlOf(table)).toEqual([['31'], ['91']]);
  }
  await expect.poll(() => ttlOf('series')).toEqual([['91']]);
});

it('lets merges of a store that is there put attributes into buckets, and leaves what is inserted in one piece', async () => {
  const { settings: _, ...plainLogs } = TABLES.logs;
  const asItWas: Migration = {
    version: 1,
    name: 'as it was',
    statements: (database) => [
      createTable(plainLogs, database),
      ...Object.values(TABLES).flatMap((table) => (table === TABLES.logs ? [] : [createTable(table, database)])),
    ],
  };
  await migrate(engine.client, 'piled', { ...deps, migrations: [asItWas] });
  const insert = () =>
    engine.client.execute({
      sql: `INSERT INTO piled.logs (tenant, timestamp, attributes, retention_days)
        SELECT 'a', now64(9), map('k', toString(number), 'l', 'm'), 65535 FROM numbers(100)`,
    });
  const streams = async () =>
    (
      await engine.client.rows({
        sql: `SELECT arrayStringConcat(substreams, ' ') FROM system.parts_columns
          WHERE database = 'piled' AND table = 'logs' AND column = 'attributes' AND active`,
      })
    ).map(([text]) => /bucket/.test(String(text)));
  await insert();
  await insert();
  await engine.client.execute({ sql: 'OPTIMIZE TABLE piled.logs FINAL' });
  expect(await streams()).toEqual([false]);
  await migrate(engine.client, 'piled', deps);
  await insert();
  expect(await streams()).toEqual([false, false]);
  await engine.client.execute({ sql: 'OPTIMIZE TABLE piled.logs FINAL' });
  expect(await streams()).toEqual([true]);
  expect(await engine.client.rows({ sql: "SELECT sum(toUInt64(attributes['k'])) FROM piled.logs" })).toEqual([
    ['14850'],
  ]);
});

it('finds traces together with whose they are, in parts of before as well', async () => {
  const asItWas: Migration = {
    version: 1,
    name: 'as it was',
    statements: (database) =>
      Object.values(TABLES).map((table) =>
        createTable(
          {
            ...table,
            indexes: table.indexes.map((index) =>
              index.name === 'by_tenant_trace' ? { ...index, name: 'by_trace', expression: 'trace_id' } : index,
            ),
          },
          database,
        ),
      ),
  };
  await migrate(engine.client, 'shared', { ...deps, migrations: [asItWas] });
  const tables = ['logs', 'spans'] as const;
  for (const table of tables)
    await engine.client.execute({
      sql: `INSERT INTO shared.${table} (tenant, timestamp, trace_id, retention_days) VALUES
        ('a', now64(9), repeat('1', 16), 65535), ('b', now64(9), repeat('2', 16), 65535)`,
    });
  await migrate(engine.client, 'shared', deps);
  // As after a crash before it was recorded.
  await engine.client.execute({
    sql: 'ALTER TABLE shared.migrations DELETE WHERE version >= 9 SETTINGS mutations_sync = 1',
  });
  await migrate(engine.client, 'shared', deps);
  const granules = async (table: string, digit: string) => {
    const plan = await engine.client.rows({
      sql: `EXPLAIN indexes = 1 SELECT count() FROM shared.${table}
        WHERE tenant = 'a' AND cityHash64(tenant, trace_id) = cityHash64('a', toFixedString(repeat('${digit}', 16), 16))`,
    });
    const text = plan.map(([line]) => String(line)).join('\n');
    return [...text.matchAll(/Name: (by_\w+)\n(?:.*\n)*?\s*Granules: (\d+)\//g)].map((found) => found.slice(1));
  };
  for (const table of tables) {
    await expect.poll(() => granules(table, '2'), { timeout: 10_000 }).toEqual([['by_tenant_trace', '0']]);
    expect(await granules(table, '1')).toEqual([['by_tenant_trace', '1']]);
  }
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

it('counts spans whose name is beyond a limit under one name, in new stores and in old ones', async () => {
  const view = 'limited.operations_from_spans';
  await migrate(engine.client, 'limited', { ...deps, migrations: MIGRATIONS.filter(({ version }) => version < 7) });
  // As it was before.
  await engine.client.execute({ sql: `DROP VIEW ${view}` });
  await engine.client.execute({
    sql: `CREATE MATERIALIZED VIEW ${view} TO limited.operations AS
      SELECT tenant, toStartOfMinute(timestamp) AS time, service_name, name, count() AS count, retention_days
      FROM limited.spans GROUP BY tenant, time, service_name, name, retention_days`,
  });
  const insert = (name: string, marks: number) =>
    engine.client.execute({
      sql: `INSERT INTO limited.spans (tenant, timestamp, name, marks, retention_days) VALUES ('a', now64(9), '${name}', ${marks}, 30)`,
    });
  const counted = () =>
    engine.client.rows({ sql: 'SELECT name, sum(count) FROM limited.operations GROUP BY name ORDER BY name' });
  await insert('before', MARK_BITS['name-limited']);
  await migrate(engine.client, 'limited', deps);
  await insert('known', MARK_BITS['utf8-repaired']);
  await insert('new 1', MARK_BITS['name-limited']);
  await insert('new 2', MARK_BITS['name-limited'] | MARK_BITS['time-placed']);
  expect(await counted()).toEqual([
    ['(other operations)', '2'],
    ['before', '1'],
    ['known', '1'],
  ]);
  expect(await engine.client.rows({ sql: 'SELECT name FROM limited.spans ORDER BY name' })).toEqual(
    ['before', 'known', 'new 1', 'new 2'].map((name) => [name]),
  );
});
