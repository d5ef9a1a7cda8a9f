import { rename } from 'node:fs/promises';
import type { TenantId } from '@hanok/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Block, LAYOUTS, Meter, silentLog, systemClock, type TableName } from '#base';
import { ClickHouse, collect } from './clickhouse.ts';
import { Drainer } from './drain.ts';
import { tablesOf } from './migrate.ts';
import { select } from './plan/select.ts';
import { name, sql } from './plan/sql.ts';
import { columnsAt } from './schema/history.ts';
import { batchOf, logsBlock, spansBlock } from './testkit/batches.ts';
import { callerOf, openTestStore, TENANT_A, TENANT_B, type TestStore, until } from './testkit/instance.ts';
import { MemorySource } from './testkit/memory-source.ts';

let instance: TestStore;
let source: MemorySource;
let drainer: { close(): Promise<void> } | undefined;
let direct: ClickHouse;

beforeAll(async () => {
  instance = await openTestStore({ drainLinger: 20 });
  direct = new ClickHouse({ socketPath: `${instance.dataDir}/engines/pool/engine.sock` });
});
afterAll(async () => {
  direct.close();
  await instance.close();
});
beforeEach(async () => {
  source = new MemorySource();
  for (const table of [...Object.keys(LAYOUTS), 'operations'])
    await direct.execute({ sql: `TRUNCATE TABLE hanok.${table}` });
});
afterEach(async () => {
  await drainer?.close();
  drainer = undefined;
});

const drain = () => {
  drainer = instance.store.drain('pool', source);
};
const drained = (last: number) => until('everything is committed', () => source.committed === BigInt(last), 60_000);

async function count(table: TableName, tenant = TENANT_A) {
  const plan = select({ columns: { rows: sql`count()`, distinct: sql`uniqExact(tuple(*))` }, from: table });
  const [row] = await (await instance.store.select(callerOf(tenant), plan)).rows();
  return { rows: Number(row!['rows']), distinct: Number(row!['distinct']) };
}

/** As the engine itself writes them: this program can no longer. Bodies are `0 old`, `1 old`, … */
async function firstLayoutLogs(tenant: TenantId, filed: bigint, observed: readonly bigint[]): Promise<Block> {
  const values: Readonly<Record<string, string>> = {
    tenant: `'${tenant}'`,
    timestamp: `fromUnixTimestamp64Nano(toInt64(${filed}))`,
    observed_timestamp: `fromUnixTimestamp64Nano([${observed.map((time) => `toInt64(${time})`).join(',')}][number + 1])`,
    body: "concat(toString(number), ' old')",
    retention_days: '30',
  };
  const types = new Map(LAYOUTS.logs.columns.map((column) => [column.name, column.type as string]));
  const columns = columnsAt('logs', 1)!.map((column) => {
    const type = types.get(column) ?? 'DateTime64(9)';
    return `${values[column] ? `CAST(${values[column]}, '${type}')` : `defaultValueOfTypeName('${type}')`} AS \`${column}\``;
  });
  const answer = await direct.run({
    sql: `SELECT ${columns.join(', ')} FROM numbers(${observed.length})`,
    settings: { default_format: 'Native' },
  });
  return { table: 'logs', rows: observed.length, bytes: await collect(answer) };
}

async function operations() {
  const plan = select({ columns: { n: sql`sum(count)`, took: sql`sum(duration_sum)` }, from: 'operations' });
  const [row] = await (await instance.store.select(callerOf(TENANT_A), plan)).rows();
  return Number(row!['n']);
}

it('puts small requests together, in order and around large ones', async () => {
  for (let i = 0; i < 150; i++)
    source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, `small ${i}`, i === 100 ? 2_000 : 3)]));
  drain();
  await drained(150);
  expect(await count('logs')).toEqual({ rows: 2_447, distinct: 2_447 });
});

it('inserts what comes, each tenant its own, and fills the roll-up', async () => {
  source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'a', 100), spansBlock(TENANT_A, 'GET /', 50)]));
  source.append(batchOf(TENANT_B, [logsBlock(TENANT_B, 'b', 7)]));
  drain();
  await drained(2);
  expect(await count('logs')).toEqual({ rows: 100, distinct: 100 });
  expect(await count('logs', TENANT_B)).toEqual({ rows: 7, distinct: 7 });
  expect(await operations()).toBe(50);
  const plan = select({
    columns: { spread: sql`sumMap(buckets)`, isEntry: name('entry'), k: name('kind') },
    from: 'operations',
    groupBy: [name('isEntry'), name('k')],
  });
  // floor(8 * log2(1e6)) = 159
  expect(await (await instance.store.select(callerOf(TENANT_A), plan)).rows()).toEqual([
    { spread: { '159': '50' }, isEntry: 1, k: 2 },
  ]);
});

it('stores what two journals with equal numbers of the same millisecond hold', async () => {
  const other = new MemorySource();
  source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'of the one', 10)]), 1_700_000_000_000);
  other.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'of the other', 20)]), 1_700_000_000_000);
  drain();
  await drained(1);
  const second = instance.store.drain('pool', other);
  await until('the other is committed', () => other.committed === 1n, 60_000);
  await second.close();
  expect(await count('logs')).toEqual({ rows: 30, distinct: 30 });
});

it('inserts a range begun without an identity, or under an earlier one, under the token it had', async () => {
  const tokens: (string | undefined)[] = [];
  for (const begunUnder of ['', 'an-earlier-one', undefined]) {
    const begun = new MemorySource();
    begun.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'begun', 1)]), 5);
    const now = begun.journal;
    if (begunUnder !== undefined) {
      begun.journal = begunUnder;
      await begun.begin(1n, 1n);
      begun.journal = now;
    }
    const execute = async ({ settings }: { settings: Record<string, string> }) =>
      void tokens.push(settings['insert_deduplication_token']?.replace(now, 'the-new-one'));
    const model = new Drainer({
      ...{ store: 'model', database: 'hanok', ready: async () => {}, source: begun, lingerMs: 0, maxBytes: 1e9 },
      client: { execute } as unknown as ClickHouse,
      ...{ clock: systemClock, log: silentLog, meter: new Meter() },
    });
    await until('it is committed', () => begun.committed === 1n);
    await model.close();
  }
  expect(tokens).toEqual([
    'store:5:1-1:logs:v2',
    'an-earlier-one:store:5:1-1:logs:v2',
    'the-new-one:store:5:1-1:logs:v2',
  ]);
});

it('says when a server’s tables are other ones, or when it failed for a while', async () => {
  await direct.execute({ sql: 'CREATE DATABASE IF NOT EXISTS served' });
  const make = (table: string) =>
    direct.execute({ sql: `CREATE TABLE served.${table} (a UInt8) ENGINE = MergeTree ORDER BY a` });
  for (const table of ['resources', 'scopes', 'series']) await make(table);
  let now = 0;
  let fails = 0;
  const execute = async () => {
    if (fails-- > 0) throw new Error('away');
  };
  const model = new Drainer({
    ...{ store: 'model', database: 'served', ready: async () => {}, source, lingerMs: 0, maxBytes: 1e9 },
    client: { execute } as unknown as ClickHouse,
    tables: () => tablesOf(direct, 'served'),
    clock: { ...systemClock, monotonic: () => now },
    ...{ log: silentLog, meter: new Meter() },
  });
  drainer = model;
  const step = async (secondsLater: number) => {
    now += secondsLater * 1_000;
    source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'one', 1)]));
    const all = source.lag().entries + Number(source.committed);
    await drained(all);
    return source.doubts.splice(0);
  };
  expect(await step(0)).toEqual([]);
  expect(await step(60)).toEqual([]);
  await direct.execute({ sql: 'DROP TABLE served.resources SYNC' });
  await make('resources');
  expect(await step(60)).toEqual(['the store has other tables']);
  fails = 1;
  expect(await step(0)).toEqual(['the store was away or failed for a while']);
  expect(await step(60)).toEqual([]);
});

it('prepares an engine that comes back with an empty directory, and says that what was known may be gone', async () => {
  source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'before', 5)]));
  drain();
  await drained(1);
  expect(source.doubts).toEqual([]);
  const data = `${instance.dataDir}/engines/pool/data`;
  const pid = instance.pid();
  await rename(data, `${data}.away`);
  process.kill(pid, 'SIGKILL');
  await until('the engine was started again', () => source.doubts.length > 0);
  expect(source.doubts).toEqual(['the engine was started again']);
  source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'after', 3)]));
  await drained(2);
  expect(await count('logs')).toEqual({ rows: 3, distinct: 3 });
});

it('puts many entries into one part', async () => {
  for (let i = 0; i < 200; i++) source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, `batch ${i}`, 20)]));
  drain();
  await drained(200);
  expect(await count('logs')).toEqual({ rows: 4_000, distinct: 4_000 });
  const inserts = instance.meter.samples().find((sample) => sample.name === 'hanok_store_inserts_total')!;
  const parts = await direct.rows({
    sql: "SELECT count() FROM system.parts WHERE database = 'hanok' AND table = 'logs' AND active",
  });
  expect(parts).toEqual([['1']]);
  expect(inserts.value).toBeGreaterThan(0);
});

it('inserts at once what comes after a silence, and only then waits for much to insert', async () => {
  const inserted: string[] = [];
  const model = new Drainer({
    ...{ store: 'model', database: 'hanok', ready: async () => {}, source, lingerMs: 60_000, maxBytes: 1e9 },
    client: { execute: async ({ sql }: { sql: string }) => void inserted.push(sql) } as unknown as ClickHouse,
    ...{ clock: systemClock, log: silentLog, meter: new Meter() },
  });
  drainer = model;
  source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'after a silence', 1)]));
  await drained(1);
  source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'right behind it', 1)]));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(source.committed).toBe(1n);
  expect(inserted).toHaveLength(1);
  for (let i = 0; i < 30; i++) source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'much'.repeat(1_000), 100)]));
  await drained(32);
  expect(inserted).toHaveLength(2);
});

it('replays a pending range exactly once, in the table and in the roll-up', async () => {
  source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'x', 30), spansBlock(TENANT_A, 'x', 30)]));
  source.append(batchOf(TENANT_A, [spansBlock(TENANT_A, 'y', 30)]));
  let crashes = 3;
  source.beforeCommit = async () => {
    if (crashes-- > 0) throw new Error('the process died between insert and commit');
  };
  drain();
  await drained(2);
  expect(crashes).toBe(-1);
  expect(await count('logs')).toMatchObject({ rows: 30 });
  expect(await count('spans')).toMatchObject({ rows: 60 });
  expect(await operations()).toBe(60);
});

it('doubles nothing when a range is replayed whose first entry was damaged meanwhile', async () => {
  source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'x', 30)]));
  await new Promise((resolve) => setTimeout(resolve, 5));
  source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'y', 30)]));
  let crashed = false;
  source.beforeCommit = async () => {
    if (crashed) return;
    crashed = true;
    source.lose(1n);
    throw new Error('the process died between insert and commit');
  };
  drain();
  await drained(2);
  expect(await count('logs')).toEqual({ rows: 60, distinct: 60 });
});

it('keeps two journals apart that count from one', async () => {
  source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'first life', 10)]));
  drain();
  await drained(1);
  await drainer!.close();
  await new Promise((resolve) => setTimeout(resolve, 5));
  source = new MemorySource();
  source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'second life', 10)]));
  drain();
  await drained(1);
  expect(await count('logs')).toEqual({ rows: 20, distinct: 20 });
});

it('takes entries of the first layout, whose logs had the observed time itself', async () => {
  const filed = 1_795_132_800_000_000_000n;
  const times = [filed + 7n, 1n];
  source.append(batchOf(TENANT_A, [await firstLayoutLogs(TENANT_A, filed, times)], 1));
  source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'today', 1)]));
  drain();
  await drained(2);
  expect(source.deadLetters).toEqual([]);
  const plan = select({
    columns: { observed: sql`toString(toUnixTimestamp64Nano(timestamp) + observed_delay)` },
    from: 'logs',
    orderBy: [name('body')],
  });
  const rows = await (await instance.store.select(callerOf(TENANT_A), plan)).rows();
  expect(rows.map((row) => row!['observed'])).toEqual([...times.map(String), String(filed)]);
});

it('loses and doubles nothing while the engine is killed again and again', async () => {
  drain();
  const kills = 6;
  let appended = 0;
  const append = () => {
    appended++;
    source.append(
      batchOf(TENANT_A, [logsBlock(TENANT_A, `n${appended}`, 50), spansBlock(TENANT_A, `op ${appended % 5}`, 2_000)]),
    );
  };
  for (let kill = 0; kill < kills; kill++) {
    const before = source.committed;
    const feeding = setInterval(append, 3);
    // Anywhere from before the first insert to several ranges on.
    await new Promise((resolve) => setTimeout(resolve, 23 * kill));
    if (kill % 2 === 1) await until('a range is open', () => source.pending() !== undefined);
    await until('there is somebody to kill', () => instance.store.ready('pool'));
    process.kill(instance.pid(), 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 100));
    clearInterval(feeding);
    await until('it goes on', () => source.committed > before, 60_000);
  }
  await drained(appended);
  expect(instance.store.engines()[0]!.restarts).toBeGreaterThanOrEqual(kills);
  expect(await count('logs')).toEqual({ rows: appended * 50, distinct: appended * 50 });
  expect(await count('spans')).toMatchObject({ rows: appended * 2_000 });
  expect(await operations()).toBe(appended * 2_000);
}, 120_000);

describe('what the engine can never take', () => {
  const poison = (label: string) => {
    const good = logsBlock(TENANT_A, label, 10);
    return { ...good, bytes: good.bytes.subarray(0, good.bytes.length - 5) };
  };

  it('is isolated and put aside, and the rest is there once', async () => {
    for (let i = 1; i <= 9; i++)
      source.append(
        batchOf(TENANT_A, [
          i === 4 || i === 9 ? poison('bad') : logsBlock(TENANT_A, `good ${i}`, 10),
          spansBlock(TENANT_A, 'op', 1),
        ]),
      );
    let crashes = 2;
    source.beforeCommit = async () => {
      if (crashes-- > 0) throw new Error('the process died between insert and commit');
    };
    drain();
    await drained(9);
    expect(source.deadLetters.at(-1)!.sequences).toEqual([4n, 9n]);
    expect(source.deadLetters.at(-1)!.reason).toMatch(/^logs: code \d+$/);
    expect(await count('logs')).toEqual({ rows: 70, distinct: 70 });
    // The other tables of a put aside entry are not held back.
    expect(await count('spans')).toMatchObject({ rows: 9 });
    expect(await operations()).toBe(9);
  });

  it('is not blamed for a fault of the table', async () => {
    source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'good', 10)]));
    await direct.execute({ sql: 'ALTER TABLE hanok.logs RENAME COLUMN event_name TO elsewhere' });
    drain();
    await until('it was tried', () => source.pending() !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(source.deadLetters).toEqual([]);
    await direct.execute({ sql: 'ALTER TABLE hanok.logs RENAME COLUMN elsewhere TO event_name' });
    await drained(1);
    expect(source.deadLetters).toEqual([]);
    expect(await count('logs')).toMatchObject({ rows: 10 });
  });

  it('of a newer layout is put aside too, not guessed at', async () => {
    source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'future', 3)], 99));
    source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'today', 3)]));
    drain();
    await drained(2);
    expect(source.deadLetters[0]!.sequences).toEqual([1n]);
    expect(await count('logs')).toMatchObject({ rows: 3 });
  });
});
