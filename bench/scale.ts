/**
 * Many tenants and many days in one pool: what ingest, parts, memory, files, starts and queries come to.
 * `npm run bench -- scale [--tenants 1000] [--days 30] [--records 100] [--requests 2] [--streams 3] [--series 20]
 *   [--big 10] [--big-weight 20] [--silos 2] [--backlog 100] [--seed 1]`; small: `--tenants 50 --days 5`
 *
 * Every tenant sends `records` logs, spans and samples a day in `requests` requests each; `big` ones send `big-weight` times
 * as much. First one tenant alone sends the days of the big ones: the baseline. Then all tenants send day by day, oldest first,
 * through OTLP/HTTP. Then: parts until merges rest, files, questions of a small and a large tenant, a clean restart, a kill
 * with `backlog` MB of journal not drained yet, and what each silo adds. Ends with the table for docs/scale.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { eventually, type Instance, openInstance } from '../e2e/instance.ts';
import { ask, settled } from './footprint/engine.ts';
import { readMemory } from './footprint/memory.ts';
import { type Post, post } from './footprint/post.ts';
import { openHandles, processesOf } from './footprint/processes.ts';
import { encodeLogs } from './otlp.ts';
import { countFiles, cpuOf, type Facts, readFacts } from './scale/instance-facts.ts';
import { askAll, timed } from './scale/questions.ts';
import { type Sender, Traffic } from './scale/traffic.ts';

const DEFAULTS = {
  tenants: 1_000,
  days: 30,
  records: 100,
  requests: 2,
  streams: 3,
  series: 20,
  big: 10,
  'big-weight': 20,
  silos: 2,
  backlog: 100,
  seed: 1,
} as const;
type Name = keyof typeof DEFAULTS;
const { values } = parseArgs({
  options: Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, { type: 'string' as const }])),
});
const size = Object.fromEntries(
  Object.entries(DEFAULTS).map(([name, fallback]) => [name, Number(values[name] ?? fallback)]),
) as Record<Name, number>;

const DAY_MS = 86_400_000;
const lastDay = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const dayMs = (n: number) => lastDay - (size.days - 1 - n) * DAY_MS;
const PER_REQUEST = 1_000;
const SAMPLES_OF_GROWTH = 10;
const QUIET_MS = 5_000;
const SETTLE_LIMIT_MS = 600_000;
const ENV = {
  HANOK_LOG_LEVEL: 'error',
  // Engines are measured as they work; what sleeping ones cost is for `sleep`.
  HANOK_ENGINE_IDLE: '0',
  HANOK_TENANT_RECORDS_PER_SECOND: '100000000',
  HANOK_TENANT_BYTES_PER_SECOND: '100GiB',
  // Making a thousand administrators is not what is measured.
  HANOK_PASSWORD_COST: '10',
  HANOK_RETENTION_LOGS_DAYS: String(size.days + 30),
  HANOK_RETENTION_TRACES_DAYS: String(size.days + 30),
  HANOK_RETENTION_METRICS_DAYS: String(size.days + 60),
  HANOK_PAST_WINDOW: `${size.days + 30}d`,
};

const facts: Array<readonly [what: string, figure: string]> = [];
const summary: Record<string, unknown> = { bench: 'scale', ...size };
function note(what: string, key: string, value: number, unit = ''): void {
  const figure = Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
  facts.push([what, unit === '' ? figure : `${figure} ${unit}`]);
  summary[key] = value;
  console.log(`  ${what}: ${figure} ${unit}`);
}
function counted<T extends { readonly records: number }>(posts: Iterable<T>, add: (records: number) => void) {
  return (function* () {
    for (const one of posts) {
      add(one.records);
      yield one;
    }
  })();
}

interface Owner {
  readonly id: string;
  readonly key: string;
  readonly admin: { readonly email: string; readonly password: string };
}

async function makeTenant(instance: Instance, operator: string, id: string, mode: 'pool' | 'silo'): Promise<Owner> {
  const made = await instance.api<{ ingestKey: string; admin: Owner['admin'] }>(operator, 'POST', '/api/v1/tenants', {
    ...{ id, name: id, mode, adminEmail: `admin@${id}.example` },
  });
  return { id, key: made.ingestKey, admin: made.admin };
}

const rowsOf = async (instance: Instance, table: string) =>
  Number((await ask(instance, 'pool', `SELECT toFloat64(count()) AS n FROM hanok.${table}`))[0]!['n']);

const dataDir = mkdtempSync(join(tmpdir(), 'hanok-scale-'));
let instance = await openInstance({ dataDir, env: ENV });
try {
  const traffic = new Traffic({ ...size }, size.seed);
  const operator = await instance.login(instance.bootstrap.operator);
  const oneLog = (key: string): Post => ({
    key,
    path: '/v1/logs',
    body: encodeLogs(1, 1, BigInt(Date.now()) * 1_000_000n),
  });
  const tenantB = instance.tenant('tenant-b');
  const acknowledgement = () => timed(51, () => post(instance.otlpHttp, [oneLog(tenantB.ingestKey)], 1));
  const ackFew = await acknowledgement();

  console.log('one tenant alone');
  let alone = 0;
  const baselineWeight = Math.max(1, Math.round((size.big * size['big-weight']) / 2));
  const cpuAlone = cpuOf(instance);
  let secondsAlone = 0;
  for (let day = Math.max(0, size.days - 5); day < size.days; day++) {
    const posts = traffic.day([{ key: tenantB.ingestKey, weight: baselineWeight }], dayMs(day));
    secondsAlone += (
      await post(
        instance.otlpHttp,
        counted(posts, (n) => (alone += n)),
      )
    ).seconds;
  }
  await settled(instance, 'pool', 1_500, 60_000);
  const cpuPerMillionAlone = ((cpuOf(instance) - cpuAlone) / alone) * 1e6;
  note('one tenant: acknowledged records/s', 'aloneRate', alone / secondsAlone);
  note('one tenant: CPU s per million records', 'aloneCpu', cpuPerMillionAlone);

  console.log(`${size.tenants} tenants`);
  const began = performance.now();
  const owners: Owner[] = [];
  for (let n = 0; n < size.tenants; n++)
    owners.push(await makeTenant(instance, operator, `t-${String(n).padStart(5, '0')}`, 'pool'));
  note('making a tenant', 'makeTenantMs', (performance.now() - began) / size.tenants, 'ms');
  const senders: Sender[] = owners.map(({ key }, n) => ({ key, weight: n < size.big ? size['big-weight'] : 1 }));

  console.log('day   records   records/s  CPU s/M  parts  partitions  merging  anonymous MiB main engine  handles');
  let records = 0;
  let seconds = 0;
  let cpuBefore = cpuOf(instance);
  let recordsBefore = 0;
  let secondsBefore = 0;
  const growth: Facts[] = [];
  const every = Math.max(1, Math.floor(size.days / SAMPLES_OF_GROWTH));
  const cpuAll = cpuBefore;
  for (let day = 0; day < size.days; day++) {
    const posts = traffic.day(senders, dayMs(day));
    seconds += (
      await post(
        instance.otlpHttp,
        counted(posts, (n) => (records += n)),
      )
    ).seconds;
    if ((day + 1) % every !== 0 && day !== size.days - 1) continue;
    const now = await readFacts(instance);
    growth.push(now);
    const cpu = cpuOf(instance);
    console.log(
      `${String(day + 1).padStart(3)} ${records.toLocaleString('en-US').padStart(11)} ${Math.round(
        (records - recordsBefore) / (seconds - secondsBefore),
      )
        .toLocaleString('en-US')
        .padStart(
          9,
        )} ${(((cpu - cpuBefore) / (records - recordsBefore)) * 1e6).toFixed(1).padStart(8)} ${String(now.parts).padStart(6)} ${String(now.partitions).padStart(11)} ${String(now.merging).padStart(8)} ${String(now.mainAnonymous).padStart(18)} ${String(now.engineAnonymous).padStart(6)} ${String(now.handles).padStart(8)}`,
    );
    [cpuBefore, recordsBefore, secondsBefore] = [cpu, records, seconds];
  }
  const settleSeconds = await settled(instance, 'pool', QUIET_MS, SETTLE_LIMIT_MS);
  note('all tenants: acknowledged records/s', 'rate', records / seconds);
  note('all tenants: CPU s per million records, merges included', 'cpu', ((cpuOf(instance) - cpuAll) / records) * 1e6);
  note('of the one-tenant rate', 'rateRatio', records / seconds / (alone / secondsAlone));
  note('most parts while loading', 'mostParts', Math.max(...growth.map((one) => one.parts)));
  note('until merges rest after the last record', 'settleSeconds', settleSeconds, 's');
  const rested = await readFacts(instance);
  note('parts at rest', 'parts', rested.parts);
  note('partitions (table and day)', 'partitions', rested.partitions);
  note('parts per partition at rest', 'partsPerPartition', rested.parts / rested.partitions);
  const disk = countFiles(join(dataDir, 'engines', 'pool', 'data'));
  note('files of the pool engine', 'files', disk.files);
  note('folders of the pool engine', 'folders', disk.folders);
  note('bytes on disk per record, all tables', 'bytesPerRecord', disk.bytes / (records + alone));
  await sleep(QUIET_MS);
  const memory = readMemory(processesOf(instance), openHandles);
  for (const one of memory.processes)
    note(`anonymous memory, ${one.what}`, `anonymous ${one.what}`, one.anonymous / 1024 ** 2, 'MiB');
  note('open handles, all processes', 'handles', rested.handles);
  const series = await rowsOf(instance, 'series');
  note('rows of series', 'seriesRows', series);
  const [seriesBytes] = await ask(
    instance,
    'pool',
    `SELECT toFloat64(sum(bytes_on_disk) / sum(rows)) AS b FROM system.parts WHERE active AND database = 'hanok' AND table = 'series'`,
  );
  note('bytes of a series and day', 'seriesBytes', Number(seriesBytes!['b']));

  console.log('backfill: one tenant, every request another day');
  let filled = 0;
  const cpuFill = cpuOf(instance);
  const backfill = function* () {
    for (let again = 0; again < size['big-weight']; again++)
      for (let day = 0; day < size.days; day++)
        yield* traffic.day([{ key: owners[1]!.key, weight: 1 }], dayMs((day * 7 + again) % size.days));
  };
  const fill = await post(
    instance.otlpHttp,
    counted(backfill(), (n) => (filled += n)),
  );
  const afterFill = await readFacts(instance);
  note('backfill: acknowledged records/s', 'fillRate', filled / fill.seconds);
  note('backfill: parts right after', 'fillParts', afterFill.parts);
  note(
    'backfill: until merges rest',
    'fillSettleSeconds',
    await settled(instance, 'pool', QUIET_MS, SETTLE_LIMIT_MS),
    's',
  );
  note('backfill: CPU s per million records', 'fillCpu', ((cpuOf(instance) - cpuFill) / filled) * 1e6);

  console.log('control plane');
  note('acknowledgement of one log, three tenants', 'ackFewMs', ackFew, 'ms');
  note(`acknowledgement of one log, ${size.tenants} tenants`, 'ackManyMs', await acknowledgement(), 'ms');
  note('list of tenants', 'listMs', await timed(11, () => instance.api(operator, 'GET', '/api/v1/tenants')), 'ms');
  note(
    'change of a tenant, new snapshot included',
    'changeMs',
    await timed(11, () =>
      instance.api(operator, 'PATCH', `/api/v1/tenants/${owners[0]!.id}`, {
        name: `n${Math.round(performance.now())}`,
      }),
    ),
    'ms',
  );

  for (const [who, owner] of [
    ['a large tenant', owners[0]!],
    ['a small tenant', owners.at(-1)!],
  ] as const) {
    console.log(who);
    for (const one of await askAll(instance, owner.admin, size.days)) {
      facts.push([
        `${who}: ${one.question}`,
        `${one.ms.toFixed(0)} ms, ${one.rowsRead.toLocaleString('en-US')} rows, ${one.mbRead.toFixed(2)} MB read`,
      ]);
      console.log(
        `  ${one.question.padEnd(26)} ${one.ms.toFixed(0).padStart(6)} ms ${one.rowsRead.toLocaleString('en-US').padStart(12)} rows ${one.mbRead.toFixed(2).padStart(9)} MB`,
      );
      summary[`${who}: ${one.question}`] = { ms: Math.round(one.ms), rows: one.rowsRead };
    }
  }

  const ended = instance.output().match(/^.*engine ended; starting it again.*$/gm) ?? [];
  for (const line of ended) console.log(`  ${line}`);
  note('engines that had to be started again', 'engineRestarts', ended.length);

  console.log('starts');
  await instance.stop();
  let start = performance.now();
  await instance.start();
  note('clean start until ready', 'startMs', performance.now() - start, 'ms');
  await instance.kill('SIGKILL');
  start = performance.now();
  await instance.start();
  note('start after a kill until ready', 'startKilledMs', performance.now() - start, 'ms');
  await instance.dispose();

  // A drainer that waits ten seconds and for 128 MiB leaves what is sent meanwhile in the journal.
  instance = await openInstance({
    dataDir,
    env: { ...ENV, HANOK_STORE_LINGER: '10s', HANOK_STORE_INSERT_BYTES: '128MiB' },
  });
  const before = await rowsOf(instance, 'logs');
  const bodies = Array.from({ length: 20 }, (_, i) => encodeLogs(PER_REQUEST, i, BigInt(Date.now()) * 1_000_000n));
  // A log record takes about as much in the journal as it took as OTLP.
  const requests = Math.ceil((size.backlog * 1e6) / bodies[0]!.length);
  await post(
    instance.otlpHttp,
    Array.from(
      { length: requests },
      (_, i): Post => ({ key: tenantB.ingestKey, path: '/v1/logs', body: bodies[i % bodies.length]! }),
    ),
  );
  const drained = (await rowsOf(instance, 'logs')) - before;
  await instance.kill('SIGKILL');
  await sleep(500);
  await instance.dispose();
  const left = requests * PER_REQUEST - drained;
  start = performance.now();
  instance = await openInstance({ dataDir, env: ENV });
  note(
    `start with a journal of ${((left / (requests * PER_REQUEST)) * size.backlog).toFixed(0)} MB not drained, until ready`,
    'startBacklogMs',
    performance.now() - start,
    'ms',
  );
  await eventually(
    'the backlog queryable',
    async () => (await rowsOf(instance, 'logs')) >= before + requests * PER_REQUEST,
    120,
  );
  note('until all of it is queryable', 'backlogMs', performance.now() - start, 'ms');
  if ((await rowsOf(instance, 'logs')) !== before + requests * PER_REQUEST)
    throw new Error('the journal was read back twice');

  console.log('silos');
  if (size.silos > 0) {
    const again = await instance.login(instance.bootstrap.operator);
    await sleep(QUIET_MS);
    const without = readMemory(processesOf(instance), openHandles);
    for (let n = 0; n < size.silos; n++) await makeTenant(instance, again, `s-${n}`, 'silo');
    await sleep(2 * QUIET_MS);
    const withThem = readMemory(processesOf(instance), openHandles);
    const each = (of: (memory: typeof without) => number) => (of(withThem) - of(without)) / size.silos;
    // The new engines alone: what main gives back meanwhile is not theirs.
    const fresh = withThem.processes.filter((one) => one.what.startsWith('engine silo-s-'));
    note(
      'anonymous memory of one more silo',
      'siloMib',
      fresh.reduce((sum, one) => sum + one.anonymous, 0) / size.silos / 1024 ** 2,
      'MiB',
    );
    note(
      'handles of one more silo',
      'siloHandles',
      each((one) => one.processes.reduce((sum, { handles }) => sum + handles, 0)),
    );
    note(
      'threads of one more silo',
      'siloThreads',
      each((one) => one.processes.reduce((sum, { threads }) => sum + threads, 0)),
    );
    await instance.stop();
    start = performance.now();
    await instance.start();
    note(`clean start with ${size.silos} more silos`, 'siloStartMs', performance.now() - start, 'ms');
  }
} finally {
  await instance.dispose();
  rmSync(dataDir, { recursive: true, force: true });
}

console.log(`\n| ${size.tenants} tenants, ${size.days} days | figure |\n|---|---|`);
for (const [what, figure] of facts) console.log(`| ${what} | ${figure} |`);
console.log(`\n${JSON.stringify(summary)}`);
