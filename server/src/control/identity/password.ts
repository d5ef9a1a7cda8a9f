import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { FairTurns, type TurnOptions } from './fair-turns.ts';
import type { RandomBytes } from './secret.ts';

/**
 * Passwords are kept as `scrypt$log2N$r$p$salt$key` (salt and key in base64url), so that each hash says how it was
 * made and stronger parameters can be brought in at the next login.
 */
const R = 8;
const P = 3;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/**
 * Two at a time: threads are needed for syncs and inflation as well; one of a source, so that a flood leaves the other to
 * everybody else. A check takes some 0.2 s: 8 waiting of one source wait less than 2 s, 64 of all less than 7 s; what is
 * more is refused at once rather than made to wait. A known device waits for one check, whoever else waits.
 */
const TURNS = { running: 2, runningOfOne: 1, waitingOfOne: 8, waiting: 64 };

/** With whom a known person takes turns: with nobody else, so that others behind the same address do not hold them up. */
export const laneOf = (email: string): string => `person ${email}`;

interface Parsed {
  readonly cost: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

function parse(stored: string): Parsed | undefined {
  const match = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]+)\$([\w-]+)$/.exec(stored);
  if (!match) return undefined;
  const [, cost, r, p, salt, key] = match;
  return {
    cost: Number(cost),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt!, 'base64url'),
    key: Buffer.from(key!, 'base64url'),
  };
}

export interface Passwords {
  /** `source`: with whom it takes turns. Throws `control.busy`, or the signal's reason. */
  hash(password: string, source: string, turn?: TurnOptions): Promise<string>;
  /**
   * Takes the same work whether or not there is a hash to check against. `renew` when the hash was made with other
   * parameters than today's. Throws `control.busy` when too many checks are waiting, or the signal's reason when the
   * check had not begun before nobody waited for it.
   */
  check(
    password: string,
    stored: string | undefined,
    source: string,
    turn?: TurnOptions,
  ): Promise<{ readonly right: boolean; readonly renew: boolean }>;
}

export function openPasswords(cost: number, random: RandomBytes): Passwords {
  const turns = new FairTurns(TURNS);
  const derive = (
    password: string,
    salt: Uint8Array,
    options: ScryptOptions,
    source: string,
    turn?: TurnOptions,
  ): Promise<Buffer> =>
    turns.run(
      source,
      () =>
        new Promise<Buffer>((resolve, reject) => {
          // Unicode has several spellings of one text; the keyboard decides which is sent.
          scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) =>
            error ? reject(error) : resolve(key),
          );
        }),
      turn,
    );
  const optionsFor = (log2: number, r: number, p: number): ScryptOptions => ({
    N: 2 ** log2,
    r,
    p,
    // scrypt needs 128·N·r bytes and a little more.
    maxmem: 128 * 2 ** log2 * r + 1_048_576,
  });

  const dummy: Parsed = {
    cost,
    r: R,
    p: P,
    salt: Buffer.from(random(SALT_BYTES)),
    key: Buffer.from(random(KEY_BYTES)),
  };
  return {
    async hash(password, source, turn) {
      const salt = Buffer.from(random(SALT_BYTES));
      const key = await derive(password, salt, optionsFor(cost, R, P), source, turn);
      return `scrypt$${cost}$${R}$${P}$${salt.toString('base64url')}$${key.toString('base64url')}`;
    },
    async check(password, stored, source, turn) {
      const known = stored === undefined ? undefined : parse(stored);
      const { salt, key, cost: log2, r, p } = known ?? dummy;
      const derived = await derive(password, salt, optionsFor(log2, r, p), source, turn);
      const equal = derived.length === key.length && timingSafeEqual(derived, key);
      return { right: equal && known !== undefined, renew: log2 !== cost || r !== R || p !== P };
    },
  };
}
