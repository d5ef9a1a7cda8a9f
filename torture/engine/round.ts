/** One fault on one engine, and what people and senders noticed of it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Instance } from '../../e2e/instance.ts';
import { enginePid, isAnswering } from './engine-client.ts';
import type { Fault, Target } from './faults.ts';
import type { Load } from './load.ts';
import { type Asked, longestGap, type Questions } from './questions.ts';

export interface Side {
  readonly tenant: string;
  readonly engineDir: string;
  readonly questions: Questions;
}

export interface Outcome {
  readonly fault: string;
  readonly tenant: string;
  readonly wedges: boolean;
  /** All in milliseconds; undefined when it did not happen. */
  readonly first503: number | undefined;
  readonly replacedAfter: number | undefined;
  /** From the engine's return to the first good answer. */
  readonly backAfter: number | undefined;
  readonly slowestAnswer: number;
  readonly ackP99: number;
  readonly slowestAck: number;
  readonly othersSlowest: number;
  readonly tailGap: number;
  readonly broken: string[];
}

const LOOK_EVERY_MS = 20;
const REPLACED_WITHIN_MS = 30_000;
const BACK_WITHIN_MS = 20_000;
/** The supervisor calls an engine steady after three seconds; a fault on one that is not is another test. */
const SETTLED_MS = 3_300;
/** What a store that is away may say; the last, when nobody ahead in its queue was answered. */
const AWAY: ReadonlySet<string> = new Set(['store.unavailable', 'store.busy', 'query.busy']);

export async function inflict(
  fault: Fault,
  afflicted: Side,
  others: readonly Side[],
  instance: Instance,
  load: Load,
  target: Omit<Target, 'pid' | 'engineDir'>,
): Promise<Outcome> {
  const broken: string[] = [];
  const { engineDir, questions } = afflicted;
  const pid = await settled(instance, engineDir);
  const whole: Target = { ...target, pid, engineDir };
  const began = performance.now();
  const begun = Promise.resolve(fault.begin(whole));
  begun.catch((error: unknown) => broken.push(`the fault itself failed: ${String(error)}`));

  let returned: number | undefined;
  let replacedAfter: number | undefined;
  const look = async () => {
    const now = enginePid(instance.pid(), engineDir);
    if (now === undefined || now === pid || !(await isAnswering(engineDir))) return false;
    replacedAfter ??= performance.now() - began;
    return true;
  };
  if (fault.ends === 'replaced') {
    while (!(await look()) && performance.now() - began < REPLACED_WITHIN_MS) await pause(LOOK_EVERY_MS);
    if (replacedAfter === undefined) broken.push(`not replaced within ${REPLACED_WITHIN_MS} ms`);
    await begun;
    await fault.end?.(whole);
    returned = performance.now();
  } else {
    while (performance.now() - began < fault.lastsMs!) {
      await look();
      await pause(LOOK_EVERY_MS);
    }
    await begun;
    await fault.end?.(whole);
    const ended = performance.now();
    // It returns when it answers, or when its successor does if that had to be called for.
    while (!(await isAnswering(engineDir)) && performance.now() - ended < BACK_WITHIN_MS) await pause(LOOK_EVERY_MS);
    await look();
    returned = performance.now();
  }
  let back: Asked | undefined;
  while (!back && performance.now() - returned < BACK_WITHIN_MS) {
    await pause(LOOK_EVERY_MS);
    back = questions.asked.find((one) => one.askedAt >= returned && one.status === 200);
  }
  if (!back) broken.push(`no good answer within ${BACK_WITHIN_MS} ms of its return`);
  await pause(300);
  const ended = performance.now();
  const during = (one: Asked) => one.endedAt >= began && one.askedAt <= ended;

  const answers = questions.asked.filter(during);
  for (const one of answers) {
    if (one.status === 200) continue;
    if (one.status !== 503 || !AWAY.has(one.code)) broken.push(`${one.what} answered ${one.status} ${one.code}`);
    else if (!(one.retryAfter !== undefined && one.retryAfter > 0)) broken.push(`${one.what}: 503 without a hint`);
  }
  const strangers = others.flatMap((side) => side.questions.asked.filter(during));
  for (const one of strangers)
    if (one.status !== 200) broken.push(`another store's ${one.what} answered ${one.status} ${one.code}`);
  const acks = load.answers.filter((one) => one.endedAt >= began && one.sentAt <= ended);
  for (const one of acks)
    if (one.status !== 200) broken.push(`a request of ${one.tenant} was answered ${one.status || 'nothing'}`);
  const waits = acks.map((one) => one.endedAt - one.sentAt).sort((a, b) => a - b);
  const no = answers.filter((one) => one.status === 503).map((one) => one.endedAt - began);
  return {
    fault: fault.name,
    tenant: afflicted.tenant,
    wedges: fault.wedges === true,
    first503: no.length === 0 ? undefined : Math.min(...no),
    replacedAfter,
    // Answers that never failed were never gone.
    backAfter: no.length === 0 ? 0 : back && back.endedAt - returned,
    slowestAnswer: longest(answers),
    ackP99: waits[Math.floor(waits.length * 0.99)] ?? 0,
    slowestAck: waits.at(-1) ?? 0,
    othersSlowest: longest(strangers),
    tailGap: longestGap(questions.tailed, began, ended),
    broken: [...new Set(broken)],
  };
}

async function settled(instance: Instance, engineDir: string): Promise<number> {
  let pid: number | undefined;
  let since = performance.now();
  while (performance.now() - since < SETTLED_MS) {
    const now = enginePid(instance.pid(), engineDir);
    if (now === undefined || now !== pid || !(await isAnswering(engineDir))) since = performance.now();
    pid = now;
    await pause(100);
  }
  return pid!;
}

const longest = (asked: readonly Asked[]) => asked.reduce((most, one) => Math.max(most, one.endedAt - one.askedAt), 0);
