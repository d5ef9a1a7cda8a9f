/** What a tenant spent lately, a second: of the last whole window, so that people see a figure that stands still. */
export interface Rates {
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly requestsPerSecond: number;
}

const WINDOW_MS = 10_000;
const NOTHING: Rates = Object.freeze({ recordsPerSecond: 0, bytesPerSecond: 0, requestsPerSecond: 0 });

export class RecentRates {
  #window = 0;
  #records = 0;
  #bytes = 0;
  #requests = 0;
  #last = NOTHING;

  /** @param now monotonic milliseconds */
  add(now: number, records: number, bytes: number, requests: number): void {
    this.#turn(now);
    this.#records += records;
    this.#bytes += bytes;
    this.#requests += requests;
  }

  at(now: number): Rates {
    this.#turn(now);
    return this.#last;
  }

  #turn(now: number): void {
    const window = Math.floor(now / WINDOW_MS);
    if (window <= this.#window) return;
    const rate = (sum: number) => Math.max(0, Math.round((sum * 1_000) / WINDOW_MS));
    this.#last =
      window === this.#window + 1
        ? {
            recordsPerSecond: rate(this.#records),
            bytesPerSecond: rate(this.#bytes),
            requestsPerSecond: rate(this.#requests),
          }
        : NOTHING;
    this.#window = window;
    this.#records = 0;
    this.#bytes = 0;
    this.#requests = 0;
  }
}
