import type { Nanos } from '@hanok/contract';

/** Time is passed in, so that decisions can be tested without sleeping. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Unix nanoseconds; at least millisecond exact, never runs backwards within a process. */
  nanos(): Nanos;
  /** Milliseconds from an arbitrary origin, monotonic. */
  monotonic(): number;
}

let last = 0n;

export const systemClock: Clock = {
  now: () => Date.now(),
  nanos() {
    const micros = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1_000));
    last = micros * 1_000n > last ? micros * 1_000n : last + 1n;
    return last;
  },
  monotonic: () => performance.now(),
};
