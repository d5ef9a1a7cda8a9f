import { setTimeout as sleep } from 'node:timers/promises';

/** A wait counts at most this much beyond what was meant. */
const LATE_MS = 250;

/**
 * Time in which this thread attended to its events. When its own work holds it up for seconds, an answer that came
 * long ago lies in a socket unread, so those seconds say nothing of whoever was asked.
 */
export class Attention {
  #ms = 0;

  /** Milliseconds attended so far. */
  get now(): number {
    return this.#ms;
  }

  /** Waits `ms`, or less when the signal aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    const began = performance.now();
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    this.#ms += Math.min(performance.now() - began, ms + LATE_MS);
  }

  /** What `answer` resolves to, or undefined when it has not within so many milliseconds attended. Must not reject. */
  async within<T extends string>(ms: number, answer: Promise<T>): Promise<T | undefined> {
    const until = this.#ms + ms;
    while (this.#ms < until) {
      const slice = new AbortController();
      const found = await Promise.race([answer, this.wait(Math.min(LATE_MS, until - this.#ms), slice.signal)]);
      slice.abort();
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
