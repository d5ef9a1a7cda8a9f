/**
 * Does an hour of ordinary life change anything: memory, latencies, parts, handles, and is everything acknowledged there?
 *
 * `npm run bench -- soak [--minutes 60] [--load 0.7] [--rate RECORDS_PER_SECOND] [--queries 2] [--svg PATH] [--seed 1]`
 *
 * Both tenants send all three signals over HTTP and gRPC, at `load` times the rate that this machine sustains beside
 * the questions (found and held for some minutes first, or given by `--rate`); people ask everyday questions, keep live tails
 * open and sign in. Every ten seconds the processes are looked at. Windows are ten minutes, or a third of a shorter run.
 * Memory growth is the mean of the total PSS over the last five minutes against that over minutes ten to fifteen (a half
 * window each in shorter runs). At the end what is stored is counted against what was acknowledged, for each tenant and
 * signal.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { openInstance } from '../e2e/instance.ts';
import { calibrate } from './soak/calibrate.ts';
import { countStored } from './soak/count.ts';
import { freeBytes, gib, LEAST_FREE_BYTES, needRoom } from './soak/disk.ts';
import { People } from './soak/people.ts';
import { picture } from './soak/picture.ts';
import { lanesOf } from './soak/plan.ts';
import { Probe, type Sample } from './soak/probe.ts';
import { Tally } from './soak/tally.ts';
import { growth, type Slice, totalOf, type Window, windowOf } from './soak/windows.ts';
import { startGenerator } from './traffic/drive.ts';
import { argument, quantile, table } from './traffic/figures.ts';
import { Asker, Curious, EVERYDAY, type EverydayKind } from './traffic/queries.ts';

const minutes = argument('minutes', 60);
const load = argument('load', 0.7);
const givenRate = argument('rate', 0);
const queriesPerSecond = argument('queries', 2);
const seed = argument('seed', 1);
const svg = argument('svg', '');

const GOAL_GROWTH = 2;
/** Latencies are flat when the last window's are at most this many times those of the one after the warm-up. */
const GOAL_FLAT = 1.5;
/** A partition is well kept with fewer active parts than this; the engine's own alarm is at a thousand. */
const GOAL_PARTS = 150;
const BASE_RATE = 10_000;
const SLICE_MS = 10_000;
/** Looks in a row at which nothing could be seen: the instance is gone. */
const MOST_BLIND = 6;

console.log(`seed ${seed}`);
// Before calibration the rate is unknown; then it is held against the disk when it is.
if (givenRate > 0) needRoom(givenRate * load, minutes);

const unlimited = { HANOK_TENANT_RECORDS_PER_SECOND: '100000000', HANOK_TENANT_BYTES_PER_SECOND: '100GiB' };
const instance = await openInstance({ env: { HANOK_LOG_LEVEL: 'warn', HANOK_ENGINE_IDLE: '0', ...unlimited } });
let failed = false;
try {
  const people = await Promise.all(
    instance.bootstrap.tenants.map(async ({ id, ingestKey, admin }) => ({
      tenant: id,
      id,
      key: ingestKey,
      token: await instance.login(admin),
    })),
  );
  const probe = new Probe(instance);
  const tally = new Tally();
  const generator = await startGenerator({
    otlpHttp: instance.otlpHttp,
    otlpGrpc: instance.otlpGrpc,
    seed,
    reuse: false,
    mostOpen: 32,
    nice: 0,
    lanes: lanesOf(people, BASE_RATE),
  });
  // From the beginning: what this machine sustains is what it sustains beside people who look.
  const kinds = Object.keys(EVERYDAY) as EverydayKind[];
  const askers = people.map(({ token }) => new Asker(instance.url, token));
  const curious = askers.map((asker) => new Curious(asker, queriesPerSecond / askers.length, kinds));
  const life = new People(instance, tally, people);
  let factor = givenRate / BASE_RATE;
  if (givenRate === 0) {
    console.log('finding the rate this machine sustains (the generator runs on it as well)');
    factor = await calibrate(generator, probe, tally);
    if (factor === 0) throw new Error(`not even ${BASE_RATE} records a second are sustained here`);
    // What calibration left behind is drained first.
    for (let i = 0; i < 60 && (await probe.meters()).lagMs > 1_500; i++) await pause(500);
    needRoom(factor * BASE_RATE * load, minutes);
  }
  const rate = factor * BASE_RATE * load;
  console.log(`${Math.round(rate).toLocaleString('en')} records/s for ${minutes} minutes`);

  tally.add(await generator.report());
  for (const one of curious) one.take();
  life.take();
  generator.factor(factor * load);

  const slices: Slice[] = [];
  let loginsFailed = 0;
  let tailsLost = 0;
  let queriesFailed = 0;
  const queryStatuses = new Map<number, number>();
  const began = performance.now();
  let last = began;
  let lastCpu = 0;
  let printed = 0;
  let blind = 0;
  let looksFailed = 0;
  let cutShort = '';
  while (cutShort === '' && performance.now() - began < minutes * 60_000) {
    await pause(Math.max(0, SLICE_MS - ((performance.now() - began) % SLICE_MS)));
    const now = performance.now();
    const [lanes, seenNow] = await Promise.all([
      generator.report(),
      probe.sample().catch((error: unknown) => {
        console.log(`a look at the instance failed: ${String(error)}`);
        return undefined;
      }),
    ]);
    tally.add(lanes);
    blind = seenNow === undefined ? blind + 1 : 0;
    looksFailed += seenNow === undefined ? 1 : 0;
    if (blind >= MOST_BLIND) cutShort = 'the instance does not answer any more';
    if (freeBytes() < LEAST_FREE_BYTES) cutShort = `only ${gib(freeBytes())} of disk are left`;
    const sample: Sample | undefined = seenNow ?? slices.at(-1)?.sample;
    if (sample === undefined) continue;
    const asked = curious.flatMap((one) => one.take());
    const seen = life.take();
    loginsFailed += seen.loginsFailed;
    tailsLost += seen.tailsLost;
    queriesFailed += asked.filter(({ status }) => status !== 200).length;
    for (const { status } of asked) queryStatuses.set(status, (queryStatuses.get(status) ?? 0) + 1);
    const cpu = Object.values(sample.processes).reduce((sum, one) => sum + one.cpuSeconds, 0);
    slices.push({
      minute: (now - began) / 60_000,
      sample,
      acks: lanes.flatMap((lane) => lane.latencies),
      asked,
      tailMs: seen.tailMs,
      tailRows: seen.rows,
      records: lanes.reduce((sum, lane) => sum + lane.acceptedRecords, 0),
      cpuSeconds: lastCpu === 0 ? 0 : cpu - lastCpu,
      seconds: (now - last) / 1_000,
    });
    last = now;
    lastCpu = cpu;
    const minute = Math.floor((now - began) / 60_000);
    if (minute > printed) {
      printed = minute;
      const of = windowOf('', slices, minute - 1, minute + 1);
      const memory = Object.entries(sample.processes).map(([name, one]) => `${name} ${one.pssMiB.toFixed(0)}`);
      console.log(
        `${String(minute).padStart(3)} min: ${Math.round(of.recordsPerSecond)}/s, ack p99 ${of.ackP99.toFixed(0)} ms, query p95 ${of.queryP95.toFixed(0)} ms, tail p99 ${of.tailP99.toFixed(0)} ms, PSS MiB ${memory.join(', ')}, parts ${sample.partsMost} (${sample.partsMostWhere}), journal ${sample.journalMiB.toFixed(0)} MiB, behind ${(sample.lagMs / 1_000).toFixed(1)} s, refused ${tally.refused}, unsent ${tally.skipped}, failed ${tally.failed}`,
      );
    }
  }
  const lasted = (performance.now() - began) / 60_000;
  if (cutShort !== '') console.log(`ended after ${lasted.toFixed(1)} minutes: ${cutShort}`);
  tally.add(await generator.stop());
  await Promise.all([...curious.map((one) => one.stop()), life.stop()]);
  for (const asker of askers) asker.close();

  console.log('counting what is stored');
  const counted = await countStored(instance, people, tally);
  const output = instance.output();
  const unhandled = (output.match(/unhandled rejection|uncaught exception|UnhandledPromiseRejection/gi) ?? []).length;
  const warnings = (output.match(/"level":"warn"/g) ?? []).length;
  const errors = (output.match(/"level":"error"/g) ?? []).length;

  const ran = cutShort === '' ? minutes : lasted;
  const width = Math.min(10, ran / 3);
  const round = (n: number) => (Number.isInteger(n) ? String(n) : n.toFixed(1));
  const windows = [
    windowOf(`minutes 0-${round(width)}`, slices, 0, width),
    windowOf(`${round(width)}-${round(2 * width)}`, slices, width, 2 * width),
    windowOf(`last ${round(width)}`, slices, ran - width, ran + 1),
  ];
  const line = (name: string, of: (one: Window) => number, digits = 0) => [
    name,
    ...windows.map((one) => of(one).toFixed(digits)),
  ];
  console.log();
  console.log(
    table([
      ['', ...windows.map(({ name }) => name)],
      line('records/s acknowledged', (one) => one.recordsPerSecond),
      line('cores busy (ours)', (one) => one.cores, 2),
      line('ack p50 ms', (one) => one.ackP50, 1),
      line('ack p99 ms', (one) => one.ackP99, 1),
      line('query p50 ms', (one) => one.queryP50),
      line('query p95 ms', (one) => one.queryP95),
      ...kinds.map((kind) => line(`  ${kind} p95 ms`, (one) => one.kinds[kind] ?? Number.NaN)),
      line('live tail p99 ms', (one) => one.tailP99),
      line('PSS MiB', (one) => one.pssMiB),
      line('anonymous MiB', (one) => one.anonymousMiB),
      line('open handles', (one) => one.handles),
      line('parts, fullest partition', (one) => one.partsMost),
      line('journal MiB, most', (one) => one.journalMiB),
      line('store behind s, most', (one) => one.lagMs / 1_000, 1),
    ]),
  );
  const first = [width, width * 1.5] as const;
  const end = [ran - width / 2, ran + 1] as const;
  const grown = growth(slices, first, end, (sample) => totalOf(sample, 'pssMiB'));
  const grownAnonymous = growth(slices, first, end, (sample) => totalOf(sample, 'anonymousMiB'));
  const byProcess = Object.fromEntries(
    Object.keys(slices.at(-1)!.sample.processes).map((name) => [
      name,
      growth(slices, first, end, (sample) => sample.processes[name]?.pssMiB ?? Number.NaN),
    ]),
  );
  const [, second, final] = windows;
  const verdicts: readonly (readonly [string, string, boolean])[] = [
    [
      `PSS growth after minute ${round(width)}`,
      `${grown.toFixed(1)} % (anonymous ${grownAnonymous.toFixed(1)} %; ${Object.entries(byProcess)
        .map(([name, percent]) => `${name} ${percent.toFixed(1)} %`)
        .join(', ')}), goal ${GOAL_GROWTH} %`,
      grown <= GOAL_GROWTH,
    ],
    [
      'ran to its end',
      cutShort === '' ? `${lasted.toFixed(1)} minutes, ${looksFailed} looks failed` : cutShort,
      cutShort === '' && looksFailed <= slices.length / 50,
    ],
    ['unhandled rejections', `${unhandled}, goal 0 (log: ${errors} errors, ${warnings} warnings)`, unhandled === 0],
    ['parts of the fullest partition', `${final!.partsMost}, goal ${GOAL_PARTS}`, final!.partsMost <= GOAL_PARTS],
    [
      'ack p99 flat',
      `${(final!.ackP99 / second!.ackP99).toFixed(2)} times, goal ${GOAL_FLAT}`,
      final!.ackP99 <= second!.ackP99 * GOAL_FLAT,
    ],
    [
      'query p95 flat',
      `${(final!.queryP95 / second!.queryP95).toFixed(2)} times, goal ${GOAL_FLAT}`,
      final!.queryP95 <= second!.queryP95 * GOAL_FLAT,
    ],
    ['handles', `${second!.handles} then ${final!.handles}`, final!.handles <= second!.handles * 1.2],
    [
      'refused, failed, unsent requests',
      `${tally.refused}, ${tally.failed}, ${tally.skipped} (${[...tally.statuses].map(([status, n]) => `${n} x ${status}`).join(', ')})`,
      tally.refused + tally.failed + tally.skipped === 0,
    ],
    [
      'queries not answered, logins failed, tails lost',
      `${queriesFailed}, ${loginsFailed}, ${tailsLost} (${[...queryStatuses].map(([status, n]) => `${n} x ${status}`).join(', ')})`,
      queriesFailed + loginsFailed + tailsLost === 0,
    ],
    [
      'acknowledged, exactly once',
      `acknowledged ${counted.acknowledged} lost ${counted.lost} duplicated ${counted.duplicated}`,
      counted.lost + counted.duplicated === 0,
    ],
  ];
  console.log();
  for (const [what, figure, good] of verdicts) console.log(`${good ? 'good' : 'MISSED'}  ${what}: ${figure}`);
  if (errors + warnings > 0) {
    console.log('last lines of the log:');
    for (const one of output
      .split('\n')
      .filter((text) => /"level":"(?:warn|error)"/.test(text))
      .slice(-5))
      console.log(`  ${one.slice(0, 300)}`);
  }
  if (svg !== '') {
    writeFileSync(svg, picture(slices));
    console.log(`picture: ${svg}`);
  }
  failed = verdicts.some(([, , good]) => !good);
  console.log(
    JSON.stringify({
      bench: 'soak',
      minutes,
      load,
      rate: Math.round(rate),
      pssGrowthPercent: grown,
      anonymousGrowthPercent: grownAnonymous,
      growthByProcess: byProcess,
      windows,
      unhandled,
      errors,
      warnings,
      refused: tally.refused,
      failed: tally.failed,
      unsent: tally.skipped,
      queriesFailed,
      tailP99Ms: quantile(
        slices.flatMap((one) => one.tailMs),
        0.99,
      ),
      ...counted,
      verdicts: Object.fromEntries(verdicts.map(([what, , good]) => [what, good])),
    }),
  );
} finally {
  await instance.dispose();
}
process.exit(failed ? 1 : 0);
