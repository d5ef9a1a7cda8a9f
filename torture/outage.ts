/**
 * `npm run torture -- --outage [--minutes M] [--disk MB]`: the pool's engine is stopped for M minutes, again whenever it
 * is replaced, on a small file system, while both tenants send more than it holds; a foreign file fills the rest for a
 * while. Acknowledgements go on until the gate shuts, refusals come with a hint and before a body is read, the disk is
 * never full of us, and when the engine may run again everything drains without a person: each acknowledged record is
 * there exactly once. The other tenant's store is well, so its journal must go on in the space that is left.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually, openInstance } from '../e2e/instance.ts';
import { countRecords, enginePid, isAnswering } from './engine/engine-client.ts';
import { type Answer, Load, SERVICE } from './engine/load.ts';
import { Questions } from './engine/questions.ts';
import { refusedBeforeBody } from './outage/before-body.ts';
import { holdEngine } from './outage/hold.ts';

const option = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const minutes = option('minutes', 1);
const diskMb = option('disk', 256);
const MIB = 1024 ** 2;
/** The defaults' proportions on a small disk: reserve a fifth of it, an insert a sixteenth of the reserve. */
const reserveMb = Math.round(diskMb / 5);
const insertMb = Math.max(1, Math.round(reserveMb / 16));
/** Seconds in which the stopped engine's tenant fills what there is above the reserve. */
const FILL_SECONDS = 12;
const RECORD_BYTES = 1_024;
const RECORDS = 100;
const SENDERS = 3;
const TELL_EVERY_MS = 5_000;
const STOPPED = { tenant: 'tenant-b', store: 'pool' };
const WELL = { tenant: 'tenant-a', store: 'silo-tenant-a' };

const dataDir = mkdtempSync(join(tmpdir(), 'ho-'));
/** Without a small file system of its own, the journal's budget is what fills, and nothing foreign takes space. */
const ownDisk = mountSmallDisk();
const freeBytes = () => {
  const { bavail, bsize } = statfsSync(dataDir);
  return bavail * bsize;
};
const roomBytes = () => (ownDisk ? freeBytes() - reserveMb * MIB : (diskMb - reserveMb) * MIB);
const instance = await openInstance({
  dataDir,
  env: {
    HANOK_LOG_LEVEL: 'warn',
    // It is engines that fail here, so they are there.
    HANOK_ENGINE_IDLE: '0',
    HANOK_JOURNAL_SEGMENT: '4MiB',
    HANOK_JOURNAL_DISK_BUDGET: `${ownDisk ? diskMb * 4 : diskMb - reserveMb}MiB`,
    HANOK_JOURNAL_DISK_RESERVE: `${reserveMb}MiB`,
    HANOK_JOURNAL_MAX_GROUP: '2MiB',
    HANOK_STORE_INSERT_BYTES: `${insertMb}MiB`,
  },
}).catch((error: unknown) => {
  leave();
  throw error;
});
const broken: string[] = [];
const engineDir = (store: string) => join(dataDir, 'engines', store);
const mainPid = instance.pid();
const wellPid = enginePid(mainPid, engineDir(WELL.store));
const tokens = new Map<string, string>();
for (const { tenant } of [STOPPED, WELL]) tokens.set(tenant, await instance.login(instance.tenant(tenant).admin));

/** Fills the journal, which keeps rows as they are, and packs well in the tables, as telemetry does. */
const padding = (n: number) => `${n % 977} items reserved, gateway answered in due time; `.repeat(RECORD_BYTES / 50);
let least = Number.POSITIVE_INFINITY;
let foreign = false;
const watching = setInterval(() => {
  if (!foreign) least = Math.min(least, freeBytes());
}, 20);
const questions = new Questions(instance, tokens.get(WELL.tenant)!);
const began = performance.now();
let release: (() => void) | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, async () => {
    release?.();
    await instance.dispose();
    leave();
    process.exit(130);
  });
try {
  release = holdEngine(mainPid, engineDir(STOPPED.store));
  console.log(`${STOPPED.store} is stopped; ${mb(freeBytes())} MB free, reserve ${reserveMb} MB`);
  const perSecond = (roomBytes() / FILL_SECONDS / (RECORD_BYTES * RECORDS)) * 1.2;
  const shape = { instance, senders: SENDERS, recordsPerRequest: RECORDS, padding, insist: true };
  const flood = new Load({ ...shape, tenants: [STOPPED.tenant], requestsPerSecond: perSecond / SENDERS });
  const trickle = new Load({
    ...shape,
    tenants: [WELL.tenant],
    senders: 1,
    recordsPerRequest: 10,
    padding: () => '',
    requestsPerSecond: 10,
  });
  const progress = setInterval(
    () => console.log(`${flood.acknowledged} acknowledged, ${mb(freeBytes())} MB free`),
    TELL_EVERY_MS,
  );
  await eventually('the gate shuts', async () => flood.answers.some((one) => one.status !== 200), 120).finally(() =>
    clearInterval(progress),
  );
  const shutAt = performance.now();
  console.log(
    `shut after ${seconds(shutAt - began)} s and ${flood.acknowledged} records with ${mb(freeBytes())} MB free`,
  );
  broken.push(...(await refusedBeforeBody(instance, STOPPED.tenant)));
  await saysSo();

  // With its neighbour shut, the tenant whose store is well goes on.
  const wellFrom = performance.now();
  await pause(3_000);
  const wellRefused = trickle.answers.filter((one) => one.sentAt >= wellFrom && one.status !== 200).length;
  if (wellRefused > 0) broken.push(`${wellRefused} requests of the tenant whose store is well were refused`);

  if (ownDisk) await fillByForeigner(trickle);
  while (performance.now() - began < minutes * 60_000) await pause(200);
  const outageMs = performance.now() - began;
  release();
  release = undefined;
  const released = performance.now();
  await eventually('the engine answers', () => isAnswering(engineDir(STOPPED.store)), 60);
  const answering = performance.now();
  const reopened = await eventually(
    'the gate opens',
    async () => flood.answers.find((one) => one.endedAt > answering && one.status === 200),
    120,
  );
  console.log(
    `engine back after ${seconds(answering - released)} s, gate open again ${seconds(reopened.endedAt - answering)} s later`,
  );
  await pause(2_000);
  await Promise.all([flood.stop(), trickle.stop(), questions.stop()]);

  let lost = 0;
  let duplicated = 0;
  for (const [place, load] of [[STOPPED, flood] as const, [WELL, trickle] as const]) {
    await eventually(
      `the journal of ${place.tenant} is drained`,
      async () => (await instance.journalLag(place.tenant)).lagRows === 0,
      300,
    );
    const counts = await countRecords(engineDir(place.store), place.tenant, SERVICE);
    const { acknowledged } = load.ledgers.get(place.tenant)!;
    for (const n of acknowledged) if (!counts.has(n)) lost++;
    for (const times of counts.values()) duplicated += times - 1;
  }
  const answers = [...flood.answers, ...trickle.answers];
  const refused = answers.filter((one) => one.status !== 200);
  // Those cut off by the end of the run were never answered.
  const unhinted = refused.filter((one) => !(one.status === 503 && (one.retryAfter ?? 0) > 0));
  if (unhinted.length > 0) broken.push(`${unhinted.length} refusals were no 503 with a hint: ${describe(unhinted)}`);
  const asked = questions.asked.filter((one) => one.status !== 200);
  if (asked.length > 0)
    broken.push(`${asked.length} questions to the well store failed: ${asked[0]!.status} ${asked[0]!.code}`);
  if (instance.pid() !== mainPid || enginePid(mainPid, engineDir(WELL.store)) !== wellPid)
    broken.push('a process died that was not touched');
  if (least < (reserveMb * MIB) / 2) broken.push(`only ${mb(least)} MB were left, less than half of the reserve`);
  for (const line of instance.output().split('\n'))
    if (/unhandled rejection|uncaught exception|met a bug/.test(line)) broken.push(line);

  if (broken.length + lost + duplicated > 0) console.log(instance.output().slice(-4_000));
  for (const what of [...new Set(broken)].slice(0, 20)) console.log(`BROKEN ${what}`);
  console.log(
    `outage of ${seconds(outageMs)} s, acknowledged ${flood.acknowledged + trickle.acknowledged}, ` +
      `refused ${refused.length - unhinted.length} with a hint, least free ${mb(least)} MB, lost ${lost} duplicated ${duplicated}, ` +
      `reopened by itself after ${seconds(reopened.endedAt - answering)} s`,
  );
  process.exitCode = broken.length + lost + duplicated > 0 ? 1 : 0;
} catch (error) {
  console.log(instance.output().slice(-6_000));
  console.log(`BROKEN ${String(error)}`);
  process.exitCode = 1;
} finally {
  clearInterval(watching);
  release?.();
  await instance.dispose();
  leave();
}
process.exit();

function mountSmallDisk(): boolean {
  try {
    const options = `size=${diskMb}m,mode=700`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'hanok-torture', dataDir], { stdio: 'pipe' });
    return true;
  } catch (error) {
    console.log(`LEFT OUT the shared disk: a small file system cannot be mounted here (needs root): ${String(error)}`);
    return false;
  }
}

function leave(): void {
  // At once for us, and for good when the last process has gone.
  if (ownDisk) execFileSync('umount', ['-l', dataDir], { stdio: 'ignore' });
  rmSync(dataDir, { recursive: true, force: true });
}

/** Somebody else takes what is left but a little, and gives it back. */
async function fillByForeigner(trickle: Load): Promise<void> {
  foreign = true;
  const leave = Math.round((reserveMb * MIB) / 8);
  execFileSync('fallocate', ['-l', String(Math.max(MIB, freeBytes() - leave)), join(dataDir, 'foreign')]);
  const foreignFrom = performance.now();
  await eventually('both are refused', async () => trickle.answers.at(-1)?.status === 503, 30);
  console.log(
    `a foreign file left ${mb(freeBytes())} MB: both refused after ${seconds(performance.now() - foreignFrom)} s`,
  );
  await pause(2_000);
  if (freeBytes() <= 0) broken.push('nothing was free beside the foreign file');
  rmSync(join(dataDir, 'foreign'));
  const freed = performance.now();
  foreign = false;
  await eventually('the well one is let in again', async () => trickle.answers.at(-1)?.status === 200, 60);
  console.log(`freed: the tenant whose store is well was let in again after ${seconds(performance.now() - freed)} s`);
}

/** The ingest activity and readiness say which part is shut and why. */
async function saysSo(): Promise<void> {
  const activity = await instance.api<{ notices: Array<{ code: string; level: string }> }>(
    tokens.get(STOPPED.tenant)!,
    'GET',
    '/api/v1/ingest-activity',
  );
  for (const code of [ownDisk ? 'journal.disk-full' : 'journal.full', 'store.unavailable'])
    if (!activity.notices.some((one) => one.code === code && one.level === 'critical'))
      broken.push(`no notice of ${code}`);
  const ready = await fetch(`${instance.url}/health/ready`);
  const { parts } = (await ready.json()) as { parts: Record<string, { ready: boolean }> };
  for (const part of ['journal pool', 'engine pool'])
    if (ready.status !== 503 || parts[part]?.ready !== false) broken.push(`readiness does not name ${part}`);
}

function describe(answers: readonly Answer[]): string {
  return [...new Set(answers.map((one) => `${one.status} after ${Math.round(one.endedAt - one.sentAt)} ms`))]
    .slice(0, 5)
    .join(', ');
}

function mb(bytes: number): string {
  return (bytes / MIB).toFixed(0);
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
