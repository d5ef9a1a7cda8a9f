import { addExponential, Buckets, coarser } from './buckets.ts';
import type { Aggregate } from './samples.ts';

export const QUANTILES: Readonly<Partial<Record<Aggregate, number>>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };

/** What was counted: one point, or the difference of two. */
export interface Counted {
  readonly count: number;
  readonly sum: number;
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: ReadonlyMap<number, number>;
  readonly negative: ReadonlyMap<number, number>;
  /** Infinite when not sent, or not known of a difference. */
  readonly min: number;
  readonly max: number;
  /** No measurement is below or above these; infinite when a point with measurements did not say it. */
  readonly least: number;
  readonly most: number;
  /** For a summary: values at the quantiles in `bounds`. */
  readonly values: readonly number[];
  /** What exponential buckets' bounds are multiplied with; everything else is in the form's unit already. */
  readonly factor: number;
}

/** What was counted in a stretch of time by all series of a group. */
export class Tally {
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  /** The extremes of everything that was added: unlike `min` and `max` not known as soon as one does not know it. */
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;
  readonly buckets = new Buckets();
  /** For summaries: sum and number of the values at each quantile. */
  readonly quantiles = new Map<number, { readonly sum: number; readonly count: number }>();

  add(one: Counted): void {
    this.count += one.count;
    this.sum += one.sum;
    this.min = Math.min(this.min, one.min);
    this.max = Math.max(this.max, one.max);
    this.#least = Math.min(this.#least, one.least);
    this.#most = Math.max(this.#most, one.most);
    this.buckets.addExplicit(one.bounds, one.counts);
    addExponential(this.buckets, one.scale, one.positive, false, one.factor);
    addExponential(this.buckets, one.scale, one.negative, true, one.factor);
    this.buckets.add(-one.zeroThreshold, one.zeroThreshold, one.zeroCount);
  }

  /** A summary's quantiles stand for themselves: nothing can be subtracted from them. */
  addQuantiles({ values, bounds }: Counted): void {
    values.forEach((value, i) => {
      const q = bounds[i];
      if (q === undefined || !Number.isFinite(value)) return;
      const known = this.quantiles.get(q) ?? { sum: 0, count: 0 };
      this.quantiles.set(q, { sum: known.sum + value, count: known.count + 1 });
    });
  }

  addAll(other: Tally): void {
    this.count += other.count;
    this.sum += other.sum;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    this.#least = Math.min(this.#least, other.#least);
    this.#most = Math.max(this.#most, other.#most);
    this.buckets.addAll(other.buckets);
    // The later step's quantiles take the place of the earlier's.
    for (const [q, values] of other.quantiles) this.quantiles.set(q, values);
  }

  takeBack(other: Tally): void {
    this.count -= other.count;
    this.sum -= other.sum;
    this.buckets.addAll(other.buckets, -1);
  }

  value(aggregate: Aggregate): number | null {
    switch (aggregate) {
      case 'avg':
        return this.count > 0 ? this.sum / this.count : null;
      case 'min':
        return Number.isFinite(this.min) ? this.min : this.buckets.extremes.min;
      case 'max':
        return Number.isFinite(this.max) ? this.max : this.buckets.extremes.max;
      default:
        return this.#quantile(QUANTILES[aggregate] ?? 0.5);
    }
  }

  /** Quantiles of several summaries cannot be joined; their mean at the nearest quantile sent is shown. */
  #quantile(q: number): number | null {
    if (this.quantiles.size === 0) return this.buckets.quantile(q, this.#least, this.#most);
    const nearest = [...this.quantiles.keys()].reduce((a, b) => (Math.abs(b - q) < Math.abs(a - q) ? b : a));
    const { sum, count } = this.quantiles.get(nearest)!;
    return sum / count;
  }
}

/** What `now` has counted more than `before` of the same process. */
export function difference(now: Counted, before: Counted): Counted {
  const sameBounds =
    now.bounds.length === before.bounds.length && now.bounds.every((bound, i) => bound === before.bounds[i]);
  const steps = before.scale - now.scale;
  const align = (buckets: ReadonlyMap<number, number>) => (steps > 0 ? coarser(buckets, steps) : buckets);
  return {
    ...now,
    count: now.count - before.count,
    sum: now.sum - before.sum,
    // Other bounds mean another instrument: nothing can be subtracted.
    counts: sameBounds ? now.counts.map((count, i) => Math.max(0, count - (before.counts[i] ?? 0))) : now.counts,
    zeroCount: Math.max(0, now.zeroCount - before.zeroCount),
    positive: steps < 0 ? now.positive : minus(now.positive, align(before.positive)),
    negative: steps < 0 ? now.negative : minus(now.negative, align(before.negative)),
  };
}

function minus(now: ReadonlyMap<number, number>, before: ReadonlyMap<number, number>): Map<number, number> {
  return new Map([...now].map(([index, count]) => [index, Math.max(0, count - (before.get(index) ?? 0))]));
}
