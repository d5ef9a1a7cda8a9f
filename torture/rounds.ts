/**
 * `npm run torture -- --rounds N [--seed S] [--load RECORDS_PER_SECOND] [--control [loss]]`: the real program under the load of two
 * tenants, three signals and three front protocols is killed with SIGKILL, the main process, the engines or all, at random
 * moments and at exact places (`rounds/plan.ts`: between insert and cursor, between two tables, in rotation, trim and
 * dead letters), while starting, while closing, and several times in a row. A second program is started beside it and
 * must be refused. At the end every acknowledged record must be there exactly once and as it was sent. A record whose
 * answer was lost in a kill may be there once or not at all, never twice.
 */

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { openInstance, root } from '../e2e/instance.ts';
import { NODE_ENVIRONMENT, NODE_FLAGS } from '../scripts/node-flags.mjs';
import { argument } from './rounds/argument.ts';
import { Contents, SIGNALS } from './rounds/contents.ts';
import { openLoad } from './rounds/load.ts';
import { type KillPlan, PLACES, type Place, readMark, type Victim } from './rounds/plan.ts';
import { poison } from './rounds/poison.ts';
import { openProof, prove } from './rounds/proof.ts';
import { randomFrom } from './rounds/random.ts';

const rounds = argument('rounds', 20);
const seed = argument('seed', Date.now() % 1_000_000);
const recordsPerSecond = argument('load', 1_000);
/**
 * What this run must find, or the harness is blind. Duplicates: insert tokens are made useless on their way to the
 * engine. Loss: some of the journal's writes are said to have happened and have not.
 */
const controlAt = process.argv.indexOf('--control');
const control = controlAt < 0 ? undefined : process.argv[controlAt + 1] === 'loss' ? 'loss' : 'duplicates';
const TENANTS = ['tenant-a', 'tenant-b'] as const;
const SENDERS = 4;
/** An aimed kill whose place does not come by in this time falls on whatever is happening then. */
const AIM_MS = 4_000;

const began = Date.now();
// What is killed when, and what is sent, are drawn apart: answers' timing does not move the kills.
const random = randomFrom(seed);
const contents = new Contents(seed, began);
const notes = mkdtempSync(join(tmpdir(), 'hanok-rounds-'));
const planFile = join(notes, 'plan.json');
const hitsFile = join(notes, 'hits.jsonl');
writeFileSync(hitsFile, '');

const instance = await openInstance({
  env: {
    HANOK_LOG_LEVEL: 'warn',
    // The silo's engine falls asleep and is woken all the time.
    HANOK_ENGINE_IDLE: '500ms',
    HANOK_ENGINE_WAKE_AGE: '1s',
    // What was acknowledged is counted.
    HANOK_AUDIT_LOGS: 'false',
    // Small segments, deleted at once: rotation and trimming happen all the time.
    HANOK_JOURNAL_SEGMENT: '256KB',
    HANOK_JOURNAL_RETAIN: '500ms',
    HANOK_TENANT_RECORDS_PER_SECOND: '100000000',
    HANOK_TENANT_BYTES_PER_SECOND: '100GB',
    NODE_OPTIONS: `--import=${pathToFileURL(join(root, 'torture', 'rounds', 'kill-points.ts')).href}`,
    TORTURE_PLAN: planFile,
    TORTURE_HITS: hitsFile,
    ...(control ? { TORTURE_CONTROL: control } : {}),
  },
});
const proof = openProof(instance, contents);
const load = openLoad({
  instance,
  tenants: TENANTS,
  contents,
  random: randomFrom(seed + 1),
  senders: SENDERS,
  recordsPerSecond,
});

const fell = new Map<string, Map<Victim, number>>();
const count = (where: string, victim: Victim) => {
  const of = fell.get(where) ?? new Map<Victim, number>();
  of.set(victim, (of.get(victim) ?? 0) + 1);
  fell.set(where, of);
};
/** Checks that failed while it ran. */
const problems: string[] = [];
let poisoned = 0;

const alive = () => {
  try {
    process.kill(instance.pid(), 0);
    return true;
  } catch {
    return false;
  }
};
const killEngines = () => {
  for (const pid of instance.enginePids()) process.kill(pid, 'SIGKILL');
};
async function strike(victim: Victim): Promise<void> {
  if (victim !== 'main') killEngines();
  if (victim !== 'engine') await instance.kill('SIGKILL');
}
/** Starts it again, sometimes only after an entry was put in that cannot be stored. */
async function restart(): Promise<void> {
  if (random.fraction() < 0.08) {
    const silo = random.fraction() < 0.5;
    const store = readdirSync(join(instance.dataDir, 'journal')).find((name) => (name === 'pool') !== silo);
    const tenant = instance.bootstrap.tenants.find((one) => (one.mode === 'silo') === silo);
    if (store && tenant) {
      await poison(instance.dataDir, store, tenant.id);
      poisoned++;
      // Where it is put aside, in this start or the next.
      if (random.fraction() < 0.7)
        aim('main', random.pick(PLACES.filter((place) => place.startsWith('dead letter'))), 1);
    }
  }
  for (;;) {
    const failed = await instance.start().then(
      () => undefined,
      (error: unknown) => error,
    );
    // A plan made for the start may still be waiting for its place.
    if (existsSync(planFile)) await pause(600);
    await disarm();
    const hits = collectHits();
    if (failed === undefined && alive()) return;
    // Only a plan that struck explains it.
    if (hits === 0) throw failed ?? new Error('the program ended by itself');
    await instance.kill('SIGKILL');
  }
}

/** Nothing strikes any more once it has resolved. */
async function disarm(): Promise<void> {
  rmSync(planFile, { force: true });
  rmSync(readMark(planFile), { force: true });
  // On a crowded machine it may be a while until the signal is heard; until then the plan is in force.
  for (let i = 0; alive() && !existsSync(readMark(planFile)); i++) {
    if (i % 100 === 0) process.kill(instance.pid(), 'SIGUSR2');
    await pause(10);
  }
}

let heard = 0;
/** Books the kills that fell since the last look. */
function collectHits(): number {
  const lines = readFileSync(hitsFile, 'utf8').split('\n').slice(0, -1);
  const fresh = lines.slice(heard);
  heard = lines.length;
  for (const line of fresh) {
    const { place, victim } = JSON.parse(line) as { place: Place; victim: Victim };
    count(place, victim);
  }
  return fresh.length;
}
function aim(victim: Victim, place: Place, pass: number): void {
  const plan: KillPlan = { place, pass, victim };
  writeFileSync(planFile, JSON.stringify(plan));
}

const VICTIMS: readonly Victim[] = ['main', 'main', 'main', 'both', 'both', 'engine'];
/** The gap between insert and cursor is where exactly-once is decided: aimed at more often. */
const AIMS: readonly Place[] = [...PLACES, ...PLACES.filter((place) => place.startsWith('insert'))];

async function aimed(): Promise<string> {
  const victim = random.pick(VICTIMS);
  const place = random.pick(AIMS.filter((one) => !one.startsWith('dead letter')));
  aim(victim, place, 1 + random.below(4));
  process.kill(instance.pid(), 'SIGUSR2');
  const until = Date.now() + AIM_MS;
  while (Date.now() < until && existsSync(planFile)) await pause(10);
  // The kill follows the note at once; the process may be a moment in dying.
  await disarm();
  if (collectHits() === 0) {
    await strike(victim);
    count('aimed, but the place did not come by', victim);
    if (victim !== 'engine') await restart();
    return `${victim} (did not come by ${place})`;
  }
  if (victim !== 'engine') {
    await instance.kill('SIGKILL');
    // Half of them are killed again where the begun range is inserted once more.
    if (random.fraction() < 0.3) aim('main', random.pick(PLACES.filter((one) => one.startsWith('insert'))), 1);
    await restart();
  }
  return `${victim} at "${place}"`;
}

async function whileStarting(): Promise<string> {
  await instance.kill('SIGKILL');
  count('any moment', 'main');
  const times = 1 + random.below(3);
  for (let i = 0; i < times; i++) {
    const starting = instance.start().catch(() => undefined);
    await pause(random.below(1_500));
    await instance.kill('SIGKILL');
    await starting;
    count('while it starts', 'main');
  }
  await restart();
  return `main, and ${times} times while it started again`;
}

async function whileClosing(): Promise<string> {
  const closing = instance.kill('SIGTERM');
  await pause(random.below(400));
  await strike('main');
  await closing;
  count('while it closes', 'main');
  await restart();
  return 'main while it closed';
}

async function doubleStart(): Promise<string> {
  const second = spawn(process.execPath, [...NODE_FLAGS, join(root, 'server', 'src', 'main', 'cli.ts'), 'start'], {
    env: {
      ...NODE_ENVIRONMENT,
      PATH: process.env['PATH'],
      HANOK_DATA_DIR: instance.dataDir,
      HANOK_HTTP_PORT: '0',
      HANOK_OTLP_HTTP_PORT: '0',
      HANOK_OTLP_GRPC_PORT: '0',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  second.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const late = setTimeout(() => second.kill('SIGKILL'), 30_000);
  const code = await new Promise((resolve) => second.once('exit', resolve));
  clearTimeout(late);
  if (code !== 1 || !/another Hanok is using/.test(said)) problems.push(`a second program ended with ${code}: ${said}`);
  return 'nobody; a second program was refused';
}

async function anyMoment(): Promise<string> {
  const victim = random.pick(['main', 'engine', 'both'] as const);
  await pause(random.below(1_200));
  await strike(victim);
  count('any moment', victim);
  if (victim !== 'engine') await restart();
  return `${victim} at any moment`;
}

/** What can be seen at once: never more than was sent, and with a drained journal never less than acknowledged. */
async function glance(tenant: string): Promise<void> {
  const ledger = load.ledgers.get(tenant)!.logs;
  const acknowledged = ledger.acknowledged.size;
  try {
    const token = await proof.token(tenant);
    const journal = await instance.journalLag(tenant);
    const { total } = await instance.api<{ total: number }>(token, 'POST', '/api/v1/logs/histogram', {
      from: String(contents.base),
      to: String(contents.base + 24n * 3_600_000_000_000n),
      query: 'service.name:torture',
    });
    if (total > ledger.next) problems.push(`${tenant} shows ${total} logs of ${ledger.next} ever sent`);
    if (journal.lagRows === 0 && total < acknowledged)
      problems.push(`${tenant} shows ${total} logs of ${acknowledged} acknowledged, and nothing waits`);
  } catch (error) {
    // An engine that was just killed cannot be asked.
    if ((error as { status?: number }).status !== 503) problems.push(`${tenant} could not be asked: ${String(error)}`);
  }
}

const KINDS = [
  { share: 0.64, run: aimed },
  { share: 0.18, run: anyMoment },
  { share: 0.08, run: whileStarting },
  { share: 0.06, run: whileClosing },
  { share: 0.04, run: doubleStart },
] as const;

async function attempt(): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    await pause(150 + random.below(700));
    let at = random.fraction();
    const kind = KINDS.find(({ share }) => (at -= share) < 0) ?? KINDS[0];
    const killed = await kind.run();
    collectHits();
    if (!alive()) throw new Error('the program ended by itself');
    await glance(TENANTS[round % 2]!);
    console.log(`round ${round}/${rounds}: killed ${killed}; ${load.acknowledged()} acknowledged so far`);
  }
}

try {
  await attempt();
} catch (error) {
  problems.push(String(error instanceof Error ? error.stack : error));
}
rmSync(planFile, { force: true });
if (!alive()) await restart();
await pause(500);
await load.stop();

let lost = 0;
let duplicated = 0;
let acknowledged = 0;
for (const tenant of TENANTS) {
  const verdicts = await prove(proof, tenant, load.ledgers.get(tenant)!);
  for (const signal of SIGNALS) {
    const verdict = verdicts[signal];
    acknowledged += verdict.acknowledged;
    lost += verdict.lost.length;
    duplicated += verdict.duplicated;
    problems.push(...verdict.wrong);
    console.log(
      `${tenant} ${signal.padEnd(8)} ${String(verdict.acknowledged).padStart(8)} acknowledged, ${verdict.unknownFound} of ${load.ledgers.get(tenant)![signal].unknown.size} unanswered found, lost ${verdict.lost.length} duplicated ${verdict.duplicated}${verdict.lost.length > 0 ? `: ${verdict.lost.slice(0, 10).join(', ')}` : ''}`,
    );
  }
}
problems.push(...load.strange);
const journals = join(instance.dataDir, 'journal');
const deadLetters = readdirSync(journals, { recursive: true }).filter((name) => String(name).endsWith('.dead')).length;
if (deadLetters !== poisoned) problems.push(`${poisoned} entries could not be stored, ${deadLetters} were put aside`);
if (/unhandled rejection|uncaught exception|broken invariant/.test(instance.output()))
  problems.push('the program complained of a fault of its own');

console.log(`\nwhere the kills fell${' '.repeat(35)}main  engine    both`);
const places = [...PLACES, ...[...fell.keys()].filter((name) => !(PLACES as readonly string[]).includes(name))];
for (const place of places) {
  const of = fell.get(place);
  const cell = (victim: Victim) => String(of?.get(victim) ?? 0).padStart(8);
  console.log(`${place.padEnd(51)}${cell('main')}${cell('engine')}${cell('both')}`);
}
const protocols = Object.entries(load.protocols).map(([protocol, requests]) => `${requests} over ${protocol}`);
console.log(`\nrequests acknowledged: ${protocols.join(', ')}; ${deadLetters} entries put aside on purpose`);
const failed = lost + duplicated + problems.length > 0;
if (failed) {
  console.error(instance.output().slice(-8_000));
  for (const problem of problems) console.error(`problem: ${problem}`);
}
await instance.dispose();
rmSync(notes, { recursive: true, force: true });
console.log(`seed ${seed}, ${((Date.now() - began) / 1_000).toFixed(0)} s`);
console.log(`rounds ${rounds} acknowledged ${acknowledged} lost ${lost} duplicated ${duplicated}`);
process.exit(failed ? 1 : 0);
