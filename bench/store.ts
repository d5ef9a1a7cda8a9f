/**
 * The store alone: CPU seconds per million rows from ready Native blocks to queryable, bytes per row, trace by id and word
 * search, and what an idle engine costs. `npm run bench -- store [--rows 2000000] [--entry 500] [--insert 100000]`
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantId } from '@hanok/contract';
import { type Block, LAYOUT_VERSION, LAYOUTS, Meter, silentLog, systemClock } from '../server/src/base/index.ts';
import { ClickHouse, collect } from '../server/src/store/clickhouse.ts';
import { bind, name, openStore, STORE_CONFIG, select, sql } from '../server/src/store/index.ts';
import { MemorySource } from '../server/src/store/testkit/memory-source.ts';
import { SHAPES } from './store/rows.ts';

const argument = (key: string, fallback: number) => {
  const at = process.argv.indexOf(`--${key}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const rows = argument('rows', 2_000_000);
/** Rows of one journal entry, which is one request of a sender. */
const perEntry = argument('entry', 500);
/** Rows between two waits, which is about one insert. */
const perInsert = argument('insert', 100_000);
const TICKS_PER_SECOND = 100;

const tenant = 'tenant-b' as TenantId;
const caller = { tenant, actor: { kind: 'system', id: 'bench' } } as const;
const dataDir = mkdtempSync(join(tmpdir(), 'hanok-bench-'));
const defaults = Object.fromEntries(Object.entries(STORE_CONFIG).map(([key, one]) => [key, one.default]));
const config = { ...defaults, drainLinger: 0 } as Parameters<typeof openStore>[0];
const opened = performance.now();
const store = await openStore(config, {
  dataDir,
  clock: systemClock,
  log: silentLog,
  meter: new Meter(),
  placement: () => ({ store: 'pool' }),
  nodePath: process.execPath,
});
await store.open('pool');
const openedMs = performance.now() - opened;
const pid = store.engines()[0]!.pid!;
const direct = new ClickHouse({ socketPath: join(dataDir, 'engines', 'pool', 'engine.sock') });

const engineCpu = () => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
};
const ownCpu = () => {
  const usage = process.cpuUsage();
  return (usage.user + usage.system) / 1e6;
};
const memory = () => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const mib = (key: string) => Math.round(Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1024);
  return { rss: mib('Rss'), pss: mib('Pss'), anonymous: mib('Pss_Anon') };
};
const scalar = async (text: string) => Number((await direct.rows({ sql: text }))[0]?.[0] ?? Number.NaN);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

await sleep(3_000);
const idleBefore = engineCpu();
await sleep(5_000);
const idle = {
  ...memory(),
  cpuPercent: Number((((engineCpu() - idleBefore) / 5) * 100).toFixed(1)),
  openedMs: Math.round(openedMs),
};

async function blocksOf(table: keyof typeof SHAPES, from: number, count: number): Promise<Block> {
  const shape = SHAPES[table];
  const columns = LAYOUTS[table].columns.map(({ name: column, type }) =>
    shape[column] ? `CAST(${shape[column]}, '${type}') AS ${column}` : `defaultValueOfTypeName('${type}') AS ${column}`,
  );
  const bytes = await collect(
    await direct.run({
      sql: `SELECT ${columns.join(', ')} FROM (SELECT number AS n FROM numbers(${from}, ${count}))`,
      settings: { default_format: 'Native', max_block_size: count },
    }),
  );
  return { table, rows: count, bytes };
}

interface Figures {
  readonly engineCpuPerMillion: number;
  readonly withMergesPerMillion: number;
  readonly ownCpuPerMillion: number;
  readonly rowsPerEngineCpuSecond: number;
  readonly nativeBytesPerRow: number;
  readonly bytesPerRow: number;
  readonly indexBytesPerRow: number;
  readonly queryableMs: number;
}

async function load(table: keyof typeof SHAPES): Promise<Figures> {
  const source = new MemorySource();
  let [engine, own, native, slowest] = [0, 0, 0, 0];
  const drainer = store.drain('pool', source);
  let entries = 0n;
  const withMergesFrom = engineCpu();
  let generating = 0;
  for (let from = 0; from < rows; from += perInsert) {
    const before = engineCpu();
    const blocks: Block[] = [];
    for (let at = from; at < from + perInsert; at += perEntry) blocks.push(await blocksOf(table, at, perEntry));
    generating += engineCpu() - before;
    const [engineFrom, ownFrom, started] = [engineCpu(), ownCpu(), performance.now()];
    for (const block of blocks) {
      native += block.bytes.byteLength;
      entries++;
      source.append({
        tenant,
        signal: 'logs',
        layoutVersion: LAYOUT_VERSION,
        records: block.rows,
        minTime: 0n,
        maxTime: 0n,
        blocks: [block],
      });
    }
    while (source.committed < entries) await sleep(1);
    engine += engineCpu() - engineFrom;
    own += ownCpu() - ownFrom;
    slowest = Math.max(slowest, performance.now() - started);
  }
  await drainer.close();
  while ((await scalar('SELECT count() FROM system.merges')) > 0) await sleep(200);
  const withMerges = engineCpu() - withMergesFrom - generating;
  const [disk, index] = (
    await direct.rows({
      sql: `SELECT sum(bytes_on_disk) / sum(rows), sum(secondary_indices_compressed_bytes) / sum(rows)
        FROM system.parts WHERE database = 'hanok' AND table = '${table}' AND active`,
    })
  )[0]!;
  const million = rows / 1e6;
  return {
    engineCpuPerMillion: engine / million,
    withMergesPerMillion: withMerges / million,
    ownCpuPerMillion: own / million,
    rowsPerEngineCpuSecond: rows / engine,
    nativeBytesPerRow: native / rows,
    bytesPerRow: Number(disk),
    indexBytesPerRow: Number(index),
    queryableMs: slowest,
  };
}

const figures = { logs: await load('logs'), spans: await load('spans'), samples: await load('samples') };
console.log(
  `${rows.toLocaleString('en')} rows, entries of ${perEntry}, inserts of about ${perInsert.toLocaleString('en')}\n`,
);
console.log('            CPU s per million rows             rows per      bytes per row');
console.log(
  '            engine  with merges  drainer   engine CPU s   Native   disk   of it indexes   slowest insert ms',
);
for (const [table, f] of Object.entries(figures))
  console.log(
    table.padEnd(10),
    f.engineCpuPerMillion.toFixed(2).padStart(7),
    f.withMergesPerMillion.toFixed(2).padStart(12),
    f.ownCpuPerMillion.toFixed(2).padStart(8),
    Math.round(f.rowsPerEngineCpuSecond).toLocaleString('en').padStart(14),
    f.nativeBytesPerRow.toFixed(0).padStart(8),
    f.bytesPerRow.toFixed(1).padStart(6),
    f.indexBytesPerRow.toFixed(1).padStart(15),
    f.queryableMs.toFixed(0).padStart(19),
  );

async function latency(
  plan: Parameters<typeof store.select>[1][],
): Promise<{ readonly median: number; readonly worst: number }> {
  const times: number[] = [];
  for (const one of plan) {
    const started = performance.now();
    await (await store.select(caller, one)).rows();
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  return { median: times[times.length >> 1]!, worst: times.at(-1)! };
}

const traces = Array.from({ length: 31 }, (_, i) => Math.floor((i * rows) / 10 / 31));
const inTrace = (n: number) => {
  const id = sql`MD5(concat('t', toString(${bind.uint(n)})))`;
  return sql`trace_id = ${id} AND cityHash64(tenant, trace_id) = cityHash64(${bind.tenant}, ${id})`;
};
const spanColumns = Object.fromEntries(LAYOUTS.spans.columns.map((column) => [`c_${column.name}`, name(column.name)]));
const words = (text: string) =>
  select({ columns: { n: sql`count()` }, from: 'logs', where: [sql`hasAllTokens(body, ${bind.string(text)})`] });
const scan = (text: string) =>
  select({ columns: { n: sql`count()` }, from: 'logs', where: [sql`body LIKE ${bind.string(text)}`] });
const queries = {
  'trace, few columns': await latency(
    traces.map((n) =>
      select({
        columns: { n: sql`count()`, first: sql`min(timestamp)`, one: sql`any(name)` },
        from: 'spans',
        where: [inTrace(n)],
      }),
    ),
  ),
  'trace, all columns': await latency(
    traces.map((n) =>
      select({ columns: spanColumns, from: 'spans', where: [inTrace(n)], orderBy: [name('timestamp')], limit: 10_000 }),
    ),
  ),
  'three words': await latency(['timed out backoff', 'toss 777 attempt', 'signed 1234 10'].map(words)),
  'substring scan': await latency(['%imed out%', '%oss att%', '%igned in%'].map(scan)),
  'services of all time': await latency([
    select({
      columns: { service: name('service_name'), n: sql`sum(count)`, spread: sql`sumMap(buckets)` },
      from: 'operations',
      groupBy: [name('service_name')],
    }),
  ]),
};
console.log('\nquery, ms              median   worst');
for (const [what, { median, worst }] of Object.entries(queries))
  console.log(what.padEnd(22), median.toFixed(1).padStart(6), worst.toFixed(1).padStart(7));
const busy = memory();
console.log(
  `\nidle engine: ${idle.rss} MiB RSS, ${idle.pss} PSS, ${idle.anonymous} anonymous, ${idle.cpuPercent} % CPU; open in ${idle.openedMs} ms`,
);
console.log(`after all of it: ${busy.rss} MiB RSS, ${busy.anonymous} anonymous`);
console.log(JSON.stringify({ bench: 'store', rows, ...figures, queries, idle, busy }));

direct.close();
await store.close();
rmSync(dataDir, { recursive: true, force: true });
