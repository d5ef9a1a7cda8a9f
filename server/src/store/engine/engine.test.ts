import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '#base';
import { ClickHouse, collect } from '../clickhouse.ts';
import { until } from '../testkit/instance.ts';
import { Supervisor } from './supervisor.ts';

let dir: string;
let engine: Supervisor;
let processes: () => Promise<string[]>;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hanok-engine-'));
  engine = new Supervisor({
    name: 'test',
    dir,
    nodePath: process.execPath,
    querySessions: 3,
    memoryLimit: 1024 ** 3,
    log: silentLog,
  });
  await engine.ready();
  await engine.client.execute({ sql: 'CREATE DATABASE t' });
  await engine.client.execute({
    sql: `CREATE TABLE t.items (id UInt64, name LowCardinality(String)) ENGINE = MergeTree ORDER BY id
      SETTINGS non_replicated_deduplication_window = 100`,
  });
  processes = async () =>
    (
      await engine.client.rows({ sql: "SELECT query FROM system.processes WHERE query NOT LIKE '%system.processes%'" })
    ).map(([query]) => String(query));
});
afterAll(async () => {
  await engine.close();
  rmSync(dir, { recursive: true, force: true });
});

describe.each([{ keepAlive: true }, { keepAlive: false }])(
  '@clickhouse/client, keep-alive $keepAlive',
  ({ keepAlive }) => {
    let client: ClickHouseClient;
    beforeAll(() => {
      const socketPath = join(dir, 'engine.sock');
      client = createClient({
        url: 'http://engine',
        // `socketPath` is an option of the connections that an agent makes; the types do not say so.
        http_agent: new Agent({ keepAlive, socketPath } as ConstructorParameters<typeof Agent>[0]),
        keep_alive: { enabled: keepAlive },
        database: 't',
        log: { level: ClickHouseLogLevel.OFF },
      });
    });
    afterAll(() => client.close());

    it('pings, selects with typed parameters and settings, and gets its query id back', async () => {
      expect(await client.ping()).toMatchObject({ success: true });
      const queryId = randomUUID();
      const result = await client.query({
        query: "SELECT {a:UInt64} + 1 AS n, {s:String} AS s, {l:Array(String)} AS l, getSetting('max_threads') AS t",
        query_params: { a: 41, s: "it's\t\\", l: ["x'", '\n'] },
        clickhouse_settings: { max_threads: 3, output_format_json_quote_64bit_integers: 1 },
        format: 'JSONEachRow',
        query_id: queryId,
      });
      expect(result.query_id).toBe(queryId);
      expect(await result.json()).toEqual([{ n: '42', s: "it's\t\\", l: ["x'", '\n'], t: 3 }]);
    });

    it('inserts rows it has and rows it streams', async () => {
      await client.insert({ table: 'items', values: [{ id: 1, name: 'one' }], format: 'JSONEachRow' });
      await client.insert({
        table: 'items',
        values: Readable.from([{ id: 2, name: 'two' }]),
        format: 'JSONEachRow',
        columns: ['id', 'name'],
      });
      const result = await client.query({
        query: 'SELECT DISTINCT name FROM items ORDER BY name',
        format: 'JSONCompactEachRow',
      });
      expect(await result.json()).toEqual([['one'], ['two']]);
    });

    it('streams an answer whole and in order, with one head, in any format', async () => {
      const result = await client.query({
        query: 'SELECT number FROM numbers(500000)',
        format: 'JSONCompactEachRowWithNames',
      });
      let next = -1;
      let outOfOrder = 0;
      for await (const rows of result.stream())
        for (const row of rows) {
          if (next >= 0 && Number(row.json<string[]>()[0]) !== next) outOfOrder++;
          next++;
        }
      expect({ next, outOfOrder }).toEqual({ next: 500_000, outOfOrder: 0 });
      const json = await (await client.query({ query: 'SELECT 1 AS a WHERE 0', format: 'JSON' })).json();
      expect(json).toMatchObject({ meta: [{ name: 'a' }], data: [], rows: 0 });
    });

    it.each([
      ['SELEC', '62'],
      ['SELECT * FROM nowhere', '60'],
      ['SELECT nothing', '47'],
      ['SELECT throwIf(1)', '395'],
      ['SELECT {missing:String}', '456'],
    ])('reports %s with code %s', async (query, code) => {
      await expect(client.query({ query, format: 'JSON' }).then((result) => result.text())).rejects.toMatchObject({
        code,
      });
      await expect(client.command({ query })).rejects.toMatchObject({ code });
    });

    it('refuses a setting nobody knows, and the session is as it was', async () => {
      const settings = { max_threads: 5, no_such_setting: '1' };
      await expect(client.query({ query: 'SELECT 1', clickhouse_settings: settings as never })).rejects.toMatchObject({
        code: '115',
      });
      for (let i = 0; i < 4; i++) {
        const result = await client.query({
          query: "SELECT changed FROM system.settings WHERE name = 'max_threads'",
          format: 'JSONCompactEachRow',
        });
        expect(await result.json()).toEqual([[0]]);
      }
    });
  },
);

it('answers other queries while one runs for long, and more than there are sessions', async () => {
  const slow = engine.client.rows({
    sql: 'SELECT (SELECT sum(sleepEachRow(0.2)) FROM numbers(10)) AS a',
    settings: { max_block_size: 1 },
  });
  let slowDone = false;
  void slow.then(() => (slowDone = true));
  const quick = await Promise.all(Array.from({ length: 20 }, (_, i) => engine.client.rows({ sql: `SELECT ${i}` })));
  expect(quick.map(([row]) => Number(row![0]))).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(slowDone).toBe(false);
  await slow;
});

it.each([true, false])('kills the statement when the client leaves, streaming %s', async (streaming) => {
  const leave = new AbortController();
  const sql = 'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))';
  const running = engine.client
    .run({ sql, signal: leave.signal, settings: streaming ? {} : { wait_end_of_query: 1 } })
    .then(collect);
  running.catch(() => undefined);
  await until('the query runs', async () => (await processes()).some((query) => query.includes('sipHash64')));
  leave.abort();
  await expect(running).rejects.toThrow();
  await until('the query is gone', async () => (await processes()).length === 0);
});

it('stops a stream whose reader leaves in the middle, and the session serves the next from its start', async () => {
  for (let i = 0; i < 5; i++) {
    const leave = new AbortController();
    const answer = await engine.client.run({
      sql: "SELECT number, repeat('x', 100) FROM numbers(100000000)",
      settings: { default_format: 'TabSeparated' },
      signal: leave.signal,
    });
    await new Promise((resolve) => answer.once('data', resolve));
    answer.on('error', () => undefined);
    leave.abort();
  }
  await until('all are gone', async () => (await processes()).length === 0);
  const whole = await collect(await engine.client.run({ sql: 'SELECT number FROM numbers(3)' }));
  expect(whole.toString()).toBe('0\n1\n2\n');
});

it('ends the connection, or says so in the last line, when a stream fails after its first row', async () => {
  const sql = 'SELECT number, throwIf(number = 2000000) FROM numbers(3000000)';
  const broken = engine.client.run({ sql }).then(collect);
  await expect(broken).rejects.toThrow(/broke off/);
  const told = await collect(
    await engine.client.run({ sql, settings: { default_format: 'JSONCompactEachRowWithProgress' } }),
  );
  const last = told.toString().trimEnd().split('\n').at(-1)!;
  expect(JSON.parse(last)).toMatchObject({ exception: expect.stringMatching(/^Code: 395\. /) });
});

it('inserts many concatenated Native blocks as one part, once per token', async () => {
  await engine.client.execute({ sql: 'CREATE TABLE t.blocks AS t.items' });
  const block = async (from: number) =>
    collect(
      await engine.client.run({
        sql: `SELECT toUInt64(number) AS id, toLowCardinality('x') AS name FROM numbers(${from}, 1000)`,
        settings: { default_format: 'Native' },
      }),
    );
  const body = await Promise.all(Array.from({ length: 50 }, (_, i) => block(i * 1_000)));
  const insert = () =>
    engine.client.execute({
      sql: 'INSERT INTO t.blocks (id, name) FORMAT Native',
      body,
      settings: { insert_deduplication_token: 'range 1-50' },
    });
  for (let i = 0; i < 3; i++) await insert();
  const rows = await engine.client.rows({
    sql: "SELECT count(), sum(rows), (SELECT uniqExact(id) FROM t.blocks) FROM system.parts WHERE table = 'blocks' AND active",
  });
  expect(rows).toEqual([['1', '50000', '50000']]);
  expect(readdirSync(join(dir, 'spool'))).toEqual([]);
});

it('takes spooled data only by the name of a file in its spool, and asks again for one that is gone', async () => {
  const insert = (file: string) =>
    engine.client.execute({ sql: '', settings: { query: 'INSERT INTO t.items FORMAT Native', hanok_body_file: file } });
  await expect(insert('../run/engine.xml')).rejects.toMatchObject({ exceptionCode: 291 });
  // Not among the codes that condemn data: its sender spools it again.
  await expect(insert(`body-${randomUUID()}`)).rejects.toMatchObject({ exceptionCode: 107 });
});

it('refuses damaged Native data by code and keeps nothing of it', async () => {
  const good = await collect(
    await engine.client.run({
      sql: "SELECT toUInt64(77) AS id, toLowCardinality('x') AS name FROM numbers(100)",
      settings: { default_format: 'Native' },
    }),
  );
  const damaged = engine.client.execute({
    sql: 'INSERT INTO t.items FORMAT Native',
    body: [good, good.subarray(0, good.length >> 1)],
  });
  await expect(damaged).rejects.toMatchObject({ exceptionCode: 33 });
  expect(await engine.client.rows({ sql: 'SELECT count() FROM t.items WHERE id = 77' })).toEqual([['0']]);
});

it('lets nobody but the owner near its socket', () => {
  expect(statSync(dir).mode & 0o077).toBe(0);
  expect(statSync(join(dir, 'run')).mode & 0o077).toBe(0);
});

it('says with a ping which statements it has not answered, and only when asked for them', async () => {
  const socketPath = join(dir, 'engine.sock');
  const pinged = (path: string) =>
    new Promise<string>((resolve, reject) =>
      get({ socketPath, path }, (response) => collect(response).then(String).then(resolve, reject)).on('error', reject),
    );
  const ours = new ClickHouse({ socketPath });
  expect(await pinged('/ping')).toBe('Ok.\n');
  expect(await pinged('/ping?hanok_statements')).toBe('Ok.\n[]\n');
  const slow = ours.rows({ sql: 'SELECT sleep(2)', queryId: 'slow "one"' });
  await until('it is known', async () => (await pinged('/ping?hanok_statements')) === 'Ok.\n["slow \\"one\\""]\n');
  await ours.ping(AbortSignal.timeout(5_000));
  expect(await slow).toEqual([[0]]);
  await until('it is answered', async () => (await pinged('/ping?hanok_statements')) === 'Ok.\n[]\n');
  ours.close();
});

it('lets inserts wait while a partition has many parts that merges have not got to', async () => {
  const ours = new ClickHouse({ socketPath: join(dir, 'engine.sock') });
  const delayed = async () =>
    Number((await ours.rows({ sql: "SELECT value FROM system.events WHERE event = 'DelayedInserts'" }))[0]?.[0] ?? 0);
  const insert = () => ours.execute({ sql: 'INSERT INTO t.many SELECT 1' });
  await ours.execute({ sql: 'CREATE TABLE t.many (n UInt8) ENGINE = MergeTree ORDER BY n' });
  await ours.execute({ sql: 'SYSTEM STOP MERGES t.many' });
  for (let part = 0; part < 149; part++) await insert();
  const before = await delayed();
  for (let part = 0; part < 3; part++) await insert();
  expect(await delayed()).toBeGreaterThan(before);
  await ours.execute({ sql: 'DROP TABLE t.many' });
  ours.close();
});
