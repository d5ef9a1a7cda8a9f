import { fail } from '../errors.ts';

/** How many may run and wait: of one source, and of all. */
export interface TurnLimits {
  readonly running: number;
  readonly runningOfOne: number;
  readonly waitingOfOne: number;
  readonly waiting: number;
}

interface Waiting {
  readonly go: () => void;
  readonly refuse: (error: unknown) => void;
}

const busy = () => fail('control.busy', 'too many password checks are waiting', { retryAfter: 2 });

/**
 * Work that costs much, a few at a time, in turn by source: a source that asks for a thousand waits behind itself, and
 * somebody from elsewhere finds a place free or is next. Memory is bounded: when all places are taken, the source that waits with most
 * gives one up to a source that waits with less.
 */
export class FairTurns {
  readonly #limits: TurnLimits;
  /** Who waits, by source; in the order in which the sources have their turn. */
  readonly #queues = new Map<string, Waiting[]>();
  /** How many run, by source; absent: none. */
  readonly #active = new Map<string, number>();
  #running = 0;
  #waiting = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** Throws `control.busy` without having begun `work`. */
  async run<T>(source: string, work: () => Promise<T>): Promise<T> {
    if (this.#mayRun(source)) this.#begin(source);
    else await this.#wait(source);
    try {
      return await work();
    } finally {
      this.#running--;
      const active = (this.#active.get(source) ?? 1) - 1;
      if (active > 0) this.#active.set(source, active);
      else this.#active.delete(source);
      this.#next();
    }
  }

  #mayRun(source: string): boolean {
    return this.#running < this.#limits.running && (this.#active.get(source) ?? 0) < this.#limits.runningOfOne;
  }

  #begin(source: string): void {
    this.#running++;
    this.#active.set(source, (this.#active.get(source) ?? 0) + 1);
  }

  #wait(source: string): Promise<void> {
    const own = this.#queues.get(source)?.length ?? 0;
    if (own >= this.#limits.waitingOfOne) throw busy();
    if (this.#waiting >= this.#limits.waiting && !this.#displace(own)) throw busy();
    return new Promise<void>((go, refuse) => {
      let queue = this.#queues.get(source);
      if (!queue) {
        queue = [];
        this.#queues.set(source, queue);
      }
      queue.push({ go, refuse });
      this.#waiting++;
    });
  }

  /** Refuses the newest of the longest queue, if that is longer than the newcomer's would become. */
  #displace(own: number): boolean {
    let most: Waiting[] = [];
    for (const queue of this.#queues.values()) if (queue.length > most.length) most = queue;
    if (most.length <= own + 1) return false;
    most.pop()!.refuse(busy());
    this.#waiting--;
    return true;
  }

  /** Begins the first in the round whose source may; its turn is taken before it runs, so that nobody slips in. */
  #next(): void {
    for (const [source, queue] of this.#queues) {
      if (!this.#mayRun(source)) continue;
      const { go } = queue.shift()!;
      this.#waiting--;
      // To the end of the round, or out of it.
      this.#queues.delete(source);
      if (queue.length > 0) this.#queues.set(source, queue);
      this.#begin(source);
      go();
      return;
    }
  }
}
