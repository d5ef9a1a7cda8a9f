import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '#base';
import { ClickHouse } from './clickhouse.ts';
import { select } from './plan/select.ts';
import { bind, name, sql, wordsOf } from './plan/sql.ts';
import { runSelect } from './select.ts';
import { batchOf, logsBlock } from './testkit/batches.ts';
import { callerOf, openTestStore, TENANT_A, TENANT_B, type TestStore, until } from './testkit/instance.ts';
import { MemorySource } from './testkit/memory-source.ts';

let instance: TestStore;
let direct: ClickHouse;
const A = callerOf(TENANT_A);

beforeAll(async () => {
  instance = await openTestStore({ drainLinger: 0 });
  direct = new ClickHouse({ socketPath: `${instance.dataDir}/engines/pool/engine.sock` });
  const source = new MemorySource();
  for (let i = 0; i < 6; i++) source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, `Payment ${i} accepted`, 50_000)]));
  source.append(batchOf(TENANT_B, [logsBlock(TENANT_B, 'secret of b', 10)]));
  const drainer = instance.store.drain('pool', source);
  await until('all is in', () => source.committed === 7n);
  await drainer.close();
});
afterAll(async () => {
  direct.close();
  await instance.close();
});

const everything = select({ columns: { text: name('body') }, from: 'logs', orderBy: [name('body')] });
/** `factor` × 300,000 hashes. */
const heavy = (factor: number) =>
  select({
    columns: { n: sql`sum(arraySum(arrayMap(i -> sipHash64(body, i), range(${bind.uint(factor)}))))` },
    from: 'logs',
  });

it.each([false, true])('gives the tenant its rows and nobody else’s, streaming %s', async (stream) => {
  const mine = await instance.store.select(A, everything, { stream });
  let rows = 0;
  let others = 0;
  for await (const [body] of mine) {
    if (!String(body).startsWith('Payment')) others++;
    rows++;
  }
  expect({ rows, others }).toEqual({ rows: 300_000, others: 0 });
  const theirs = await instance.store.select(callerOf(TENANT_B), everything, { stream });
  expect(await theirs.rows()).toHaveLength(10);
  expect(theirs.columns).toEqual(['text']);
});

it('keeps 64-bit integers exact and non-finite numbers apart', async () => {
  const plan = select({
    columns: {
      big: sql`${bind.uint(18_446_744_073_709_551_615n)}`,
      small: sql`${bind.int(-9_223_372_036_854_775_808n)}`,
      nan: sql`${bind.float(Number.NaN)}`,
      inf: sql`${bind.float(Number.NEGATIVE_INFINITY)}`,
      text: sql`${bind.string("'\\ \t\n값")}`,
    },
    from: 'logs',
    limit: 1,
  });
  expect(await (await instance.store.select(A, plan)).rows()).toEqual([
    { big: '18446744073709551615', small: '-9223372036854775808', nan: 'nan', inf: '-inf', text: "'\\ \t\n값" },
  ]);
});

it('finds words through the text index', async () => {
  const plan = (words: string) => {
    const holds = sql`hasAllTokens(${wordsOf(name('body'))}, ${bind.string(words)})`;
    return select({ columns: { n: sql`count()` }, from: 'logs', where: [holds] });
  };
  const found = await instance.store.select(A, plan('payment 3 accepted'));
  expect(Number((await found.rows())[0]!['n'])).toBeGreaterThanOrEqual(50_000);
  const stats = found.stats();
  const none = await instance.store.select(A, plan('nowhere'));
  expect(await none.rows()).toEqual([{ n: '0' }]);
  expect(none.stats().work.rowsRead).toBeLessThan(stats.work.rowsRead);
});

describe('budgets', () => {
  it('say how much was read', async () => {
    const result = await instance.store.select(A, select({ columns: { n: sql`countIf(body != '')` }, from: 'logs' }));
    expect(await result.rows()).toEqual([{ n: '300000' }]);
    // Whole granules are read, so the first and last may hold a neighbour's rows.
    expect(result.stats().work.rowsRead).toBeGreaterThanOrEqual(300_000);
    expect(result.stats().partial).toBe(false);
    expect(result.stats().work.bytesRead).toBeGreaterThan(1_000_000);
  });

  const plan = select({ columns: { n: sql`countIf(body LIKE '%Payment 2%')` }, from: 'logs' });

  it('end a query that reads too many rows of a store of its own with what was found, marked, or with an error', async () => {
    const own = { client: direct, database: 'hanok', server: false, shared: false };
    const asking = { queryId: 'rows', log: silentLog, foreignRows: instance.meter.counter('foreign', '') };
    const limits = { timeMs: 5_000, memoryBytes: 1e9, rowsToRead: 20_000, resultBytes: 1e9 };
    const partial = await runSelect(own, A, plan, { ...limits, overrun: 'partial' }, {}, asking);
    await partial.rows();
    expect(partial.stats().partial).toBe(true);
    expect(partial.stats().told?.rowsRead).toBeLessThan(300_000);
    await expect(runSelect(own, A, plan, { ...limits, overrun: 'error' }, {}, asking)).rejects.toMatchObject({
      code: 'store.rows',
    });
  });

  it('do not count rows in a shared store, where neighbours’ are read along, nor tell of them', async () => {
    const whole = await instance.store.select(A, plan, { budget: { rowsToRead: 1 } });
    expect(await whole.rows()).toEqual([{ n: '50000' }]);
    expect(whole.stats().partial).toBe(false);
    expect(whole.stats().told).toBeUndefined();
  });

  it('end a query that takes too long', async () => {
    await expect(
      instance.store.select(A, heavy(30), { budget: { timeMs: 100, overrun: 'error' } }),
    ).rejects.toMatchObject({
      code: 'store.timeout',
      status: 422,
    });
    const partial = await instance.store.select(A, heavy(30), { budget: { timeMs: 100 } });
    await partial.rows();
    expect(partial.stats().partial).toBe(true);
  });

  it('end a query that needs too much memory or answers too much', async () => {
    const plan = select({ columns: { all: sql`groupArray(body)` }, from: 'logs' });
    await expect(instance.store.select(A, plan, { budget: { memoryBytes: 4 * 1024 ** 2 } })).rejects.toMatchObject({
      code: 'store.memory',
    });
    await expect(instance.store.select(A, everything, { budget: { resultBytes: 100_000 } })).rejects.toMatchObject({
      code: 'store.rows',
    });
  });
});

it('cancels in the engine when the caller leaves, before or within the answer', async () => {
  const running = async () =>
    (
      await direct.rows({
        sql: "SELECT query FROM system.processes WHERE query LIKE '%hanok%' AND query NOT LIKE '%system.processes%'",
      })
    ).length;
  const leave = new AbortController();
  const asked = instance.store.select(A, heavy(1_000), { signal: leave.signal });
  asked.catch(() => undefined);
  await until('it runs', async () => (await running()) > 0);
  leave.abort();
  await expect(asked).rejects.toMatchObject({ code: 'store.cancelled' });
  await until('it is gone', async () => (await running()) === 0);

  const wide = select({ columns: { wide: sql`repeat(body, 100)` }, from: 'logs' });
  for await (const row of await instance.store.select(A, wide, { stream: true })) {
    expect(row).toHaveLength(1);
    break;
  }
  await until('it is gone too', async () => (await running()) === 0);
});

it('says 503 with a hint while the engine is away, and answers again afterwards', async () => {
  const plan = select({ columns: { n: sql`count()` }, from: 'logs' });
  process.kill(instance.pid(), 'SIGKILL');
  await until('it is seen', () => !instance.store.ready('pool'));
  await expect(instance.store.select(A, plan)).rejects.toMatchObject({
    code: 'store.unavailable',
    status: 503,
    retryAfter: 2,
  });
  await until('it is back', () => instance.store.ready('pool'));
  expect(await (await instance.store.select(A, plan)).rows()).toEqual([{ n: '300000' }]);
});

it('counts what a tenant keeps', async () => {
  const mine = await instance.store.storage(A);
  expect(mine.find((table) => table.table === 'logs')).toMatchObject({ rows: 300_000 });
  const theirs = await instance.store.storage(callerOf(TENANT_B));
  expect(theirs.find((table) => table.table === 'logs')).toMatchObject({ rows: 10 });
  const day = { day: '2026-11-20' };
  expect(mine).toEqual([
    // A row's numbers take 97 bytes, its body 18 or so, the other texts 29: nothing of it is a neighbour's.
    { table: 'logs', rows: 300_000, days: [{ ...day, rows: 300_000 }], estimatedBytes: expect.any(Number) as number },
  ]);
  const perRow = mine[0]!.estimatedBytes! / 300_000;
  expect(perRow).toBeGreaterThan(100);
  expect(perRow).toBeLessThan(200);
});
