/** A count is told once this much has come together … */
const TELL_FROM = 1_000;
/** … or once it has waited this long, in seconds. */
const TELL_AFTER = 300;
/** Counts held at a time; beyond it all are forgotten, which costs a little of the ranking and no key. */
const MOST = 65_536;

/**
 * How often keys came since it was last told. A key that is known today needs no row of its own in every request: with
 * requests of a few records such rows would outnumber the records. What is held back is lost with the process; counts
 * only rank suggestions, and whether a key is suggested at all is not decided here.
 */
export class HeldCounts {
  readonly #held = new Map<number, Held>();

  /** Adds `count` and returns what is to be told now; 0 for nothing yet. `now` in seconds. */
  add(low: number, high: number, count: number, now: number): number {
    // 53 bits of a 64-bit hash: two keys that share them share their count.
    const key = (high & 0x1f_ffff) * 4_294_967_296 + (low >>> 0);
    let held = this.#held.get(key);
    if (!held) {
      if (this.#held.size >= MOST) this.#held.clear();
      held = { count: 0, since: now };
      this.#held.set(key, held);
    }
    held.count += count;
    if (held.count < TELL_FROM && now - held.since < TELL_AFTER) return 0;
    const told = held.count;
    held.count = 0;
    held.since = now;
    return told;
  }
}

interface Held {
  count: number;
  since: number;
}
