import { setTimeout as pause } from 'node:timers/promises';

/** Tokens of one source that are verified at once or wait for the time of their refusal. */
const MOST_OF_ONE = 64;
/** Tokens of all that are verified at once: at 0.3 ms each on threads that also write the journal. */
const MOST_AT_ONCE = 256;
const MOST_WAITING = 1_000;

/**
 * Tokens that are not known yet, few at once, by source. A refusal is answered at a multiple of `everyMs` after its token
 * came: how long it took to find out would tell whose issuers are known. Whoever is let in does not wait. So a source has as
 * many wrong tokens looked at in a second as it may have at once.
 */
export class TokenQueue {
  readonly #everyMs: number;
  readonly #running = new Map<string, number>();
  #atOnce = 0;
  #waiting = 0;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** Undefined when there is no room. */
  run<V, A extends { readonly ok: boolean }>(
    source: string,
    work: () => Promise<V>,
    answerOf: (found: V) => A,
  ): Promise<A> | undefined {
    const running = this.#running.get(source) ?? 0;
    if (running >= MOST_OF_ONE || this.#atOnce >= MOST_AT_ONCE || this.#waiting >= MOST_WAITING) return undefined;
    this.#running.set(source, running + 1);
    this.#atOnce++;
    return this.#run(source, work, answerOf);
  }

  async #run<V, A extends { readonly ok: boolean }>(
    source: string,
    work: () => Promise<V>,
    answerOf: (found: V) => A,
  ): Promise<A> {
    const began = performance.now();
    try {
      const answer = await this.#found(work, answerOf);
      if (answer.ok) return answer;
      this.#waiting++;
      const took = performance.now() - began;
      await pause(this.#everyMs - (took % this.#everyMs), undefined, { ref: false });
      this.#waiting--;
      return answer;
    } finally {
      const left = (this.#running.get(source) ?? 1) - 1;
      if (left === 0) this.#running.delete(source);
      else this.#running.set(source, left);
    }
  }

  async #found<V, A>(work: () => Promise<V>, answerOf: (found: V) => A): Promise<A> {
    try {
      return answerOf(await work());
    } finally {
      this.#atOnce--;
    }
  }
}
