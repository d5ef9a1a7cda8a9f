import { isUtf8, repairUtf8, utf8Bytes, utf8Text } from './utf8.ts';

/** The same memory as bytes and as a view. */
export interface Bytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Entries a lookup may pass before it gives up; a sender who crafts collisions gets duplicates, not a slow server. */
const MAX_PROBES = 24;

/**
 * Byte strings to small numbers, kept between blocks: most keys and names of a request were seen in the last one.
 * 0 is the empty string. Ids stay valid until `reset`. Strings that are not UTF-8 are entered repaired; `repaired`
 * tells. The same string may get a second id when its hash chain is full, so ids are equal only if strings are, not
 * the other way round.
 */
export class Interner {
  arena: Uint8Array = new Uint8Array(1 << 16);
  arenaView: DataView = new DataView(this.arena.buffer);
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
    if (this.arena.length > 1 << 20) this.#replaceArena(new Uint8Array(1 << 16));
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
  matches(id: number, source: DataView, start: number, end: number): boolean {
    const at = this.starts[id]!;
    const length = end - start;
    if (this.ends[id]! - at !== length) return false;
    const arena = this.arenaView;
    if (length < 4) {
      for (let i = 0; i < length; i++) if (arena.getUint8(at + i) !== source.getUint8(start + i)) return false;
      return true;
    }
    // The last word overlaps the one before it, so that no single bytes are left over.
    const last = length - 4;
    for (let i = 0; i < last; i += 4)
      if (arena.getInt32(at + i, true) !== source.getInt32(start + i, true)) return false;
    return arena.getInt32(at + last, true) === source.getInt32(start + last, true);
  }

  intern(source: Bytes, start: number, end: number): number {
    const { view } = source;
    let hash = this.#seed ^ (end - start);
    let i = start;
    for (; i + 4 <= end; i += 4) {
      hash = Math.imul(hash ^ view.getInt32(i, true), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    for (; i < end; i++) hash = Math.imul(hash ^ view.getUint8(i), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash ^= hash >>> 13;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const entry = slots[slot]!;
      if (entry === 0) return this.#add(source.bytes, start, end, hash, slot);
      if (this.#hashes[entry - 1] === hash && this.matches(entry - 1, view, start, end)) return entry - 1;
      slot = (slot + 1) & mask;
    }
    return this.#add(source.bytes, start, end, hash, -1);
  }

  internText(text: string): number {
    return this.#internBytes(utf8Bytes(text));
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
      this.#replaceArena(larger);
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
      this.#alias[id] = this.#internBytes(repaired);
    }
    return id;
  }

  #internBytes(bytes: Uint8Array): number {
    return this.intern({ bytes, view: new DataView(bytes.buffer, bytes.byteOffset) }, 0, bytes.length);
  }

  #replaceArena(arena: Uint8Array): void {
    this.arena = arena;
    this.arenaView = new DataView(arena.buffer);
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
