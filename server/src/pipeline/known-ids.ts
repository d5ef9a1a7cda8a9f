const FIRST_SLOTS = 1 << 9;

/**
 * A set of four 32-bit numbers, the third never 0. Senders choose what is hashed into ids, so `salt` should be something
 * they cannot know: then they cannot choose ids that fall into one place.
 */
export class IdSet {
  count = 0;
  #slots = new Uint32Array(FIRST_SLOTS * 4);
  readonly #salt: number;

  constructor(salt = 0) {
    this.#salt = salt;
  }

  has(a: number, b: number, c: number, d: number): boolean {
    const slots = this.#slots;
    return slots[this.#find(slots, a, b, c, d) + 2] !== 0;
  }

  /** Returns false when it was there. */
  add(a: number, b: number, c: number, d: number): boolean {
    const slots = this.#slots;
    const at = this.#find(slots, a, b, c, d);
    if (slots[at + 2] !== 0) return false;
    slots[at] = a;
    slots[at + 1] = b;
    slots[at + 2] = c;
    slots[at + 3] = d;
    this.count++;
    if (this.count * 8 > slots.length) this.#grow();
    return true;
  }

  clear(): void {
    if (this.count === 0) return;
    this.count = 0;
    if (this.#slots.length > FIRST_SLOTS * 64) this.#slots = new Uint32Array(FIRST_SLOTS * 4);
    else this.#slots.fill(0);
  }

  #find(slots: Uint32Array, a: number, b: number, c: number, d: number): number {
    const mask = slots.length - 1;
    let hash = Math.imul(a ^ this.#salt, 0x9e3779b1) ^ b;
    hash = Math.imul(hash ^ (hash >>> 15) ^ this.#salt, 0x85ebca6b) ^ c;
    hash = Math.imul(hash ^ (hash >>> 13) ^ d, 0xc2b2ae35);
    let at = ((hash ^ (hash >>> 16)) << 2) & mask;
    for (;;) {
      if (slots[at + 2] === 0) return at;
      if (slots[at] === a >>> 0 && slots[at + 1] === b >>> 0 && slots[at + 2] === c && slots[at + 3] === d) return at;
      at = (at + 4) & mask;
    }
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Uint32Array(old.length * 2);
    for (let i = 0; i < old.length; i += 4) {
      if (old[i + 2] === 0) continue;
      const at = this.#find(slots, old[i]!, old[i + 1]!, old[i + 2]!, old[i + 3]!);
      slots.set(old.subarray(i, i + 4), at);
    }
    this.#slots = slots;
  }
}

/** What a known id is of; with the day it makes the third number of an entry. */
export const KIND = { resource: 1, scope: 2, series: 3, field: 4 } as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

/** Entries of one generation; two of them are kept, so memory stays under about 70 MB. */
const GENERATION = 1 << 20;
/** Batches that wait for their confirmation; an older one is forgotten, which only means that rows are sent again. */
const MAX_PENDING = 1_024;

/**
 * Which resources, scopes, series and field values are durable for a day, so that they are not sent again. What a batch
 * adds becomes known when the batch is confirmed, not before: a batch may still be lost, others must not rely on it.
 * Bounded: after `GENERATION` entries the older half is forgotten, and its rows are sent once more. Entries carry the
 * number of a space (a tenant in one epoch of its store, under one set of retentions: `RequestColumns.knownSpace`), so that
 * a tenant who forges the hash of another's resource hides only rows of its own.
 */
export class KnownIds {
  #young: IdSet;
  #old: IdSet;
  readonly #batch: IdSet;
  readonly #salt: number;
  #added = new Uint32Array(4 * 64);
  #addedCount = 0;
  readonly #pending = new Map<number, Uint32Array>();

  /** `salt`: see `IdSet`. */
  constructor(salt = 0) {
    this.#salt = salt;
    this.#young = new IdSet(salt);
    this.#old = new IdSet(salt);
    this.#batch = new IdSet(salt);
  }

  /** Whether the row has to go into this batch: it is neither durable nor in it already. */
  needs(kind: Kind, day: number, space: number, a: number, b: number): boolean {
    const c = day * 8 + kind;
    if (this.#young.has(a, b, c, space)) return false;
    if (this.#old.count > 0 && this.#old.has(a, b, c, space)) {
      this.#remember(a, b, c, space);
      return false;
    }
    return !this.#batch.has(a, b, c, space);
  }

  /** Notes that the row is in this batch. */
  added(kind: Kind, day: number, space: number, a: number, b: number): void {
    const c = day * 8 + kind;
    if (!this.#batch.add(a, b, c, space)) return;
    const at = this.#addedCount++ * 4;
    if (at === this.#added.length) {
      const larger = new Uint32Array(at * 2);
      larger.set(this.#added);
      this.#added = larger;
    }
    this.#added[at] = a;
    this.#added[at + 1] = b;
    this.#added[at + 2] = c;
    this.#added[at + 3] = space;
  }

  /** Ends a batch that was sealed under `token`. */
  seal(token: number): void {
    if (this.#addedCount > 0) {
      this.#pending.set(token, this.#added.slice(0, this.#addedCount * 4));
      if (this.#pending.size > MAX_PENDING) this.#pending.delete(this.#pending.keys().next().value!);
    }
    this.drop();
  }

  /** Ends a batch that came to nothing. */
  drop(): void {
    this.#batch.clear();
    this.#addedCount = 0;
    if (this.#added.length > 4 * 65_536) this.#added = new Uint32Array(4 * 64);
  }

  /** The batch sealed under `token` is durable. Unknown tokens are ignored. */
  confirm(token: number): void {
    const ids = this.#pending.get(token);
    if (!ids) return;
    this.#pending.delete(token);
    for (let i = 0; i < ids.length; i += 4) this.#remember(ids[i]!, ids[i + 1]!, ids[i + 2]!, ids[i + 3]!);
  }

  #remember(a: number, b: number, c: number, d: number): void {
    if (this.#young.count >= GENERATION) {
      this.#old = this.#young;
      this.#young = new IdSet(this.#salt);
    }
    this.#young.add(a, b, c, d);
  }
}
