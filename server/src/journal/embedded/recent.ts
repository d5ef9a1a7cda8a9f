import type { Entry, Sequence } from '#base';
import type { Segment } from './ledger.ts';

/** An entry with the place right behind it. */
export interface Placed {
  readonly entry: Entry;
  readonly segment: Segment;
  readonly endOffset: number;
  /** Records of `segment` up to and with this entry. */
  readonly recordsThrough: number;
}

/**
 * The newest entries, as they were appended, for consumers that keep up. Holds every durable entry from `from` on, so
 * a consumer at or past `from` needs no disk. The batches' bytes are referred to, not copied.
 */
export class Recent {
  #limit: number;
  #kept: (Placed | undefined)[] = [];
  /** Kept entries begin here; before it are holes, cut off in bulk. */
  #head = 0;
  #bytes = 0;
  /** Every durable entry with at least this sequence is kept. */
  #from: Sequence;

  constructor(limitBytes: number, next: Sequence) {
    this.#limit = limitBytes;
    this.#from = next;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get from(): Sequence {
    return this.#from;
  }

  add(placed: Placed): void {
    this.#kept.push(placed);
    this.#bytes += placed.entry.size;
    this.#fit();
  }

  /** From now on at most so many bytes are kept. */
  limit(bytes: number): void {
    this.#limit = bytes;
    this.#fit();
  }

  /** Forgets what every consumer has taken. */
  release(through: Sequence): void {
    while (this.#head < this.#kept.length && this.#kept[this.#head]!.entry.sequence <= through) this.#dropFirst();
  }

  /** Index of the first entry with at least this sequence, for `at`; ask only when `sequence >= from`. */
  indexOf(sequence: Sequence): number {
    let low = this.#head;
    let high = this.#kept.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#kept[middle]!.entry.sequence < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Entries with at least this sequence; ask only when `sequence >= from`. */
  since(sequence: Sequence): Entry[] {
    return this.#kept.slice(this.indexOf(sequence)).flatMap((placed) => (placed ? [placed.entry] : []));
  }

  at(index: number): Placed | undefined {
    return this.#kept[index];
  }

  #fit(): void {
    while (this.#bytes > this.#limit && this.#head < this.#kept.length) this.#dropFirst();
  }

  #dropFirst(): void {
    const { entry } = this.#kept[this.#head]!;
    this.#kept[this.#head] = undefined;
    this.#bytes -= entry.size;
    this.#from = entry.sequence + 1n;
    this.#head++;
    if (this.#head === this.#kept.length) {
      this.#kept = [];
      this.#head = 0;
    } else if (this.#head >= 256 && this.#head * 2 >= this.#kept.length) {
      this.#kept = this.#kept.slice(this.#head);
      this.#head = 0;
    }
  }
}
