import { StoreException } from '../clickhouse.ts';

type Answer = 'well' | 'unwell';

/** Pings that do not wait for one another: what swallowed the last may let the next one through. */
export class Pings {
  readonly #ping: (signal: AbortSignal) => Promise<void>;
  readonly #life: AbortSignal;
  /** Oldest first. */
  #unanswered: AbortController[] = [];
  #next = Promise.withResolvers<Answer>();

  /** `ping` rejects with StoreException when the engine itself answers that it is unwell; `life` ends all of them. */
  constructor(ping: (signal: AbortSignal) => Promise<void>, life: AbortSignal) {
    this.#ping = ping;
    this.#life = life;
  }

  send(): void {
    const patience = new AbortController();
    this.#unanswered.push(patience);
    this.#ping(AbortSignal.any([this.#life, patience.signal])).then(
      () => this.#answered(patience, 'well'),
      (error: unknown) => {
        if (error instanceof StoreException) this.#answered(patience, 'unwell');
        else this.#unanswered = this.#unanswered.filter((one) => one !== patience);
      },
    );
  }

  /** The next answer that is the engine's own, to whichever ping. */
  next(): Promise<Answer> {
    this.#next = Promise.withResolvers();
    return this.#next.promise;
  }

  /** Those sent before one that is answered are waited for no longer. */
  #answered(patience: AbortController, answer: Answer): void {
    const at = this.#unanswered.indexOf(patience);
    for (const one of this.#unanswered.splice(0, at + 1)) one.abort();
    this.#next.resolve(answer);
  }
}
