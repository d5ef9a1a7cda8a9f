import type { Cell } from '../rows.ts';
import { numberOf } from '../rows.ts';

/** Buckets of the roll-up `operations`: how many durations are in [2^(i/8), 2^((i+1)/8)) nanoseconds, by i. */
export class DurationBuckets {
  readonly #counts = new Map<number, number>();
  #total = 0;

  /** Adds a `Map(UInt16, UInt64)` as JSON gives it. */
  add(cell: Cell): void {
    if (cell === null || typeof cell !== 'object' || Array.isArray(cell)) return;
    for (const [bucket, count] of Object.entries(cell)) {
      const n = numberOf(count);
      this.#counts.set(Number(bucket), (this.#counts.get(Number(bucket)) ?? 0) + n);
      this.#total += n;
    }
  }

  /** Nanoseconds, from the geometric middle of the bucket: off by at most 4.4 %. 0 when nothing was counted. */
  quantile(q: number): number {
    if (this.#total === 0) return 0;
    const rank = q * (this.#total - 1);
    let seen = 0;
    let last = 0;
    for (const [bucket, count] of [...this.#counts].sort(([a], [b]) => a - b)) {
      seen += count;
      last = bucket;
      if (seen > rank) break;
    }
    return Math.round(2 ** ((last + 0.5) / 8));
  }
}
