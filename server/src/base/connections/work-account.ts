/**
 * What a source costs the main thread with things that bring nothing, in microseconds, by estimate. It refills with time;
 * spent, the source is flooding. A second's worth may come at once: a burst of cancelled calls is normal, a stream is not.
 */
export class WorkAccount {
  readonly #perMs: number;
  readonly #most: number;
  #left: number;
  #at: number;

  /** @param msPerSecond milliseconds of work per second; @param now monotonic milliseconds */
  constructor(msPerSecond: number, now: number) {
    this.#perMs = msPerSecond;
    this.#most = msPerSecond * 1_000;
    this.#left = this.#most;
    this.#at = now;
  }

  /** False: more than there was. Negative amounts give back. */
  spend(micros: number, now: number): boolean {
    this.#left = Math.min(this.#most, this.#left + Math.max(0, now - this.#at) * this.#perMs - micros);
    this.#at = now;
    return this.#left >= 0;
  }

  /** As of the last spending. */
  get isHalfFull(): boolean {
    return this.#left >= this.#most / 2;
  }

  isFull(now: number): boolean {
    return this.#left + (now - this.#at) * this.#perMs >= this.#most;
  }
}
