import { describe, expect, it } from 'vitest';
import { isHanokError } from '#base';
import { openOn, Promises } from '../testkit/promises.ts';
import { type Call, Disk, type Fault, ManualClock, randomFrom } from '../testkit.ts';

/**
 * A short life that makes every kind of call: open, groups, several segments, two consumers, dead letters, trimming,
 * setting back, close, reopen. Every error must be of a known code; none may stop what follows.
 */
async function live(disk: Disk, promises: Promises): Promise<void> {
  const clock = new ManualClock();
  // Unregistering and reading dead letters back tell of the disk in its own words: only an operator asks for them.
  const tolerated = (error: unknown) => {
    if (!(error instanceof Error && 'code' in error)) throw error;
  };
  const tolerate = async (step: Promise<unknown>) => {
    await step.catch((error: unknown) => {
      if (!isHanokError(error) || error.kind !== 'world') throw error;
    });
  };
  for (let round = 0; round < 2; round++) {
    const opened = await openOn(disk.fs, {}, clock, round).catch((error: unknown) => {
      if (isHanokError(error) && error.kind === 'world') return undefined;
      throw error;
    });
    if (!opened) continue;
    const { journal } = opened;
    for (let step = 0; step < 6; step++) {
      await Promise.all([promises.append(journal, 700), promises.append(journal, 1_500), promises.append(journal, 30)]);
      for (const name of step % 2 === 0 ? ['store'] : ['store', 'archive']) {
        const source = await journal.source(name).catch(() => undefined);
        if (!source) continue;
        await tolerate(promises.consume(source, { maxBytes: 4_000, maxEntries: 4 }));
        if (step === 3)
          await tolerate(
            source.read({ maxBytes: 1, maxEntries: 1 }).then((entries) => source.putAside(entries, 'poison')),
          );
      }
      // While the segments it passed are being deleted.
      if (step === 3) await tolerate(promises.rewind(journal, 'store', 100n));
      journal.canAccept();
      clock.advance(1_100);
    }
    // A consumer that comes and goes: its cursor is made, removed, and must hold nothing back afterwards.
    await tolerate(journal.source('passing'));
    await tolerate(journal.forget('passing').catch(tolerated));
    for (const { file } of journal.stats().deadLetters.files)
      await tolerate(journal.readDeadLetter(file).then(() => undefined, tolerated));
    await journal.close();
  }
}

/** Keeps what a power cut leaves with the given chance, and always or never at the ends. */
const chances = [0, 0.5, 1];

async function judgeAll(disk: Disk, promises: Promises, seed: number): Promise<void> {
  await promises.judge(disk.killed());
  const random = randomFrom(seed);
  for (const chance of chances) await promises.judge(disk.afterPowerCut(() => random() < chance));
}

describe('a life without faults', () => {
  it('acknowledges everything and keeps it', async () => {
    const disk = new Disk();
    const promises = new Promises();
    await live(disk, promises);
    expect(promises.acknowledged.size).toBe(36);
    expect(promises.rejected.size + promises.open.size).toBe(0);
    await judgeAll(disk, promises, 1);
  });
});

/** How many calls a life makes, and which. */
async function callsOfALife(): Promise<Call[]> {
  const calls: Call[] = [];
  const disk = new Disk();
  disk.fault = (call) => {
    calls.push(call);
    return undefined;
  };
  await live(disk, new Promises());
  return calls;
}

describe.each([
  { outcome: 'EIO', effect: 'none' },
  { outcome: 'EIO', effect: 'whole' },
  { outcome: 'ENOSPC', effect: 'part' },
] as const)('$outcome ($effect of it happened) at every call site', (fault: Fault) => {
  it('never acknowledges what is lost, never delivers what was rejected, and lives on', async () => {
    const calls = await callsOfALife();
    expect(calls.length).toBeGreaterThan(150);
    const hit = new Set<string>();
    for (const { index } of calls) {
      const disk = new Disk();
      const promises = new Promises();
      disk.fault = (call) => {
        if (call.index !== index) return undefined;
        hit.add(call.name);
        return fault;
      };
      try {
        await live(disk, promises);
        disk.fault = () => undefined;
        await judgeAll(disk, promises, index);
        expect(promises.open.size).toBe(0);
        expect(promises.acknowledged.size).toBeGreaterThan(10);
      } catch (error) {
        const { name, path } = calls[index - 1]!;
        throw new Error(`fault at call ${index}, ${name} of ${path}`, { cause: error });
      }
    }
    const paths = calls.filter(({ name }) => name !== 'read').map(({ name, path }) => `${name} ${path}`);
    for (const site of [/writev .*segment/, /writev .*store\.cursor/, /writev .*passing\.cursor/, /rename .*dead/])
      expect(
        paths.some((path) => site.test(path)),
        String(site),
      ).toBe(true);
    for (const site of [/unlink .*segment/, /unlink .*passing\.cursor/])
      expect(
        paths.some((path) => site.test(path)),
        String(site),
      ).toBe(true);
    for (const name of ['writev', 'datasync', 'rename', 'syncDirectory', 'unlink', 'open', 'read', 'close', 'readdir'])
      expect(hit).toContain(name);
  }, 120_000);
});

describe('two faults', () => {
  it('a failed sync followed by a failure while containing it leaves only what was called uncertain', async () => {
    const calls = await callsOfALife();
    const syncs = calls.filter((call) => call.name === 'datasync');
    expect(syncs.length).toBeGreaterThan(20);
    let uncertain = 0;
    for (const { index } of syncs) {
      for (let after = 1; after <= 8; after++) {
        for (const effect of ['none', 'whole'] as const) {
          const disk = new Disk();
          const promises = new Promises();
          disk.fault = (call) =>
            call.index === index || call.index === index + after ? { outcome: 'EIO', effect } : undefined;
          await live(disk, promises);
          disk.fault = () => undefined;
          uncertain += promises.open.size;
          await judgeAll(disk, promises, index * 10 + after).catch((error: unknown) => {
            throw new Error(`faults at calls ${index} and ${index + after} (${effect})`, { cause: error });
          });
        }
      }
    }
    expect(uncertain).toBeGreaterThan(0);
  }, 240_000);
});

describe('a process that dies at every call site', () => {
  it.each(['none', 'part', 'whole'] as const)(
    'with %s of the call done, by kill and by power cut',
    async (effect) => {
      const calls = await callsOfALife();
      for (const { index } of calls) {
        const disk = new Disk();
        const promises = new Promises();
        disk.fault = (call) => (call.index === index ? { outcome: 'stop', effect } : undefined);
        await Promise.race([live(disk, promises), disk.stopped]);
        disk.fault = () => undefined;
        await judgeAll(disk, promises, index).catch((error: unknown) => {
          throw new Error(`died in call ${index}`, { cause: error });
        });
      }
    },
    120_000,
  );
});
