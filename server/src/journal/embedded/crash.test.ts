import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHanokError, type Source } from '#base';
import type { Journal } from '../port.ts';
import { openOn, Promises } from '../testkit/promises.ts';
import { Disk, ManualClock, randomFrom } from '../testkit.ts';

type Step =
  | { readonly do: 'append'; readonly sizes: readonly number[] }
  | { readonly do: 'consume'; readonly name: string; readonly maxBytes: number; readonly maxEntries: number }
  | { readonly do: 'append and consume'; readonly sizes: readonly number[]; readonly name: string }
  | { readonly do: 'follow'; readonly name: string; readonly isFollowing: boolean }
  | { readonly do: 'pass time'; readonly ms: number }
  | { readonly do: 'restart' }
  | { readonly do: 'fault'; readonly after: number; readonly outcome: 'EIO' | 'ENOSPC'; readonly effect: Effect }
  | { readonly do: 'kill'; readonly after: number; readonly effect: Effect }
  | { readonly do: 'cut power'; readonly after: number; readonly effect: Effect; readonly keep: number };

type Effect = 'none' | 'part' | 'whole';

const size = fc.integer({ min: 0, max: 6_000 });
const sizes = fc.array(size, { minLength: 1, maxLength: 8 });
const CONSUMERS = ['store', 'archive'];
const name = fc.constantFrom(...CONSUMERS);
const after = fc.integer({ min: 1, max: 40 });
const effect = fc.constantFrom<Effect[]>('none', 'part', 'whole');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), sizes }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('consume' as const),
      name,
      maxBytes: fc.integer({ min: 1, max: 20_000 }),
      maxEntries: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('append and consume' as const), sizes, name }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('follow' as const), name, isFollowing: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('pass time' as const), ms: fc.integer({ min: 1, max: 3_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      after,
      outcome: fc.constantFrom<('EIO' | 'ENOSPC')[]>('EIO', 'ENOSPC'),
      effect,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kill' as const), after, effect }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cut power' as const),
      after,
      effect,
      keep: fc.constantFrom(0, 0.2, 0.5, 0.8, 1),
    }),
  },
);

/** One machine: a disk, at most one process with an open journal, and what it has promised. */
class Machine {
  disk = new Disk();
  readonly promises = new Promises();
  readonly clock = new ManualClock();
  readonly #random: () => number;
  #journal: Promise<Journal | undefined> | undefined;
  #crash: 'kill' | { keep: number } | undefined;
  #starts = 0;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const one of steps) {
      const disk = this.disk;
      await Promise.race([this.#step(one), disk.stopped]);
      if (disk.isStopped) await this.#reboot();
    }
    this.disk.fault = () => undefined;
    await this.promises.judge(this.disk.killed(), config);
    await this.promises.judge(
      this.disk.afterPowerCut(() => this.#random() < 0.5),
      config,
    );
  }

  async #step(one: Step): Promise<void> {
    switch (one.do) {
      case 'append':
        await this.#append(one.sizes);
        break;
      case 'consume':
        await this.#consume(one.name, one);
        break;
      case 'append and consume':
        await Promise.all([this.#append(one.sizes), this.#consume(one.name, { maxBytes: 9_000, maxEntries: 5 })]);
        break;
      case 'follow': {
        const journal = await this.#open();
        const source = journal && (await tolerant<Source>(journal.source(one.name)));
        if (source) await tolerant(source.follow(one.isFollowing));
        break;
      }
      case 'pass time':
        this.clock.advance(one.ms);
        (await this.#open())?.canAccept();
        break;
      case 'restart':
        await (await this.#journal)?.close();
        this.#journal = undefined;
        break;
      case 'fault': {
        const at = this.disk.calls + one.after;
        this.disk.fault = ({ index }) => (index === at ? one : undefined);
        break;
      }
      case 'kill':
      case 'cut power': {
        const at = this.disk.calls + one.after;
        this.disk.fault = ({ index }) => (index === at ? { outcome: 'stop', effect: one.effect } : undefined);
        this.#crash = one.do === 'kill' ? 'kill' : { keep: one.keep };
        break;
      }
    }
  }

  async #append(all: readonly number[]): Promise<void> {
    const journal = await this.#open();
    if (journal) await Promise.all(all.map((bytes) => this.promises.append(journal, bytes)));
  }

  async #consume(who: string, limits: { maxBytes: number; maxEntries: number }): Promise<void> {
    const journal = await this.#open();
    if (!journal) return;
    // Both before either moves: a consumer that registers later is promised only what is kept by then.
    const sources = await Promise.all(CONSUMERS.map((one) => tolerant<Source>(journal.source(one))));
    const source = sources[CONSUMERS.indexOf(who)];
    if (source && !sources.includes(undefined)) await tolerant(this.promises.consume(source, limits));
  }

  #open(): Promise<Journal | undefined> {
    this.#journal ??= tolerant(openOn(this.disk.fs, config, this.clock, ++this.#starts)).then((opened) => {
      if (!opened) this.#journal = undefined;
      return opened?.journal;
    });
    return this.#journal;
  }

  async #reboot(): Promise<void> {
    const crash = this.#crash ?? 'kill';
    const random = this.#random;
    this.disk = crash === 'kill' ? this.disk.killed() : this.disk.afterPowerCut(() => random() < crash.keep);
    this.#journal = undefined;
    await this.promises.judge(this.disk.killed(), config);
  }
}

const config = { retainMs: 500 };
/** A few seconds' worth; CRASH_RUNS=20000 for a long evening. */
const RUNS = Number(process.env['CRASH_RUNS'] ?? 300);

async function tolerant<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isHanokError(error) && error.kind === 'world') return undefined;
    throw error;
  }
}

describe('any sequence of work, faults, kills and power cuts', () => {
  it('keeps every promise', async () => {
    let acknowledged = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), fc.integer(), async (steps, seed) => {
        const machine = new Machine(seed);
        await machine.run(steps);
        acknowledged += machine.promises.acknowledged.size;
      }),
      { numRuns: RUNS },
    );
    expect(acknowledged).toBeGreaterThan(RUNS * 5);
  }, 600_000);
});
