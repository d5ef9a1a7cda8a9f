/**
 * `npm run torture -- --power [--states N] [--seconds S] [--seed X]`: records every write, sync and rename of the program under load, rebuilds what power cuts may leave, opens it and counts.
 *
 * The real program runs under strace while both tenants send all three signals and keys are made; what it answers is
 * in the same recording, so what was acknowledged at any moment is known exactly. Then the directory is rebuilt as a
 * power cut at some moment may leave it: of what no sync had covered, any subset (or a beginning, as Linux file
 * systems keep names), writes torn in pages or sectors, sizes without contents. N states open journals, cursors and
 * control database; N/40 start the engines too, drain, and read every table; N/200 start the whole program, whose
 * senders then repeat what they got no answer for. The control does the same to an engine with default settings, and
 * must lose. `--engines N`, `--instances N` and `--control N` set the smaller numbers. Exit code 3: strace cannot be used.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openInstance } from '../e2e/instance.ts';
import { randomFrom } from '../server/src/journal/testkit.ts';
import { controlRun } from './power/control.ts';
import { judgeFiles, type Verdict } from './power/judge-files.ts';
import { judgeInstance } from './power/judge-instance.ts';
import { judgeStore } from './power/judge-store.ts';
import { dateAnswers, type Load, sendLoad } from './power/load.ts';
import { type Recording, readRecording } from './power/recording.ts';
import { FATES, States } from './power/states.ts';
import { recorder } from './power/system-calls.ts';
import { argument } from './rounds/argument.ts';

const states = argument('states', 2_000);
const engines = argument('engines', Math.ceil(states / 40));
const instances = argument('instances', Math.ceil(states / 200));
const controls = argument('control', Math.max(11, Math.ceil(states / 80)));
const seconds = argument('seconds', 15);
const seed = argument('seed', Date.now() % 1_000_000);
const random = randomFrom(seed);

const probe = spawnSync('strace', ['-D', '-f', '--seccomp-bpf', '-qq', '-e', 'trace=write', '-o', '/dev/null', 'true']);
if (probe.status !== 0) {
  const why = probe.error ? 'it is not installed' : String(probe.stderr).trim().split('\n')[0];
  console.error(`NOT RUN: power cuts are recorded with strace, and it cannot be used here: ${why}`);
  process.exit(3);
}

/** In memory when there is room: thousands of directories are written and removed. */
function roomyDirectory(): string {
  const needed = 2 * 1024 ** 3;
  const shm = statfsSync('/dev/shm', { bigint: false });
  return shm.bavail * shm.bsize > needed ? '/dev/shm' : tmpdir();
}
const work = mkdtempSync(join(roomyDirectory(), 'hanok-power-'));
/** Everything started on our directory ends with us, however we end; it is known by having that name in its environment. */
function endAll(): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid))) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, 'latin1').includes(work)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // Gone, or somebody else's.
    }
  }
}
process.on('exit', () => {
  endAll();
  rmSync(work, { recursive: true, force: true, maxRetries: 5 });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const began = Date.now();
const say = (text: string) => console.log(`${((Date.now() - began) / 1_000).toFixed(0).padStart(4)} s  ${text}`);
say(`seed ${seed}`);

// Passwords are not what is tested; io_uring's calls would not be seen.
// What is recorded are journals and engines at work, so no engine sleeps.
const env = { HANOK_LOG_LEVEL: 'warn', HANOK_PASSWORD_COST: '10', HANOK_ENGINE_IDLE: '0', UV_USE_IO_URING: '0' };

async function record(): Promise<{ load: Load; recording: Recording; placement: Map<string, string> }> {
  const dataDir = join(work, 'instance');
  const trace = join(work, 'instance.trace');
  mkdirSync(dataDir);
  const instance = await openInstance({ dataDir, under: recorder(trace), env });
  // A long recording is for what the engine does late, not for more of the same.
  const load = await sendLoad(instance, { seconds, random, records: 20, pauseMs: Math.max(40, seconds * 3) });
  // The last of it drains and merges; then everything ends at once.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const pids = instance.enginePids();
  await instance.kill('SIGKILL');
  const placement = new Map(
    instance.bootstrap.tenants.map(({ id, mode }) => [mode === 'silo' ? `silo-${id}` : 'pool', id]),
  );
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone with its parent.
    }
  }
  // The recorder ends when all it watches have.
  for (let size = -1; size !== statSync(trace).size; await new Promise((resolve) => setTimeout(resolve, 500)))
    size = statSync(trace).size;
  const recording = await readRecording(trace, dataDir);
  dateAnswers(load, recording.answers);
  rmSync(trace);
  return { load, recording, placement };
}

/** A third of the cuts anywhere, a third right behind an answer, a third right behind a change. */
function cutsOf({ moments, answers, changes }: Recording, count: number): number[] {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  return Array.from({ length: count }, (_, i) => {
    if (i % 3 === 1) return pick(answers).at + 1;
    if (i % 3 === 2) return Math.min(moments, pick(changes).end + 1);
    return Math.floor(random() * (moments + 1));
  }).sort((a, b) => a - b);
}

const sum = { states: 0, lost: 0, duplicated: 0, unopened: 0 };

async function judge<V extends Verdict>(
  what: string,
  recording: Recording,
  count: number,
  open: (directory: string, at: number) => Promise<V>,
  only?: (name: string) => boolean,
): Promise<V[]> {
  const builder = new States(recording, random);
  const verdicts: V[] = [];
  const offset = Math.floor(random() * FATES.length);
  for (const [index, at] of cutsOf(recording, count).entries()) {
    const fate = FATES[(index + offset) % FATES.length]!(random);
    const directory = join(work, 'state');
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    builder.build(at, fate, directory, only);
    const verdict = await open(directory, at);
    verdicts.push(verdict);
    sum.states++;
    sum.lost += verdict.lost;
    sum.duplicated += verdict.duplicated;
    sum.unopened += verdict.unopened.length;
    if (verdict.lost + verdict.duplicated + verdict.unopened.length > 0)
      say(
        `${what}: cut at ${at}, ${fate.name}: lost ${verdict.lost}, duplicated ${verdict.duplicated}; ${[...verdict.unopened, ...verdict.notes].join('; ')}`,
      );
    if ((index + 1) % Math.max(1, Math.floor(count / 5)) === 0) say(`${what}: ${index + 1} of ${count}`);
  }
  return verdicts;
}

const { load, recording, placement } = await record();
const acknowledged = load.sent.reduce(
  (n, one) => n + (one.acknowledgedAt < Number.POSITIVE_INFINITY ? one.records : 0),
  0,
);
say(
  `recorded ${recording.changes.length} changes, ${recording.syncs} syncs, ${recording.answers.length} answers; ${acknowledged} records and ${load.promised.length} keys acknowledged`,
);
await judge(
  'journals, cursors, control',
  recording,
  states,
  (dir, at) => judgeFiles(dir, load, at),
  (name) => name !== 'engines',
);
await judge('engines', recording, engines, (dir, at) => judgeStore(dir, load, at, placement));
const lived = await judge('whole program', recording, instances, (dir, at) => judgeInstance(dir, load, at, env));
const retried = lived.reduce((n, one) => n + one.retried, 0);
const again = lived.reduce((n, one) => n + one.again, 0);
say(`senders repeated ${retried} records they had no answer for; ${again} of these are there twice`);
sum.duplicated += again;
const control = await controlRun(work, controls, 40, random);
say(
  `control: ${control.statesWithLoss} of ${control.states} states lost answered blocks, ${control.unopened} did not open`,
);

const broken = sum.lost + sum.duplicated + sum.unopened > 0;
if (control.lost === 0) console.error('the control lost nothing: this harness would not see a loss');
console.log(
  `states ${sum.states} acknowledged ${acknowledged} lost ${sum.lost} duplicated ${sum.duplicated} unopened ${sum.unopened}; control states ${control.states} lost ${control.lost}`,
);
process.exit(broken || control.lost === 0 ? 1 : 0);
