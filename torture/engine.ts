/**
 * `npm run torture -- --engine [--rounds N] [--seed S] [--only TEXT] [--load RECORDS_PER_SECOND]`: engines of the real
 * program are killed, stopped, starved of memory and disk, and made to answer rubbish, while both tenants send and ask.
 * Ingest must go on, questions to that store must be refused with a hint and be answered again soon after its return,
 * the other store must notice nothing, and at the end every acknowledged record must be there exactly once.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually, openInstance } from '../e2e/instance.ts';
import { randomFrom } from '../server/src/journal/testkit.ts';
import { countRecords } from './engine/engine-client.ts';
import { possibleFaults } from './engine/faults.ts';
import { Load, SERVICE } from './engine/load.ts';
import { EngineProxy } from './engine/proxy.ts';
import { Questions } from './engine/questions.ts';
import { inflict, type Outcome, type Side } from './engine/round.ts';
import { printOutcomes } from './engine/table.ts';

const option = (name: string) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const rounds = Number(option('rounds') ?? 1);
const seed = Number(option('seed') ?? Date.now() % 1_000_000);
const only = option('only')?.split(',');
const recordsPerSecond = Number(option('load') ?? 1_000);
const GOAL_REPLACED_MS = 10_000;
const GOAL_BACK_MS = 2_000;
const PLACES = [
  { tenant: 'tenant-b', store: 'pool' },
  { tenant: 'tenant-a', store: 'silo-tenant-a' },
] as const;
const SENDERS = 2;
const RECORDS = 20;
/** Room for a long run's tables; filling it takes no time. */
const OWN_DISK = '384m';

/** Short, so that the engines' sockets stay where the proxies look for them. */
const dataDir = mkdtempSync(join(tmpdir(), 'ht-'));
const dirs = PLACES.map(({ store }) => join(dataDir, 'engines', store));
const mounted = dirs.filter((dir) => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${OWN_DISK},mode=700`, 'hanok-torture', dir], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
});
const ownDisk = mounted.length === dirs.length;
const { faults, left } = possibleFaults(ownDisk);
for (const why of left) console.log(`LEFT OUT ${why}`);
const chosen = faults.filter(({ name }) => only === undefined || only.some((text) => name.includes(text)));

const proxies = await Promise.all(dirs.map((dir) => EngineProxy.open(dir)));
const instance = await openInstance({
  dataDir,
  env: {
    HANOK_LOG_LEVEL: 'warn',
    // It is engines that fail here, so they are there.
    HANOK_ENGINE_IDLE: '0',
    HANOK_ENGINE_MEMORY: '768MiB',
    NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, 'engine', 'reroute.ts')).href}`,
  },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().then(() => process.exit(130)));
let cleaning: Promise<void> | undefined;
const outcomes: Outcome[] = [];
let lost = 0;
let duplicated = 0;
let unclean: string[] = [];
try {
  const load = new Load({
    instance,
    tenants: PLACES.map(({ tenant }) => tenant),
    senders: SENDERS,
    recordsPerRequest: RECORDS,
    requestsPerSecond: recordsPerSecond / PLACES.length / SENDERS / RECORDS,
    padding: () => '',
    insist: false,
  });
  const tokens = await Promise.all(PLACES.map(({ tenant }) => instance.login(instance.tenant(tenant).admin)));
  const sides: Side[] = PLACES.map(({ tenant }, i) => ({
    tenant,
    engineDir: dirs[i]!,
    questions: new Questions(instance, tokens[i]!),
  }));
  const plan = planOf(rounds);
  for (const [i, { fault, side }] of plan.entries()) {
    const proxy = proxies[side]!;
    const others = sides.filter((_, n) => n !== side);
    const outcome = await inflict(fault, sides[side]!, others, instance, load, { proxy, ownDisk });
    outcomes.push(outcome);
    const bad = outcome.broken.length > 0 ? ` BROKEN ${outcome.broken.slice(0, 5).join('; ')}` : '';
    console.log(
      `${i + 1}/${plan.length} ${PLACES[side]!.store}: ${fault.name}; ${load.acknowledged} acknowledged${bad}`,
    );
  }
  await load.stop();
  await Promise.all(sides.map(({ questions }) => questions.stop()));
  for (const [i, { tenant }] of PLACES.entries()) {
    await eventually(
      `the journal of ${tenant} is drained`,
      async () => (await instance.journalLag(tenant)).lagRows === 0,
      120,
    );
    const counts = await countRecords(dirs[i]!, tenant, SERVICE);
    const { acknowledged } = load.ledgers.get(tenant)!;
    for (const n of acknowledged) if (!counts.has(n)) lost++;
    for (const times of counts.values()) duplicated += times - 1;
    for (const n of counts.keys())
      if (!acknowledged.has(n) && !load.ledgers.get(tenant)!.unknown.has(n)) unclean.push(`record ${n} was never sent`);
  }
  unclean = [
    ...unclean.slice(0, 5),
    ...instance
      .output()
      .split('\n')
      .filter((line) => /unhandled rejection|uncaught exception|met a bug/.test(line))
      .slice(0, 10),
  ];
  printOutcomes(outcomes, { replacedMs: GOAL_REPLACED_MS, backMs: GOAL_BACK_MS });
  for (const line of unclean) console.log(`BROKEN ${line}`);

  const most = (figures: ReadonlyArray<number | undefined>) =>
    figures.some((one) => one === undefined) ? Number.POSITIVE_INFINITY : Math.max(0, ...(figures as number[]));
  const replaced = most(outcomes.filter((one) => one.wedges).map((one) => one.replacedAfter));
  const back = most(outcomes.map((one) => one.backAfter));
  const broken = outcomes.filter((one) => one.broken.length > 0).length + unclean.length;
  const good = lost + duplicated + broken === 0 && replaced <= GOAL_REPLACED_MS && back <= GOAL_BACK_MS;
  if (!good) console.log(instance.output().slice(-4_000));
  console.log(`seed ${seed}${broken > 0 ? `, ${broken} broken promises` : ''}`);
  console.log(
    `rounds ${rounds} faults ${outcomes.length} acknowledged ${load.acknowledged} lost ${lost} duplicated ${duplicated}; ` +
      `wedged replaced within ${seconds(replaced)} s (goal 10); back within ${seconds(back)} s (goal 2)`,
  );
  process.exitCode = good ? 0 : 1;
} finally {
  await cleanUp();
}
process.exit();

/** Once, whoever calls first: the end of the run or a signal. */
function cleanUp(): Promise<void> {
  cleaning ??= (async () => {
    for (const proxy of proxies) proxy.close();
    await instance.dispose();
    for (const dir of mounted) execFileSync('umount', ['-l', dir], { stdio: 'ignore' });
    rmSync(dataDir, { recursive: true, force: true });
  })();
  return cleaning;
}

/** Every fault once a round, in random order, on one engine or the other. */
function planOf(times: number) {
  const random = randomFrom(seed);
  return Array.from({ length: times }, (_, round) => {
    const shuffled = chosen.map((fault) => ({ fault, order: random(), first: random() < 0.5 ? 0 : 1 }));
    shuffled.sort((a, b) => a.order - b.order);
    // Two rounds together have every fault on both.
    return shuffled.map(({ fault, first }) => ({ fault, side: (first + round) % 2 }));
  }).flat();
}

function seconds(ms: number): string {
  return Number.isFinite(ms) ? (ms / 1_000).toFixed(1) : 'never';
}
