/**
 * `npm run torture -- --fuzz [--mutations N] [--seed S] [--only INPUT]`: injures random valid requests of all signals, as
 * protobuf, JSON and compressed, and holds what the decoder makes of them against protobufjs: both accept or both
 * refuse, and what is accepted is read the same. Where we differ on purpose is written down in `otlp/FORMAT.md` and in
 * `otlp/testkit/judge.ts`. Workers run on all cores; one second of work on one input is a hang, a dead process a crash.
 */

import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_FLAGS } from '../scripts/node-flags.mjs';
import { FuzzInputs } from '../server/src/receivers/otlp/testkit/inputs.ts';
import type { FromWorker, Sample, Share } from './fuzz/share.ts';
import { argument } from './rounds/argument.ts';

const mutations = argument('mutations', 1_000_000);
const seed = argument('seed', Date.now() % 1_000_000);
const only = argument('only', -1);
const WORKERS = only >= 0 ? 1 : availableParallelism();
/** CPU seconds spent on one input. Not wall time: a busy machine is no hang. */
const HANG_CPU_SECONDS = 1;
/** What is held without the decoders may be this much more at the end than after the warm-up, per cent. */
const MOST_GROWTH = 5;
/**
 * What two decoders may hold between two looks: for each its tables and columns, and 8 MB of resources on the wire with
 * 2,048 entries around them (`resource-cache.ts`).
 */
const MOST_REMEMBERED_BYTES = 40 * 1024 ** 2;
/** Until then caches fill; a short run has no time for more. */
const warmUp = Math.min(200_000, Math.floor(mutations / 4));
const ENOUGH_FAILURES = 20;
/** The kernel's clock ticks per second in /proc, fixed for user space. */
const TICKS = 100;

const folder = mkdtempSync(join(tmpdir(), 'hanok-fuzz-'));
const totals = { agreed: 0, refused: 0, kinder: 0, stricter: 0, limited: 0 };
let crashes = 0;
let hangs = 0;
let disagreements = 0;
let growth = 0;
let residentGrowth = 0;
let remembered = 0;
const kept: string[] = [];
const inputs = new FuzzInputs(seed);
const places = new Map<string, number>();
const began = Date.now();

function report(n: number, what: string, reason: string, smallest?: string): void {
  const input = inputs.make(n);
  const file = join(folder, `input-${n}.${input.coding ?? input.encoding}`);
  writeFileSync(file, input.bytes);
  kept.push(file);
  console.error(`\n${what}: seed ${seed} input ${n} (${input.signal}, ${input.encoding}, ${input.coding ?? 'plain'})`);
  console.error(reason);
  if (smallest !== undefined) console.error(`smallest: ${Buffer.from(smallest, 'base64').toString('hex')}`);
  console.error(`saved: ${file}; again: npm run torture -- --fuzz --seed ${seed} --only ${n}`);
}

function cpuSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return 0;
  }
}

/** Per cent by which the peak of the second half passes that of the first. */
function growthOf(samples: readonly Sample[], of: keyof Sample): number {
  const middle = samples.length >> 1;
  if (middle === 0) return 0;
  const peak = (part: readonly Sample[]) => Math.max(...part.map((sample) => sample[of]));
  return (peak(samples.slice(middle)) / peak(samples.slice(0, middle)) - 1) * 100;
}

/** One life of a worker; resolves with the input to go on from, or undefined when its share is done. */
function live(share: Share): Promise<number | undefined> {
  return new Promise((resolve) => {
    writeFileSync(share.placeFile, '');
    const child = fork(join(import.meta.dirname, 'fuzz', 'worker.ts'), [JSON.stringify(share)], {
      execArgv: [...NODE_FLAGS, '--expose-gc'],
    });
    let last = -1;
    let cpuThen = 0;
    let done = false;
    const place = () => {
      const bytes = readFileSync(share.placeFile);
      return bytes.length < 8 ? -1 : bytes.readDoubleLE(0);
    };
    const watch = setInterval(() => {
      const now = place();
      const cpu = cpuSeconds(child.pid!);
      if (now !== last || now < 0 || done) {
        last = now;
        cpuThen = cpu;
        places.set(share.placeFile, now);
      } else if (cpu - cpuThen > HANG_CPU_SECONDS) {
        hangs++;
        report(now, 'HANG', `more than ${HANG_CPU_SECONDS} s of work`);
        child.kill('SIGKILL');
      }
    }, 200);
    child.on('message', (message: FromWorker) => {
      if (message.type === 'failure') {
        if (message.disagreement) disagreements++;
        else crashes++;
        report(message.n, message.disagreement ? 'DISAGREEMENT' : 'CRASH', message.reason, message.smallest);
        if (disagreements + crashes >= ENOUGH_FAILURES) child.kill('SIGKILL');
        return;
      }
      done = true;
      for (const verdict of ['agreed', 'refused', 'kinder', 'stricter', 'limited'] as const)
        totals[verdict] += message.counts[verdict];
      const megabytes = message.samples.map(
        ({ held, bare }) => `${(held / 1e6).toFixed(0)}/${(bare / 1e6).toFixed(1)}`,
      );
      console.log(`held by worker ${share.from} with/without decoders, MB: ${megabytes.join(' ')}`);
      growth = Math.max(growth, growthOf(message.samples, 'bare'));
      remembered = Math.max(remembered, ...message.samples.map(({ held, bare }) => held - bare));
      residentGrowth = Math.max(residentGrowth, growthOf(message.samples, 'rss'));
    });
    child.once('exit', (code, signal) => {
      clearInterval(watch);
      if (done) return resolve(undefined);
      const at = place();
      const given = hangs > 0 && at === last && signal === 'SIGKILL';
      if (!given && disagreements + crashes < ENOUGH_FAILURES) {
        crashes++;
        if (at >= 0) report(at, 'CRASH', `the process ended with ${code ?? signal}`);
        else console.error(`CRASH: a worker ended with ${code ?? signal} before its first input`);
      }
      resolve(at < 0 || disagreements + crashes >= ENOUGH_FAILURES ? undefined : at + share.step);
    });
  });
}

async function work(first: number): Promise<void> {
  const placeFile = join(folder, `place-${first}`);
  const end = only >= 0 ? only + 1 : mutations;
  let from: number | undefined = only >= 0 ? only : first;
  while (from !== undefined && from < end)
    from = await live({ seed, from, to: end, step: only >= 0 ? 1 : WORKERS, warmUp, placeFile });
}

const progress = setInterval(() => {
  const least = Math.min(...places.values());
  const seconds = (Date.now() - began) / 1_000;
  console.log(`${Math.max(0, least)} of ${mutations} after ${seconds.toFixed(0)} s`);
}, 10_000);
await Promise.all(Array.from({ length: WORKERS }, (_, i) => work(i)));
clearInterval(progress);

const judged = totals.agreed + totals.refused + totals.kinder + totals.stricter + totals.limited;
console.log(
  `seed ${seed}, ${((Date.now() - began) / 1_000).toFixed(0)} s on ${WORKERS} processes; judged ${judged}; by written rule: ${totals.kinder} repaired where protobufjs refuses, ${totals.stricter} refused where protobufjs does not look, ${totals.limited} cut by a limit; disagreements ${disagreements}; remembered by decoders ${(remembered / 1e6).toFixed(0)} MB; resident memory ${residentGrowth.toFixed(1)} %`,
);
const expected = only >= 0 ? 1 : mutations;
const failed =
  crashes + hangs + disagreements > 0 ||
  judged !== expected ||
  growth > MOST_GROWTH ||
  remembered > MOST_REMEMBERED_BYTES;
if (kept.length === 0) rmSync(folder, { recursive: true, force: true });
console.log(
  `mutations ${judged} agreed ${totals.agreed} refused-by-both ${totals.refused} crashes ${crashes} hangs ${hangs} growth ${Math.max(0, growth).toFixed(1)} %`,
);
process.exit(failed ? 1 : 0);
