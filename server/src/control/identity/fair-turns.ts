import { fail } from '../errors.ts';

/** How many may run and wait: of one source, and of all. Those known and those not known wait apart. */
export interface TurnLimits {
  readonly running: number;
  readonly runningOfOne: number;
  readonly waitingOfOne: number;
  readonly waiting: number;
}

export interface TurnOptions {
  /** Goes before those who are not known. */
  readonly known?: boolean;
  /** Aborted when nobody waits for the result any more: what has not begun then leaves its place. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiting {
  readonly go: () => void;
  readonly refuse: (error: unknown) => void;
}

/** After so many turns of known ones in a row one of the others has a turn, so that nobody waits for ever. */
const KNOWN_IN_A_ROW = 3;

const busy = () => fail('control.busy', 'too many password checks are waiting', { retryAfter: 2 });

/**
 * Work that costs much, a few at a time, in turn by source: a source that asks for a thousand waits behind itself, and
 * somebody from elsewhere finds a place free or is next. Those who are known go first. Memory is bounded: when all places
 * are taken, the source that waits with most gives one up to a source that waits with less.
 */
export class FairTurns {
  readonly #limits: TurnLimits;
  readonly #known: Round;
  readonly #others: Round;
  /** How many run, by source; absent: none. */
  readonly #active = new Map<string, number>();
  #running = 0;
  #knownInARow = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
    this.#known = new Round(limits);
    this.#others = new Round(limits);
  }

  /** Throws `control.busy`, or the signal's reason, without having begun `work`. */
  async run<T>(source: string, work: () => Promise<T>, { known = false, signal }: TurnOptions = {}): Promise<T> {
    signal?.throwIfAborted();
    if (this.#mayRun(source)) this.#begin(source);
    else await (known ? this.#known : this.#others).wait(source, signal);
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

  /** Begins the first in the round whose source may; its turn is taken before it runs, so that nobody slips in. */
  #next(): void {
    const rounds = this.#knownInARow < KNOWN_IN_A_ROW ? [this.#known, this.#others] : [this.#others, this.#known];
    for (const round of rounds) {
      const taken = round.take((source) => this.#mayRun(source));
      if (!taken) continue;
      this.#knownInARow = round === this.#known ? this.#knownInARow + 1 : 0;
      this.#begin(taken.source);
      taken.go();
      return;
    }
  }
}

/** Who waits, by source, and whose turn it is. */
class Round {
  readonly #limits: Pick<TurnLimits, 'waitingOfOne' | 'waiting'>;
  /** In the order in which the sources have their turn. */
  readonly #queues = new Map<string, Waiting[]>();
  #waiting = 0;

  constructor(limits: Pick<TurnLimits, 'waitingOfOne' | 'waiting'>) {
    this.#limits = limits;
  }

  /** Resolves when the turn has come. Throws `control.busy`; rejects with it, or with the signal's reason. */
  wait(source: string, signal: AbortSignal | undefined): Promise<void> {
    const own = this.#queues.get(source)?.length ?? 0;
    if (own >= this.#limits.waitingOfOne) throw busy();
    if (this.#waiting >= this.#limits.waiting && !this.#displace(own)) throw busy();
    return new Promise<void>((resolve, reject) => {
      const onAbort = () => {
        this.#leave(source, waiting);
        reject(signal?.reason);
      };
      const settled = () => signal?.removeEventListener('abort', onAbort);
      const waiting: Waiting = {
        go: () => {
          settled();
          resolve();
        },
        refuse: (error) => {
          settled();
          reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      let queue = this.#queues.get(source);
      if (!queue) {
        queue = [];
        this.#queues.set(source, queue);
      }
      queue.push(waiting);
      this.#waiting++;
    });
  }

  /** The first of the first source in the round that may run; the source goes to the end of the round, or out of it. */
  take(mayRun: (source: string) => boolean): { readonly source: string; readonly go: () => void } | undefined {
    for (const [source, queue] of this.#queues) {
      if (!mayRun(source)) continue;
      const { go } = queue.shift()!;
      this.#waiting--;
      this.#queues.delete(source);
      if (queue.length > 0) this.#queues.set(source, queue);
      return { source, go };
    }
    return undefined;
  }

  #leave(source: string, waiting: Waiting): void {
    const queue = this.#queues.get(source);
    const at = queue?.indexOf(waiting) ?? -1;
    if (!queue || at < 0) return;
    queue.splice(at, 1);
    this.#waiting--;
    if (queue.length === 0) this.#queues.delete(source);
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
}
