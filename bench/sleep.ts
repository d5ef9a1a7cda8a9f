/**
 * What silos cost whose engines sleep, and what waking one takes. `npm run bench -- sleep [--silos 50] [--awake 8] [--wakes 20]
 *   [--records 1000]`; small: `--silos 6 --awake 2 --wakes 3`
 *
 * Makes `silos` tenants with a store each, of which `awake` engines may be awake at one time. Each is sent `records` logs while
 * its engine sleeps. Then memory of all our processes: with none of them awake, and with as many as may be; every page once
 * (`alone`, what PSS would be on a machine of their own). Then `wakes` times a silo that sleeps is sent logs and asked how many
 * it has: the answer must have all of them, and takes so much longer than the same question right after it. One that sleeps
 * takes the place of another here, so that falling asleep is part of it.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openInstance } from '../e2e/instance.ts';
import { type Memory, readMemory } from './footprint/memory.ts';
import { post } from './footprint/post.ts';
import { cpuSeconds, openHandles, processesOf } from './footprint/processes.ts';
import { printTable, quantile, rounded } from './ingest/numbers.ts';
import { encodeLogs } from './otlp.ts';

const { values } = parseArgs({
  options: {
    silos: { type: 'string', default: '50' },
    awake: { type: 'string', default: '8' },
    wakes: { type: 'string', default: '20' },
    records: { type: 'string', default: '1000' },
  },
});
const silos = Number(values.silos);
const awake = Number(values.awake);
const wakes = Number(values.wakes);
const records = Number(values.records);

const MIB = 1024 ** 2;
const GOALS = { asleepMib: 5, wholeMib: 3 * 1024, wakeMs: 1_000, readyMs: 1_000 } as const;
/** What the engines of silos may use together: with the pool's and the main process it fits into the whole. */
const PER_ENGINE_MIB = 256;
const QUIET_MS = 5_000;

interface Silo {
  readonly id: string;
  readonly key: string;
  readonly token: string;
  sent: number;
}

const instance = await openInstance({
  env: {
    HANOK_LOG_LEVEL: 'error',
    HANOK_PASSWORD_COST: '10',
    HANOK_ENGINES_AWAKE: String(awake),
    HANOK_ENGINES_MEMORY: `${awake * PER_ENGINE_MIB}MiB`,
    HANOK_ENGINE_MEMORY: '512MiB',
  },
});
const memory = (): Memory => readMemory(processesOf(instance), openHandles);
const main = ({ processes }: Memory) => processes.find(({ what }) => what === 'main')!;
const enginesOf = ({ processes }: Memory) => processes.filter(({ what }) => what.startsWith('engine silo-')).length;

try {
  const operator = await instance.login(instance.bootstrap.operator);
  await sleep(QUIET_MS);
  const before = memory();

  const made: Silo[] = [];
  const readyMs: number[] = [];
  for (let n = 0; n < silos; n++) {
    const id = `s-${String(n).padStart(3, '0')}`;
    const began = performance.now();
    const answer = await instance.api<{ ingestKey: string; admin: { email: string; password: string } }>(
      operator,
      'POST',
      '/api/v1/tenants',
      { id, name: id, mode: 'silo', adminEmail: `admin@${id}.example` },
    );
    await send({ id, key: answer.ingestKey, token: '', sent: 0 }, 1);
    readyMs.push(performance.now() - began);
    made.push({ id, key: answer.ingestKey, token: await instance.login(answer.admin), sent: 1 });
  }
  for (const silo of made) await send(silo, records);
  await sleep(QUIET_MS);
  const asleep = memory();
  if (enginesOf(asleep) > 0) throw new Error('an engine is awake that nobody asked');
  const each = (main(asleep).anonymous - main(before).anonymous) / silos;
  const handles = (main(asleep).handles - main(before).handles) / silos;

  // The first start of an engine makes its tables.
  const first: number[] = [];
  for (const silo of made) first.push(await count(silo));
  await sleep(QUIET_MS);
  const whole = memory();

  const later: number[] = [];
  const more: number[] = [];
  /** CPU of the engine up to its first answer: what waking takes however busy the machine is. */
  const cpu: number[] = [];
  for (let n = 0; n < wakes; n++) {
    // Asked in turn, the next one is always the one asked longest ago: it sleeps.
    const silo = made[n % silos]!;
    await send(silo, records);
    const woken = await count(silo);
    const pid = [...processesOf(instance)].find(([, what]) => what === `engine silo-${silo.id}`)?.[0];
    if (pid !== undefined) cpu.push(cpuSeconds(pid) * 1_000);
    const again = Math.min(await count(silo), await count(silo));
    later.push(woken);
    more.push(woken - again);
    // Whoever was asked just now does not make room.
    await sleep(500);
  }

  printTable(
    ['process (MiB)', 'pss', 'anonymous', 'threads', 'handles'],
    whole.processes.map((one) => [
      one.what,
      ...[one.pss / MIB, one.anonymous / MIB, one.threads, one.handles].map((value) => value.toFixed(0)),
    ]),
  );
  const figures = {
    readyP95Ms: quantile(readyMs, 0.95),
    asleepMib: each / MIB,
    wholeMib: whole.alone / MIB,
    wholePssMib: whole.pss / MIB,
    firstP95Ms: quantile(first, 0.95),
    wakeP50Ms: quantile(later, 0.5),
    wakeP95Ms: quantile(later, 0.95),
    moreP50Ms: quantile(more, 0.5),
    moreP95Ms: quantile(more, 0.95),
    cpuP50Ms: quantile(cpu, 0.5),
    load: loadavg()[0]!,
  };
  const row = (what: string, value: number, unit: string, goal?: number) => [
    what,
    `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`,
    goal === undefined ? '' : `${goal}`,
    goal === undefined ? '' : value <= goal ? 'met' : 'MISSED',
  ];
  console.log('');
  printTable(
    ['', 'figure', 'at most', ''],
    [
      row(`a silo of ${silos}: made, first record acknowledged, p95`, figures.readyP95Ms, 'ms', GOALS.readyMs),
      row(
        `each of ${silos} asleep, ${records} records waiting: main process`,
        figures.asleepMib,
        'MiB',
        GOALS.asleepMib,
      ),
      row('handles of each', handles, ''),
      row(
        `all processes, ${enginesOf(whole)} awake and ${silos - enginesOf(whole)} asleep`,
        figures.wholeMib,
        'MiB',
        GOALS.wholeMib,
      ),
      row('first question ever, tables made, p95', figures.firstP95Ms, 'ms'),
      row('question to one that sleeps, p50', figures.wakeP50Ms, 'ms'),
      row('the same, p95', figures.wakeP95Ms, 'ms'),
      row('longer than right after, p50', figures.moreP50Ms, 'ms', GOALS.wakeMs),
      row('the same, p95', figures.moreP95Ms, 'ms', GOALS.wakeMs),
      row('CPU of an engine up to its first answer, p50', figures.cpuP50Ms, 'ms'),
      row('load average of the machine', figures.load, ''),
    ],
  );
  const rest = Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value, 2)]));
  console.log(JSON.stringify({ bench: 'sleep', silos, awake, wakes, records, handles: rounded(handles, 2), ...rest }));
} finally {
  await instance.dispose();
}

async function send(silo: Silo, count: number): Promise<void> {
  const body = encodeLogs(count, silo.sent, BigInt(Date.now()) * 1_000_000n);
  await post(instance.otlpHttp, [{ key: silo.key, path: '/v1/logs', body }], 1);
  silo.sent += count;
}

/** Milliseconds; throws unless everything acknowledged is counted. */
async function count(silo: Silo): Promise<number> {
  const began = performance.now();
  const { total } = await instance.api<{ total: number }>(silo.token, 'POST', '/api/v1/logs/histogram', {
    from: 'now-1h',
    to: 'now+5m',
  });
  const took = performance.now() - began;
  if (total !== silo.sent) throw new Error(`${silo.id} shows ${total} of ${silo.sent} acknowledged`);
  return took;
}
