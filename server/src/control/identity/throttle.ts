/**
 * How long a login has to wait. Failures are counted for the pair of address and remote (a person's own mistakes,
 * or one attacker), for the address (a crowd trying one person) and for the remote (one host trying a crowd). The
 * address alone is never locked for long, so that strangers cannot keep a person out.
 */
export interface Tally {
  readonly failures: number;
  /** Unix milliseconds of the last failure. */
  readonly last: number;
}

interface Rule {
  /** Failures that cost nothing. */
  readonly free: number;
  /** Longest wait, milliseconds. */
  readonly most: number;
}

export const RULES = {
  pair: { free: 5, most: 300_000 },
  address: { free: 30, most: 10_000 },
  remote: { free: 50, most: 60_000 },
} as const satisfies Record<string, Rule>;

/** Failures are forgotten after this long without another one. */
const FORGET_MS = 900_000;
const MOST_TALLIES = 20_000;
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/** Milliseconds still to wait: 1 s after the first failure that is not free, doubling with each further one. */
export function decideWait(tally: Tally | undefined, rule: Rule, now: number): number {
  if (!tally || tally.failures < rule.free || now - tally.last >= FORGET_MS) return 0;
  const wait = Math.min(rule.most, 1_000 * 2 ** Math.min(30, tally.failures - rule.free));
  return Math.max(0, tally.last + wait - now);
}

export class LoginThrottle {
  readonly #tallies = new Map<string, Tally>();

  /** Milliseconds until this attempt may be made; 0: now. */
  wait(email: string, remote: string, now: number): number {
    return Math.max(...this.#keys(email, remote).map(([key, rule]) => decideWait(this.#tallies.get(key), rule, now)));
  }

  /**
   * Counted before the password is checked and taken back when it was right, so that attempts made at the same
   * moment cannot slip through together.
   */
  attempt(email: string, remote: string, now: number): void {
    for (const [key] of this.#keys(email, remote)) {
      const before = this.#tallies.get(key);
      const failures = before && now - before.last < FORGET_MS ? before.failures : 0;
      // Inserted anew, so that the map is in order of the last failure.
      this.#tallies.delete(key);
      this.#tallies.set(key, { failures: failures + 1, last: now });
    }
    for (const key of this.#tallies.keys()) {
      if (this.#tallies.size <= MOST_TALLIES) break;
      this.#tallies.delete(key);
    }
  }

  succeeded(email: string, remote: string): void {
    for (const [key, , own] of this.#keys(email, remote)) {
      const tally = this.#tallies.get(key);
      if (!tally) continue;
      // Only the pair is forgiven: a right password elsewhere does not clear a remote of guessing at others.
      if (own || tally.failures <= 1) this.#tallies.delete(key);
      else this.#tallies.set(key, { ...tally, failures: tally.failures - 1 });
    }
  }

  #keys(email: string, remote: string): ReadonlyArray<readonly [string, Rule, boolean]> {
    const own = [
      [`pair ${email} ${remote}`, RULES.pair, true],
      [`address ${email}`, RULES.address, false],
    ] as const;
    // Behind a proxy that is not declared everybody comes from loopback; one attacker must not slow them all.
    return LOOPBACK.test(remote) ? own : [...own, [`remote ${remote}`, RULES.remote, false]];
  }
}
