import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, resolve } from '@hanok/contract/query';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../server/src/base/index.ts';
import { readBlocks } from '../../server/src/base/native/index.ts';
import { LogBlock } from '../../server/src/query/decode/log-block.ts';
import {
  LOG_COLUMNS,
  type LogRecord,
  logFromRow,
  SPAN_COLUMNS,
  spanFromRow,
} from '../../server/src/query/decode/records.ts';
import { Surroundings } from '../../server/src/query/decode/surroundings.ts';
import { compileFilter } from '../../server/src/query/language/compile.ts';
import { matcherOf } from '../../server/src/query/language/evaluate.ts';
import { QuerySession } from '../../server/src/query/query-session.ts';
import { BatchBuilder, type LogInput, type SpanInput, START } from '../../server/src/query/testkit/data.ts';
import {
  callerOf,
  freeTurns,
  openTestInstance,
  TENANT_A,
  TENANT_B,
  type TestInstance,
} from '../../server/src/query/testkit/instance.ts';
import { bind, name, select, sql } from '../../server/src/store/index.ts';

interface Case {
  readonly signal: 'logs' | 'traces';
  readonly rows: ReadonlyArray<{ readonly is: string } & LogInput & SpanInput>;
}

const here = import.meta.dirname;
const names = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const read = (name: string, file: string) => readFileSync(join(here, name, file), 'utf8');

let instance: TestInstance;
beforeAll(async () => {
  instance = await openTestInstance();
});
afterAll(() => instance.close());

describe.each(names)('%s', (caseName) => {
  const { signal, rows } = JSON.parse(read(caseName, 'rows.json')) as Case;
  const queries = read(caseName, 'query.txt')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const expected = JSON.parse(read(caseName, 'expected.json')) as string[][];
  // Each case has an hour of its own, each row a second of it, by which it is known again.
  const base = START + BigInt(names.indexOf(caseName)) * 3_600_000_000_000n;
  const nameOf = (time: bigint) => rows[Number((time - base) / 1_000_000_000n)]?.is ?? 'stranger';
  const session = () =>
    new QuerySession(
      instance.store,
      { caller: callerOf(TENANT_A), signal: new AbortController().signal, requestId: 'r' },
      freeTurns,
    );
  const time = sql`toUnixTimestamp64Nano(timestamp)`;
  const mine = [
    sql`timestamp >= fromUnixTimestamp64Nano(${bind.int(base)})`,
    sql`timestamp < fromUnixTimestamp64Nano(${bind.int(base + 3_600_000_000_000n)})`,
  ];
  const around = new Surroundings(systemClock);
  let block: ReturnType<typeof readBlocks>;
  let records: ReturnType<typeof logFromRow>[] | ReturnType<typeof spanFromRow>[];

  beforeAll(async () => {
    const builder = new BatchBuilder(TENANT_A);
    rows.forEach((row, i) => {
      const timed = { ...row, time: base + BigInt(i) * 1_000_000_000n };
      if (signal === 'logs') builder.log(timed);
      else builder.span(timed);
    });
    const batch = builder.batch();
    block = readBlocks(batch.blocks.find((one) => one.table === (signal === 'logs' ? 'logs' : 'spans'))!.bytes);
    await instance.insert(batch);
    // The other tenant has the same rows; none may ever be found.
    const other = new BatchBuilder(TENANT_B);
    for (const row of rows) {
      if (signal === 'logs') other.log({ ...row, time: base + 3_000_000_000_000n });
      else other.span({ ...row, time: base + 3_000_000_000_000n });
    }
    await instance.insert(other.batch());

    const asked = session();
    const plan = select({
      columns: signal === 'logs' ? LOG_COLUMNS : SPAN_COLUMNS,
      from: signal === 'logs' ? 'logs' : 'spans',
      where: mine,
      orderBy: [name('timestamp')],
    });
    const stored = await asked.rows(plan);
    records = signal === 'logs' ? stored.map(logFromRow) : stored.map(spanFromRow);
    await around.load(asked, records);
  });

  it('has as many expectations as queries', () => {
    expect(expected.length).toBe(queries.length);
    expect(records.length).toBe(rows.length);
  });

  it('reads the journal as it reads the store', () => {
    if (signal !== 'logs') return;
    const [first] = [...block];
    const logs = new LogBlock(first!);
    const whole = (record: LogRecord) =>
      Object.fromEntries(Object.keys(records[0]!).map((field) => [field, record[field as keyof LogRecord]]));
    expect(rows.map((_, i) => whole(logs.record(i)))).toEqual(records);
    // Twice: what was read before is the same.
    expect(rows.map((_, i) => whole(logs.record(i)))).toEqual(records);
  });

  it.each(queries.map((query, i) => [query, expected[i] ?? []] as const))('%s', async (query, found) => {
    const filter = resolve(parse(query), signal);
    const matches = matcherOf(filter);
    const evaluated = records
      .filter((record) =>
        matches(record, {
          resource: () => around.resource(TENANT_A, record.resourceId).pairs,
          scope: () => {
            const scope = around.scope(TENANT_A, record.scopeId);
            return scope && { name: scope.name, version: scope.version, attributes: scope.pairs };
          },
        }),
      )
      .map((record) => nameOf(record.timestamp));
    const selected = await session().rows(
      select({
        columns: { t: time },
        from: signal === 'logs' ? 'logs' : 'spans',
        where: [...mine, compileFilter(filter, signal)],
        orderBy: [name('timestamp')],
      }),
    );
    expect({
      evaluated: evaluated.sort(),
      selected: selected.map((row) => nameOf(BigInt(String(row['t'])))).sort(),
    }).toEqual({ evaluated: [...found].sort(), selected: [...found].sort() });
  });
});
