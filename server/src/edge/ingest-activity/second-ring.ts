export const RING_SECONDS = 60;

/** Sums per second over the last minute. Slots are cleared when they are next used, so idle rings cost nothing. */
export class SecondRing {
  readonly #sums = new Float64Array(RING_SECONDS);
  /** Which second each slot holds. */
  readonly #seconds = new Float64Array(RING_SECONDS).fill(-1);

  /** `second`: Unix seconds. A second older than what its slot holds is dropped. */
  add(second: number, amount: number): void {
    const slot = second % RING_SECONDS;
    const held = this.#seconds[slot]!;
    if (held > second) return;
    if (held < second) {
      this.#seconds[slot] = second;
      this.#sums[slot] = 0;
    }
    this.#sums[slot]! += amount;
  }

  /** The 60 whole seconds before `second`, oldest first; the running one is left out because it is not over. */
  before(second: number): number[] {
    return Array.from({ length: RING_SECONDS }, (_, index) => {
      const wanted = second - RING_SECONDS + index;
      // The running second shares its slot with the oldest; that one is gone once the running one was used.
      return this.#seconds[wanted % RING_SECONDS] === wanted ? this.#sums[wanted % RING_SECONDS]! : 0;
    });
  }
}
