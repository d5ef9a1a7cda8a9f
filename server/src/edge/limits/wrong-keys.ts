import { type Clock, sourceOf } from '#base';

/** Wrong ingest keys that came from one source and were answered 429, for the operator. */
export interface WrongKeys {
  /** Since the source began; ten minutes without one end it. */
  readonly count: number;
  /** Address of the last. */
  readonly remote: string;
  /** Unix milliseconds of the last. */
  readonly at: number;
}

interface Source {
  /** Wrong keys that may still come; refilled with time. */
  left: number;
  /** Monotonic milliseconds of the last refill. */
  refilledAt: number;
  count: number;
  /** Has had more than it may, so the operator is to know of it. */
  told: boolean;
  remote: string;
  /** Unix milliseconds of the last wrong key. */
  at: number;
}

const MINUTE_MS = 60_000;
const REMEMBERED_MS = 10 * MINUTE_MS;
/** Beyond it the source that was silent longest is forgotten: memory is bounded however many addresses guess. */
const MOST_SOURCES = 10_000;
/** Sources that the operator's notices name. */
const MOST_TOLD = 20;

/**
 * How many wrong ingest keys a source may send. Only what is wrong is counted: who has the right key never comes here, so
 * that a guesser behind the same address holds nobody up.
 */
export class WrongKeyLimit {
  readonly #perMinute: number;
  readonly #clock: Clock;
  /** In order of the last wrong key. */
  readonly #sources = new Map<string, Source>();

  constructor(perMinute: number, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** Counts a wrong key. `wait`: seconds until the next may come; 0 while there are still some. */
  take(remote: string): { readonly source: string; readonly count: number; readonly wait: number } {
    const name = sourceOf(remote);
    const now = this.#clock.monotonic();
    const at = this.#clock.now();
    const perMs = this.#perMinute / MINUTE_MS;
    let source = this.#sources.get(name);
    if (source && at - source.at < REMEMBERED_MS) {
      source.left = Math.min(this.#perMinute, source.left + Math.max(0, now - source.refilledAt) * perMs);
      source.refilledAt = now;
      // Inserted anew below, so that the map stays in order.
      this.#sources.delete(name);
    } else {
      this.#sources.delete(name);
      source = { left: this.#perMinute, refilledAt: now, count: 0, told: false, remote, at };
      const [oldest] = this.#sources.keys();
      if (oldest !== undefined && this.#sources.size >= MOST_SOURCES) this.#sources.delete(oldest);
    }
    this.#sources.set(name, source);
    source.count++;
    source.remote = remote;
    source.at = at;
    if (source.left >= 1) {
      source.left--;
      return { source: name, count: source.count, wait: 0 };
    }
    source.told = true;
    return { source: name, count: source.count, wait: Math.max(1, Math.ceil((1 - source.left) / perMs / 1_000)) };
  }

  /** Sources that sent more than they may in the last ten minutes, those with most first. */
  recent(): WrongKeys[] {
    const since = this.#clock.now() - REMEMBERED_MS;
    return [...this.#sources.values()]
      .filter(({ told, at }) => told && at > since)
      .sort((a, b) => b.count - a.count)
      .slice(0, MOST_TOLD)
      .map(({ count, remote, at }) => ({ count, remote, at }));
  }
}
