/** A token that was verified: by which settings, and until when that holds. */
export interface Verified {
  readonly issuer: string;
  readonly revision: number;
  /** Unix milliseconds. */
  readonly until: number;
}

const MOST = 50_000;
const MOST_OF_ONE = 2_000;

/**
 * Tokens that need no second look for a while, by a hash of their text: the tokens themselves are kept nowhere. Bounded for
 * each issuer, so that one that gives every request its own token takes no place of the others'.
 */
export class VerifiedTokens {
  readonly #entries = new Map<string, Verified>();
  /** In the order in which they came. */
  readonly #byIssuer = new Map<string, Set<string>>();

  get size(): number {
    return this.#entries.size;
  }

  get(hash: string, now: number): Verified | undefined {
    const found = this.#entries.get(hash);
    if (found === undefined || now < found.until) return found;
    this.delete(hash);
    return undefined;
  }

  put(hash: string, verified: Verified): void {
    this.delete(hash);
    let own = this.#byIssuer.get(verified.issuer);
    if (!own) {
      own = new Set();
      this.#byIssuer.set(verified.issuer, own);
    }
    if (own.size >= MOST_OF_ONE) this.#deleteOldest(own);
    if (this.#entries.size >= MOST) {
      const fullest = [...this.#byIssuer.values()].reduce((most, one) => (one.size > most.size ? one : most));
      this.#deleteOldest(fullest);
    }
    // It may have been the last one of the same issuer that made room.
    this.#byIssuer.set(verified.issuer, own);
    own.add(hash);
    this.#entries.set(hash, verified);
  }

  delete(hash: string): void {
    const found = this.#entries.get(hash);
    if (!found) return;
    this.#entries.delete(hash);
    const own = this.#byIssuer.get(found.issuer);
    own?.delete(hash);
    if (own?.size === 0) this.#byIssuer.delete(found.issuer);
  }

  #deleteOldest(own: ReadonlySet<string>): void {
    const [oldest] = own;
    if (oldest !== undefined) this.delete(oldest);
  }
}
