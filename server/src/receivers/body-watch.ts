import type { Clock, HanokError } from '#base';
import { fail } from './errors.ts';

export interface BodyPace {
  readonly bodyTimeoutMs: number;
  readonly bodyGraceMs: number;
  /** Bytes per second. */
  readonly bodyMinRate: number;
}

/** A body on its way in. */
export interface Arrival {
  add(bytes: number): void;
  end(): void;
}

interface Watched {
  readonly since: number;
  readonly tooSlow: (error: HanokError) => void;
  bytes: number;
}

/**
 * Ends bodies that come too slowly: later than the timeout as a whole, or, after a grace, below the least rate. One timer
 * looks at all of them, because a timer per request would cost more than the check is worth.
 */
export class BodyWatch {
  readonly #pace: BodyPace;
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  readonly #timer: NodeJS.Timeout;

  constructor(pace: BodyPace, clock: Clock) {
    this.#pace = pace;
    this.#clock = clock;
    const every = Math.min(1_000, Math.max(20, Math.min(pace.bodyGraceMs, pace.bodyTimeoutMs) / 4));
    this.#timer = setInterval(() => this.#look(), every).unref();
  }

  begin(tooSlow: (error: HanokError) => void): Arrival {
    const watched: Watched = { since: this.#clock.monotonic(), bytes: 0, tooSlow };
    this.#watched.add(watched);
    return {
      add: (bytes) => {
        watched.bytes += bytes;
      },
      end: () => {
        this.#watched.delete(watched);
      },
    };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = this.#clock.monotonic();
    const { bodyTimeoutMs, bodyGraceMs, bodyMinRate } = this.#pace;
    for (const watched of this.#watched) {
      const age = now - watched.since;
      const tooSlow = age > bodyGraceMs && watched.bytes < (bodyMinRate * age) / 1_000;
      if (!tooSlow && age <= bodyTimeoutMs) continue;
      this.#watched.delete(watched);
      const what = tooSlow ? `slower than ${bodyMinRate} bytes a second` : `longer than ${bodyTimeoutMs / 1_000} s`;
      watched.tooSlow(fail('receivers.slow-body', `the body took ${what}`));
    }
  }
}
