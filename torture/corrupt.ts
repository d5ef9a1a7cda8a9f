/**
 * `npm run torture -- --corrupt [--rounds N] [--seed S]`: in each round the engines are held so that the journals fill,
 * everything is killed, and bits are flipped, bytes zeroed, swapped or cut, files deleted in segments, cursors and dead
 * letters. The program must start unaided, find the damage by checksum, keep and report it, deliver everything else
 * exactly once and as it was sent, and nothing that was damaged.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openInstance, root } from '../e2e/instance.ts';
import { NODE_FLAGS } from '../scripts/node-flags.mjs';
import { segmentNumberOf } from '../server/src/journal/embedded/ledger.ts';
import { type Injury, injure } from './corrupt/injuries.ts';
import { type EntryTruth, injured, numbersIn, readTruth } from './corrupt/truth.ts';
import { argument } from './rounds/argument.ts';
import { Contents, SIGNALS } from './rounds/contents.ts';
import { openLoad } from './rounds/load.ts';
import { poison } from './rounds/poison.ts';
import { drained, openProof, prove } from './rounds/proof.ts';
import { randomFrom } from './rounds/random.ts';

const rounds = argument('rounds', 20);
const seed = argument('seed', Date.now() % 1_000_000);
const TENANTS = ['tenant-a', 'tenant-b'] as const;
/** Less than the time after which a silent engine is replaced. */
const HELD_MS = 1_500;

const began = Date.now();
const random = randomFrom(seed);
const contents = new Contents(seed, began);
const env = {
  HANOK_LOG_LEVEL: 'error',
  // Engines are held, so that what was begun stays so: all of them are there.
  HANOK_ENGINE_IDLE: '0',
  // What was acknowledged is counted.
  HANOK_AUDIT_LOGS: 'false',
  HANOK_JOURNAL_SEGMENT: '128KB',
  // Kept long after they were passed: a cursor set back would store them twice.
  HANOK_JOURNAL_RETAIN: '10m',
  HANOK_TENANT_RECORDS_PER_SECOND: '100000000',
  HANOK_TENANT_BYTES_PER_SECOND: '100GB',
};
const instance = await openInstance({ env });
const proof = openProof(instance, contents);
const load = openLoad({
  instance,
  tenants: TENANTS,
  contents,
  random: randomFrom(seed + 1),
  senders: 3,
  recordsPerSecond: 3_000,
});
const problems: string[] = [];
const kinds = new Map<string, number>();
/** Records in entries that were injured: these may be lost, no other. */
const spoiled = new Map<string, Set<number>>();
let flips = 0;
let found = 0;
let isolated = 0;

const alive = () => {
  try {
    process.kill(instance.pid(), 0);
    return true;
  } catch {
    return false;
  }
};
const journals = join(instance.dataDir, 'journal');
const recordsOf = (dir: string) => {
  const folder = join(dir, 'damaged');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({
      name,
      bytesKept: names.includes(name.replace(/json$/, 'bytes')),
      ...(JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
        file: string;
        first: string;
        last: string;
        bytes: number;
      }),
    }));
};

/** About an entry behind the end of the newest segment, cut off by a second injury, nothing can tell that it was there. */
function leavesTrace(dir: string, { file, offset }: EntryTruth): boolean {
  const newest = readdirSync(dir)
    .filter((name) => segmentNumberOf(name) !== undefined)
    .sort()
    .at(-1);
  return file !== newest || offset < statSync(join(dir, file)).size;
}

async function round(n: number): Promise<string> {
  await pause(300 + random.below(700));
  for (const pid of instance.enginePids()) process.kill(pid, 'SIGSTOP');
  await pause(HELD_MS);
  const engines = instance.enginePids();
  // A journal under load is never quite drained.
  load.hold(true);
  await instance.kill('SIGKILL');
  for (const pid of engines) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Ended with its parent.
    }
  }
  const store = random.pick(readdirSync(journals));
  const dir = join(journals, store);
  if (n % 4 === 1) {
    const tenant = instance.bootstrap.tenants.find((one) => (one.mode === 'silo') === (store !== 'pool'))!;
    await poison(instance.dataDir, store, tenant.id);
  }
  const before = new Set(recordsOf(dir).map(({ name }) => name));
  const done: { injury: Injury; entries: EntryTruth[] }[] = [];
  for (let i = 1 + random.below(3); i > 0; i--) {
    // What an earlier injury spoiled is no ground truth for the next.
    const truth = await readTruth(dir, (batch) => numbersIn(batch, contents)).catch(() => undefined);
    const injury = truth && injure(truth, random);
    if (!truth || !injury) continue;
    const entries = injured(truth);
    done.push({ injury, entries });
    kinds.set(injury.what, (kinds.get(injury.what) ?? 0) + 1);
    for (const { tenant, signal, numbers } of entries) {
      const key = `${tenant} ${signal}`;
      const of = spoiled.get(key) ?? new Set<number>();
      for (const number of numbers) of.add(number);
      spoiled.set(key, of);
    }
    // A cursor may be spoiled once a round: both of its files at once is beyond what is promised.
    if (injury.file.startsWith('store.')) break;
  }
  const traced = done.map(({ injury, entries }) => ({
    injury,
    entries: entries.filter((one) => leavesTrace(dir, one)),
  }));
  await instance.start();
  for (const tenant of TENANTS) await drained(proof, tenant, 60);
  load.hold(false);
  const fresh = recordsOf(dir).filter(({ name }) => !before.has(name));
  for (const { injury, entries } of traced) {
    if (injury.harmless && entries.length === 0 && /header/.test(injury.what)) continue;
    if (!injury.harmless && entries.length === 0) continue;
    flips++;
    const missed = entries.filter(
      ({ sequence }) => !fresh.some((one) => BigInt(one.first) <= sequence && sequence <= BigInt(one.last)),
    );
    // A dead letter that was spoilt before is on record since then: damage is told once a file.
    const told = injury.file.endsWith('.dead') ? recordsOf(dir) : fresh;
    const covered = injury.harmless ? told.some((one) => one.file === injury.file) : missed.length === 0;
    if (covered) found++;
    else
      problems.push(
        `round ${n}: ${injury.what} in ${store}/${injury.file} is not on record${missed.length > 0 ? ` (${missed.map(({ sequence }) => sequence).join(', ')})` : ''}`,
      );
    if (covered) isolated++;
  }
  for (const one of fresh)
    if (one.bytes > 0 && !one.bytesKept) problems.push(`round ${n}: no bytes are kept of ${one.name}`);
  if (fresh.some(({ first, last }) => BigInt(last) >= BigInt(first))) {
    const tenant = instance.bootstrap.tenants.find((one) => (one.mode === 'silo') === (store !== 'pool'))!;
    const { notices } = await instance.api<{ notices: { code: string }[] }>(
      await proof.token(tenant.id),
      'GET',
      '/api/v1/ingest-activity',
    );
    if (!notices.some(({ code }) => /^journal\.(?:damaged|end-cut)$/.test(code)))
      problems.push(`round ${n}: damage is on record and no notice says so`);
  }
  return `${store}: ${done.map(({ injury, entries }) => `${injury.what} (${entries.length} requests)`).join('; ') || 'nothing to injure'}`;
}

try {
  for (let n = 1; n <= rounds; n++)
    console.log(`round ${n}/${rounds}: ${await round(n)}; ${load.acknowledged()} acknowledged so far`);
} catch (error) {
  const problem = String(error instanceof Error ? error.stack : error);
  problems.push(problem);
  // At once: should what follows fail too, this is the cause.
  console.error(problem);
  load.hold(false);
  // Between a kill and a start: what was acknowledged can only be counted by a program that runs.
  if (!alive()) await instance.start();
}
await load.stop();

let lostToDamage = 0;
let lost = 0;
let wrong = 0;
let duplicated = 0;
for (const tenant of TENANTS) {
  const verdicts = await prove(proof, tenant, load.ledgers.get(tenant)!);
  for (const signal of SIGNALS) {
    const verdict = verdicts[signal];
    const allowed = spoiled.get(`${tenant} ${signal}`) ?? new Set<number>();
    const innocent = verdict.lost.filter((n) => !allowed.has(n));
    lostToDamage += verdict.lost.length - innocent.length;
    lost += innocent.length;
    wrong += verdict.wrong.length;
    duplicated += verdict.duplicated;
    problems.push(...verdict.wrong);
    console.log(
      `${tenant} ${signal.padEnd(8)} ${String(verdict.acknowledged).padStart(8)} acknowledged, ${verdict.lost.length} lost of ${allowed.size} in damaged requests, lost besides ${innocent.length}, duplicated ${verdict.duplicated}`,
    );
  }
}
problems.push(...load.strange);
if (/unhandled rejection|uncaught exception|broken invariant/.test(instance.output()))
  problems.push('the program complained of a fault of its own');
const doctor = spawnSync(process.execPath, [...NODE_FLAGS, join(root, 'server', 'src', 'main', 'cli.ts'), 'doctor'], {
  env: { ...process.env, ...env, HANOK_DATA_DIR: instance.dataDir },
  encoding: 'utf8',
});
if (found > 0 && !/on record: /.test(doctor.stdout))
  problems.push(`doctor says nothing of the damage:\n${doctor.stdout}`);

for (const [kind, times] of [...kinds].sort()) console.log(`${String(times).padStart(5)} × ${kind}`);
const failed = lost + wrong + duplicated + problems.length > 0 || found < flips;
if (failed) {
  const log = join(tmpdir(), `torture-corrupt-${seed}.log`);
  writeFileSync(log, instance.output());
  console.error(`${instance.output().slice(-6_000)}\nwhole log: ${log}`);
  for (const problem of problems) console.error(`problem: ${problem}`);
}
await instance.dispose();
console.log(`seed ${seed}, ${((Date.now() - began) / 1_000).toFixed(0)} s`);
console.log(
  `rounds ${rounds} flips ${flips} found ${found} isolated ${isolated} lost only what was damaged: ${lostToDamage} records, lost besides ${lost} wrong ${wrong} duplicated ${duplicated}`,
);
process.exit(failed ? 1 : 0);
