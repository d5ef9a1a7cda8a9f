import { type Budget, decideShare } from './decide-budget.ts';
import { LEFT_ALONE_MS, NEEDS, type Need } from './decide-life.ts';

/** A store whose engine is awake, or waits for its turn. */
export interface Sleeper {
  need(): Need;
  /** Bytes without which it is not worth waking; 0: it takes its share. */
  readonly leastMemory: number;
  /** When somebody asked it last; the longest ago makes room first. */
  readonly askedAt: number;
  /** Since when it has nothing to do; undefined while it has. */
  idleSince(): number | undefined;
  /** Begins to fall asleep; when that is over it leaves its place. */
  fall(): void;
}

interface Waiting {
  readonly sleeper: Sleeper;
  readonly grant: (memory: number) => void;
  readonly refuse: (error: Error) => void;
}

/** Nobody needs the place any more that was waited for. */
export class NotNeeded extends Error {}

/**
 * The places for engines of silos that are awake at one time: as many, and as much memory together, as the budget has. Who
 * waits is served by need, then in order of coming; for one that is needed, the one that was asked longest ago goes to sleep.
 */
export class Places {
  readonly #budget: Budget;
  readonly #now: () => number;
  readonly #silos: () => number;
  readonly #held = new Map<Sleeper, { readonly memory: number; isLeaving: boolean }>();
  #queue: Waiting[] = [];
  #closed = false;

  /** `silos`: how many stores there are that may want a place. */
  constructor(budget: Budget, now: () => number, silos: () => number) {
    this.#budget = budget;
    this.#now = now;
    this.#silos = silos;
  }

  get awake(): number {
    return this.#held.size;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Resolves with the bytes that the engine may use; rejects when the places are closed, or it is not needed any more. */
  take(sleeper: Sleeper): Promise<number> {
    if (this.#closed) return Promise.reject(new NotNeeded('the store is being closed'));
    return new Promise((grant, refuse) => {
      this.#queue.push({ sleeper, grant, refuse });
      this.serve();
    });
  }

  leave(sleeper: Sleeper): void {
    this.#held.delete(sleeper);
    this.serve();
  }

  /** Gives out what is free, and makes room. Called when something changed, and now and then. */
  serve(): void {
    while (this.#queue.length > 0) {
      const byNeed = this.#queue.map((one) => ({ one, need: one.sleeper.need() }));
      const unneeded = byNeed.filter(({ need }) => need === 'nothing').map(({ one }) => one);
      if (unneeded.length > 0) {
        this.#queue = this.#queue.filter((one) => !unneeded.includes(one));
        for (const one of unneeded) one.refuse(new NotNeeded('nobody needs it awake any more'));
        continue;
      }
      const first = byNeed.reduce((a, b) => (NEEDS.indexOf(b.need) < NEEDS.indexOf(a.need) ? b : a));
      const memory = this.#memoryFor(first.one.sleeper);
      if (!this.#fits(memory)) {
        this.#makeRoom(memory, first.need);
        return;
      }
      this.#queue = this.#queue.filter((one) => one !== first.one);
      this.#held.set(first.one.sleeper, { memory, isLeaving: false });
      first.one.grant(memory);
    }
  }

  close(): void {
    this.#closed = true;
    for (const { refuse } of this.#queue.splice(0)) refuse(new NotNeeded('the store is being closed'));
  }

  #memoryFor(sleeper: Sleeper): number {
    return Math.max(sleeper.leastMemory, decideShare(this.#budget, this.#silos()));
  }

  #fits(memory: number, without: (held: { readonly isLeaving: boolean }) => boolean = () => false): boolean {
    let count = 0;
    let used = 0;
    for (const held of this.#held.values()) {
      if (without(held)) continue;
      count++;
      used += held.memory;
    }
    // One that needs more than there is has it all to itself.
    return count === 0 || (count < this.#budget.most && used + memory <= this.#budget.memory);
  }

  #makeRoom(memory: number, need: Need): void {
    const before = this.#now() - LEFT_ALONE_MS[need];
    const idle = [...this.#held]
      .filter(([sleeper, { isLeaving }]) => !isLeaving && (sleeper.idleSince() ?? Number.POSITIVE_INFINITY) <= before)
      .sort(([a], [b]) => a.askedAt - b.askedAt);
    for (const [sleeper, held] of idle) {
      if (this.#fits(memory, (one) => one.isLeaving)) return;
      held.isLeaving = true;
      sleeper.fall();
    }
  }
}
