import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Log } from '#base';
import { silentLog } from '#base';
import { ClickHouse, StoreException } from './clickhouse.ts';
import { storeError } from './exceptions.ts';
import type { Compiled } from './plan/compile.ts';
import { runCompiled, type Target } from './select.ts';
import { batchOf, logsBlock } from './testkit/batches.ts';
import { callerOf, openTestStore, TENANT_A, type TestStore, until } from './testkit/instance.ts';
import { MemorySource } from './testkit/memory-source.ts';

/** Exceptions provoked in a real engine, as a plan would be answered that runs into them. */
let instance: TestStore;
let client: ClickHouse;
let target: Target;
beforeAll(async () => {
  instance = await openTestStore({ drainLinger: 0 });
  client = new ClickHouse({ socketPath: `${instance.dataDir}/engines/pool/engine.sock` });
  target = { client, database: 'hanok', server: false, shared: true };
  const source = new MemorySource();
  source.append(batchOf(TENANT_A, [logsBlock(TENANT_A, 'Payment accepted', 50_000)]));
  const drainer = instance.store.drain('pool', source);
  await until('all is in', () => source.committed === 1n);
  await drainer.close();
});
afterAll(async () => {
  client.close();
  await instance.close();
});

const LIMITS = { timeMs: 5_000, memoryBytes: 1e9, rowsToRead: 1e9, resultBytes: 1e9, overrun: 'error' } as const;
const said: object[] = [];
const log: Log = {
  ...silentLog,
  warn: (fields) => said.push(fields),
  error: (fields) => said.push(fields),
  child: () => log,
};

async function failing(text: string, limits: Partial<typeof LIMITS | { overrun: 'error' }>, stream = false) {
  said.length = 0;
  const compiled: Compiled = { text, params: {}, owner: 'tenant', tables: ['logs'] };
  const asking = { queryId: 'q', log, foreignRows: instance.meter.counter('foreign', '') };
  const asked = runCompiled(
    target,
    callerOf(TENANT_A),
    compiled,
    ['a'],
    { ...LIMITS, ...limits },
    { stream, requestId: 'r-1' },
    asking,
  );
  return asked
    .then((selection) => selection.rows())
    .then(
      () => {
        throw new Error('it was answered');
      },
      (error: unknown) => error as ReturnType<typeof storeError>,
    );
}

const FROM = 'FROM hanok.logs';
/** Code of the engine, the statement, the limits, and what is said of it. */
const TABLE: ReadonlyArray<readonly [number, string, object, object]> = [
  [
    159,
    `SELECT sum(arraySum(arrayMap(i -> sipHash64(body, i), range(400)))), 'tenant-a' ${FROM}`,
    { timeMs: 200 },
    { code: 'store.timeout', status: 422, reason: 'time', values: { timeMs: 200 } },
  ],
  [
    241,
    `SELECT groupArray(repeat(body, 100)), 'tenant-a' ${FROM}`,
    { memoryBytes: 16e6 },
    { code: 'store.memory', status: 422, reason: 'memory', values: { memoryBytes: 16e6 } },
  ],
  [
    396,
    `SELECT body, tenant ${FROM}`,
    { resultBytes: 10_000 },
    { code: 'store.rows', status: 422, reason: 'result-size', values: { resultBytes: 10_000 } },
  ],
  [62, `SELECT nonsense nonsense nonsense ${FROM}`, {}, { code: 'store.refused', status: 500 }],
  [62, `SELECT '${'x'.repeat(4_300_000)}' ${FROM}`, {}, { code: 'store.too-large', status: 400 }],
  [167, `SELECT 1${' + 1'.repeat(1_100)}, tenant ${FROM}`, {}, { code: 'store.too-large', status: 400 }],
  [47, `SELECT tenant_secret ${FROM}`, {}, { code: 'store.refused', status: 500 }],
  [46, `SELECT thereIsNoSuchFunction(body) ${FROM}`, {}, { code: 'store.refused', status: 500 }],
  [60, 'SELECT 1, 2 FROM hanok.no_such_table', {}, { code: 'store.refused', status: 500 }],
  [386, `SELECT body = 1, tenant ${FROM} WHERE body = 1`, {}, { status: 500 }],
  [395, `SELECT throwIf(1, 'secret words of the engine'), tenant ${FROM}`, {}, { code: 'store.refused', status: 500 }],
  [427, `SELECT match(body, '('), tenant ${FROM}`, {}, { status: 500 }],
  [43, `SELECT sum(body), 'tenant-a' ${FROM}`, {}, { code: 'store.refused', status: 500 }],
  [6, `SELECT toUInt64(body), tenant ${FROM}`, {}, { status: 500 }],
];
const ENGINE_WORDS =
  /Code: \d|DB::|Exception|hanok\.|setting|while executing|Maybe you meant|secret|FUNCTION|\bSELECT\b/;

describe.each(TABLE)('an exception %i of the engine', (code, text, limits, meaning) => {
  // An answer that streams may be of any length.
  it.each(code === 396 ? [false] : [false, true])(
    `${text.slice(0, 60)}, streaming %s: told in our words, logged in its own`,
    { timeout: 30_000 },
    async (stream) => {
      const error = await failing(text, limits, stream);
      expect(error).toMatchObject(meaning);
      expect(JSON.stringify({ ...error, message: error.message, fix: error.fix, cause: undefined })).not.toMatch(
        ENGINE_WORDS,
      );
      // What the engine said is in the log, with the request it was said to.
      expect(JSON.stringify(said)).toMatch(/Code: |cut off|longer than/);
      const cause = error.cause as StoreException;
      expect(cause).toBeInstanceOf(StoreException);
      // With several threads the one that was taken along may be named.
      expect([code, 394]).toContain(cause.exceptionCode);
    },
  );
});

it('any code of the engine, known or not, is told in our words', () => {
  for (let code = 0; code < 1_100; code++) {
    const error = storeError(new StoreException(code, `Code: ${code}. DB::Exception: secret of hanok.logs`), LIMITS);
    expect(`${error.message} ${error.fix} ${JSON.stringify(error.values)}`).not.toMatch(ENGINE_WORDS);
    expect(error.reason).toBeDefined();
  }
  expect(storeError(new Error('secret')).message).not.toContain('secret');
});
