/**
 * Bits per entry and probes: of a million that were never there (1 - e^(-12/32))^12 = 0.9 are taken for known by a full
 * level, and so pass uncounted. A flood asks for millions; fewer bits would let it through by the thousand.
 */
const BITS_PER_ENTRY = 32;
const PROBES = 12;
/** Entries of the first level; each further one has four times as many. A small tenant touches a few pages of memory only. */
const FIRST_LEVEL = 1_024;
const GROWTH = 4;

interface Level {
  /** Entries before this level. */
  readonly from: number;
  /** Place of its first word. */
  readonly at: number;
  /** Number of bits less one; a power of two less one. */
  readonly mask: number;
}

/** How a set of at most `limit` entries lies in memory. The same limit gives the same plan on every thread. */
export interface SetPlan {
  readonly limit: number;
  readonly levels: readonly Level[];
  /** 32-bit words, the counter included. */
  readonly words: number;
}

export function planSet(limit: number): SetPlan {
  const levels: Level[] = [];
  let words = 1;
  let from = 0;
  let size = FIRST_LEVEL;
  do {
    const entries = Math.max(64, Math.min(size, limit - from));
    const bits = 2 ** Math.ceil(Math.log2(entries * BITS_PER_ENTRY));
    levels.push({ from, at: words, mask: bits - 1 });
    words += bits / 32;
    from += entries;
    size *= GROWTH;
  } while (from < limit);
  return { limit, levels, words };
}

export const KNOWN = 0;
export const NEW = 1;
export const FULL = 2;
export type Admitted = typeof KNOWN | typeof NEW | typeof FULL;

/**
 * A set of 64-bit hashes with a limit, in memory that several threads share: Bloom filters, one behind the other, and a
 * counter. Lock-free, because bits are only ever set: two threads that add the same entry at the same moment may count it
 * twice, and no entry is ever forgotten. Of a million entries beyond the limit a handful is taken for known and passes
 * uncounted: the limit is kept to that degree.
 */
export class SharedSet {
  readonly #words: Int32Array;
  readonly #plan: SetPlan;

  /** `words` is the set's own stretch, `plan.words` long. */
  constructor(words: Int32Array, plan: SetPlan) {
    this.#words = words;
    this.#plan = plan;
  }

  get count(): number {
    return Math.min(Atomics.load(this.#words, 0), this.#plan.limit);
  }

  get limit(): number {
    return this.#plan.limit;
  }

  has(a: number, b: number): boolean {
    const count = Atomics.load(this.#words, 0);
    for (const level of this.#plan.levels) {
      if (level.from > count) return false;
      if (this.#isIn(level, a, b)) return true;
    }
    return false;
  }

  /** Adds the entry unless it is there or the set is full. */
  admit(a: number, b: number): Admitted {
    if (this.has(a, b)) return KNOWN;
    const place = Atomics.add(this.#words, 0, 1);
    if (place >= this.#plan.limit) {
      Atomics.sub(this.#words, 0, 1);
      return FULL;
    }
    const { levels } = this.#plan;
    let level = levels.length - 1;
    while (level > 0 && levels[level]!.from > place) level--;
    this.#enter(levels[level]!, a, b);
    return NEW;
  }

  #isIn({ at, mask }: Level, a: number, b: number): boolean {
    let step = b;
    let bit = a;
    for (let probe = 0; probe < PROBES; probe++) {
      const place = (bit & mask) >>> 0;
      if ((Atomics.load(this.#words, at + (place >>> 5)) & (1 << (place & 31))) === 0) return false;
      // Steps that grow: with equal ones, entries that share their low bits would share many probes.
      bit = (bit + step) | 0;
      step = (step + probe) | 0;
    }
    return true;
  }

  #enter({ at, mask }: Level, a: number, b: number): void {
    let step = b;
    let bit = a;
    for (let probe = 0; probe < PROBES; probe++) {
      const place = (bit & mask) >>> 0;
      Atomics.or(this.#words, at + (place >>> 5), 1 << (place & 31));
      bit = (bit + step) | 0;
      step = (step + probe) | 0;
    }
  }
}
