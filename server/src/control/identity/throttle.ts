import { sourceOf } from '#base';

/**
 * How long a login has to wait. Failures are counted for the pair of account and source (a person's own mistakes, or one
 * attacker), for the account (a crowd trying one person) and for the source (one host trying a crowd). Only what was
 * really tried counts: an attempt that was refused before its password was checked leaves no trace. The account alone is
 * never locked for long, so that strangers cannot keep a person out. Attempts of a device that the person signed in on
 * before are counted for that device alone (`device.ts`): nobody else's failures hold them up, and they hold up nobody.
 */
export interface Tally {
  /** Passwords that were checked and wrong. */
  readonly failures: number;
  /** Attempts whose check is not over; counted as failures until it is, so that many at once cannot slip through. */
  readonly pending: number;
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
  account: { free: 30, most: 10_000 },
  source: { free: 50, most: 60_000 },
  device: { free: 10, most: 300_000 },
} as const satisfies Record<string, Rule>;

/** Failures are forgotten after this long without another one. */
const FORGET_MS = 900_000;
const MOST_TALLIES = 20_000;

/** Milliseconds still to wait: 1 s after the first failure that is not free, doubling with each further one. */
export function decideWait(tally: Tally | undefined, rule: Rule, now: number): number {
  if (!tally) return 0;
  const remembered = now - tally.last >= FORGET_MS ? 0 : tally.failures;
  const failures = remembered + tally.pending;
  if (failures < rule.free) return 0;
  const wait = Math.min(rule.most, 1_000 * 2 ** Math.min(30, failures - rule.free));
  return Math.max(0, (tally.pending > 0 ? now : tally.last) + wait - now);
}

export interface Wait {
  readonly ms: number;
  readonly because: keyof typeof RULES;
}

/** `untried`: the password was not checked. */
export type Outcome = 'right' | 'wrong' | 'untried';

export class LoginThrottle {
  readonly #tallies = new Map<string, Tally>();

  /** Until when this attempt has to wait, and for what; undefined: it may be made now. */
  wait(account: string, remote: string, now: number, device?: string): Wait | undefined {
    let longest: Wait | undefined;
    for (const [because, key] of keysOf(account, remote, device)) {
      const ms = decideWait(this.#tallies.get(key), RULES[because], now);
      if (ms > (longest?.ms ?? 0)) longest = { ms, because };
    }
    return longest;
  }

  /** Before the password is checked. What is returned must be called once with what came of it, and when. */
  attempt(account: string, remote: string, device?: string): (outcome: Outcome, now: number) => void {
    const keys = keysOf(account, remote, device);
    for (const [, key] of keys) {
      const { failures, pending, last } = this.#tallies.get(key) ?? { failures: 0, pending: 0, last: 0 };
      this.#tallies.set(key, { failures, pending: pending + 1, last });
    }
    return (outcome, now) => {
      for (const [rule, key] of keys) this.#settle(key, outcome, rule === 'pair' || rule === 'device', now);
      this.#forgetOldest();
    };
  }

  #settle(key: string, outcome: Outcome, forgiven: boolean, now: number): void {
    const before = this.#tallies.get(key);
    if (!before) return;
    const pending = Math.max(0, before.pending - 1);
    const remembered = now - before.last >= FORGET_MS ? 0 : before.failures;
    // Inserted anew when it grows, so that the map is in order of the last failure.
    if (outcome === 'wrong') {
      this.#tallies.delete(key);
      this.#tallies.set(key, { failures: remembered + 1, pending, last: now });
      return;
    }
    // Only the pair and the device are forgiven: a right password does not clear a source of guessing at others.
    const failures = outcome === 'right' && forgiven ? 0 : remembered;
    if (failures === 0 && pending === 0) this.#tallies.delete(key);
    else this.#tallies.set(key, { failures, pending, last: before.last });
  }

  #forgetOldest(): void {
    for (const key of this.#tallies.keys()) {
      if (this.#tallies.size <= MOST_TALLIES) break;
      this.#tallies.delete(key);
    }
  }
}

function keysOf(
  account: string,
  remote: string,
  device: string | undefined,
): ReadonlyArray<readonly [keyof typeof RULES, string]> {
  if (device !== undefined) return [['device', `device ${account} ${device}`]];
  const source = sourceOf(remote);
  return [
    ['pair', `pair ${account} ${source}`],
    ['account', `account ${account}`],
    ['source', `source ${source}`],
  ];
}
