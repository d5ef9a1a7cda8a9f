import { isUtf8, repairUtf8, utf8Bytes, utf8Text } from './utf8.ts';

/** Entries a lookup may pass before it gives up; a sender who crafts collisions gets duplicates, not a slow server. */
const MAX_PROBES = 24;

/**
 * Byte strings to small numbers, kept between blocks: most keys and names of a request were seen in the last one.
 * 0 is the empty string. Ids stay valid until `reset`. Strings that are not UTF-8 are entered repaired; `repaired`
 * tells. The same string may get a second id when its hash chain is full, so ids are equal only if strings are, not
 * the other way round.
 */
export class Interner {
  arena = new Uint8Array(1 << 16);
  starts = new Uint32Array(1 << 10);
  ends = new Uint32Array(1 << 10);
  count = 0;
  #hashes = new Int32Array(1 << 10);
  #alias = new Int32Array(1 << 10);
  #slots = new Int32Array(1 << 12);
  #used = 0;
  readonly #fixed: readonly string[];
  #seed: number;

  /** `fixed` strings get the ids 1, 2, … and keep them through `reset`. */
  constructor(fixed: readonly string[] = [], seed = 0x2f0b4a1d) {
    this.#fixed = fixed;
    this.#seed = seed;
    this.reset();
  }

  /** Bytes of text held; callers reset between blocks when it grows too large. */
  get size(): number {
    return this.#used;
  }

  reset(): void {
    this.count = 0;
    this.#used = 0;
    if (this.arena.length > 1 << 20) this.arena = new Uint8Array(1 << 16);
    if (this.#slots.length > 1 << 18) {
      this.starts = new Uint32Array(1 << 10);
      this.ends = new Uint32Array(1 << 10);
      this.#hashes = new Int32Array(1 << 10);
      this.#alias = new Int32Array(1 << 10);
      this.#slots = new Int32Array(1 << 12);
    } else this.#slots.fill(0);
    this.internText('');
    for (const text of this.#fixed) this.internText(text);
  }

  /** Whether `id` is this very range: the cheap question before a lookup. */
  matches(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const at = this.starts[id]!;
    const length = end - start;
    if (this.ends[id]! - at !== length) return false;
    const arena = this.arena;
    for (let i = 0; i < length; i++) if (arena[at + i] !== bytes[start + i]) return false;
    return true;
  }

  intern(bytes: Uint8Array, start: number, end: number): number {
    let hash = this.#seed ^ (end - start);
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
    hash ^= hash >>> 13;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const entry = slots[slot]!;
      if (entry === 0) return this.#add(bytes, start, end, hash, slot);
      if (this.#hashes[entry - 1] === hash && this.matches(entry - 1, bytes, start, end)) return entry - 1;
      slot = (slot + 1) & mask;
    }
    return this.#add(bytes, start, end, hash, -1);
  }

  internText(text: string): number {
    const bytes = utf8Bytes(text);
    return this.intern(bytes, 0, bytes.length);
  }

  /** The id of the well-formed text that stands for `id`; `id` itself when it was well-formed. */
  wellFormed(id: number): number {
    return this.#alias[id]!;
  }

  text(id: number): string {
    return utf8Text(this.arena, this.starts[id], this.ends[id]);
  }

  #add(bytes: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const id = this.count++;
    const length = end - start;
    if (this.#used + length > this.arena.length) {
      const larger = new Uint8Array(Math.max(this.arena.length * 2, this.#used + length));
      larger.set(this.arena.subarray(0, this.#used));
      this.arena = larger;
    }
    if (id >= this.starts.length) this.#growEntries();
    this.arena.set(bytes.subarray(start, end), this.#used);
    this.starts[id] = this.#used;
    this.#used += length;
    this.ends[id] = this.#used;
    this.#hashes[id] = hash;
    this.#alias[id] = id;
    if (slot >= 0) {
      this.#slots[slot] = id + 1;
      if (this.count * 4 > this.#slots.length * 2) this.#growSlots();
    }
    if (!isUtf8(bytes, start, end)) {
      const repaired = repairUtf8(bytes, start, end);
      this.#alias[id] = this.intern(repaired, 0, repaired.length);
    }
    return id;
  }

  #growEntries(): void {
    const size = this.starts.length * 2;
    const grow = <A extends Uint32Array | Int32Array>(old: A, larger: A): A => {
      larger.set(old);
      return larger;
    };
    this.starts = grow(this.starts, new Uint32Array(size));
    this.ends = grow(this.ends, new Uint32Array(size));
    this.#hashes = grow(this.#hashes, new Int32Array(size));
    this.#alias = grow(this.#alias, new Int32Array(size));
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (const entry of this.#slots) {
      if (entry === 0) continue;
      let slot = this.#hashes[entry - 1]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry;
    }
    this.#slots = slots;
  }
}
