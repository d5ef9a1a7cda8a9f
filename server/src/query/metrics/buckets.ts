/**
 * Counts of values per interval, from explicit bounds and from exponential buckets alike, so that histograms of
 * different shapes add up. Within an interval values are taken as evenly spread.
 */
export class Buckets {
  /** By `lower upper`. */
  readonly #counts = new Map<string, { readonly lower: number; readonly upper: number; count: number }>();
  /** Counts that came with explicit bounds, added up as they came: few shapes, many points. */
  readonly #shapes: Array<{ readonly bounds: readonly number[]; readonly counts: number[] }> = [];
  #total = 0;

  /** A negative count takes back what was added before. */
  add(lower: number, upper: number, count: number): void {
    if (count === 0 || Number.isNaN(count)) return;
    const key = `${lower} ${upper}`;
    const known = this.#counts.get(key);
    if (known) known.count += count;
    else this.#counts.set(key, { lower, upper, count });
    this.#total += count;
  }

  /** `counts[i]` values in (bounds[i-1], bounds[i]]; the outer ones are open. */
  addExplicit(bounds: readonly number[], counts: readonly number[], times = 1): void {
    if (counts.length === 0) return;
    let shape = this.#shapes.find((one) => isSame(one.bounds, bounds));
    if (!shape) this.#shapes.push((shape = { bounds, counts: [] }));
    for (let i = 0; i < counts.length; i++) {
      const count = counts[i]! * times;
      shape.counts[i] = (shape.counts[i] ?? 0) + count;
      this.#total += count;
    }
  }

  get total(): number {
    return this.#total;
  }

  /** Adds all of another's counts, `times` times (−1 takes them back). */
  addAll(other: Buckets, times = 1): void {
    for (const { lower, upper, count } of other.#counts.values()) this.add(lower, upper, count * times);
    for (const { bounds, counts } of other.#shapes) this.addExplicit(bounds, counts, times);
  }

  /** Smallest and largest value there can have been; null when nothing was counted or the end is open. */
  get extremes(): { readonly min: number | null; readonly max: number | null } {
    const all = this.#intervals();
    const min = all.reduce((least, one) => Math.min(least, one.lower), Number.POSITIVE_INFINITY);
    const max = all.reduce((most, one) => Math.max(most, one.upper), Number.NEGATIVE_INFINITY);
    return { min: Number.isFinite(min) ? min : null, max: Number.isFinite(max) ? max : null };
  }

  /**
   * The value below which a share of `q` lies; null when nothing was counted. No value is below `least` nor above
   * `most`: they close the open intervals and bound the answer. Where they are infinite, an interval open above answers
   * its lower bound, one open below its upper bound, as Prometheus does.
   */
  quantile(q: number, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY): number | null {
    const found = this.#quantile(q, least, most);
    return found === null || least > most ? found : Math.min(most, Math.max(least, found));
  }

  #quantile(q: number, least: number, most: number): number | null {
    if (!(this.#total > 0)) return null;
    const parts = this.#intervals().map((interval) => closed(interval, least, most));
    const points = [...new Set(parts.flatMap((part) => [part.lower, part.upper]))].sort((a, b) => a - b);
    const rank = q * this.#total;
    const below = (x: number, inclusive: boolean): number =>
      parts.reduce((sum, { lower, upper, count }) => {
        if (lower === upper) return sum + ((inclusive ? lower <= x : lower < x) ? count : 0);
        return sum + count * Math.min(1, Math.max(0, (x - lower) / (upper - lower)));
      }, 0);
    let previous = points[0]!;
    let reached = 0;
    for (const point of points) {
      const before = below(point, false);
      if (before >= rank && point !== previous && before > reached)
        return previous + ((point - previous) * (rank - reached)) / (before - reached);
      reached = below(point, true);
      if (reached >= rank) return point;
      previous = point;
    }
    return previous;
  }

  /** Every interval with something in it, once. */
  #intervals(): Interval[] {
    if (this.#shapes.length > 0) {
      const together = new Buckets();
      for (const { lower, upper, count } of this.#counts.values()) together.add(lower, upper, count);
      for (const { bounds, counts } of this.#shapes)
        counts.forEach((count, i) => {
          together.add(bounds[i - 1] ?? Number.NEGATIVE_INFINITY, bounds[i] ?? Number.POSITIVE_INFINITY, count);
        });
      return together.#intervals();
    }
    return [...this.#counts.values()].filter(({ count }) => count > 0);
  }
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

interface Interval {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/**
 * An open interval reaches to the extreme that is known, else it becomes its finite end. Extremes that contradict it are
 * those of a sender that miscounts: its interval is taken as if they were unknown.
 */
function closed({ lower, upper, count }: Interval, least: number, most: number): Interval {
  const isOpenAbove = upper === Number.POSITIVE_INFINITY;
  const isOpenBelow = lower === Number.NEGATIVE_INFINITY;
  if (!isOpenAbove && !isOpenBelow) return { lower, upper, count };
  const within = { lower: Math.max(lower, least), upper: Math.min(upper, most), count };
  if (within.lower <= within.upper && Number.isFinite(within.lower) && Number.isFinite(within.upper)) return within;
  if (isOpenAbove) return { lower, upper: lower, count };
  return upper > 0 ? { lower: 0, upper, count } : { lower: upper, upper, count };
}

/**
 * Bucket `index` at `scale` holds (base^index, base^(index+1)] with base = 2^(2^-scale) (OTLP, exponential histogram);
 * `factor` converts the bounds to another unit.
 */
export function addExponential(
  into: Buckets,
  scale: number,
  buckets: ReadonlyMap<number, number>,
  negative: boolean,
  factor = 1,
): void {
  const edge = (index: number) => factor * 2 ** (index * 2 ** -scale);
  for (const [index, count] of buckets) {
    const lower = edge(index);
    const upper = edge(index + 1);
    if (negative) into.add(-upper, -lower, count);
    else into.add(lower, upper, count);
  }
}

/** The same counts at a coarser scale. */
export function coarser(buckets: ReadonlyMap<number, number>, steps: number): Map<number, number> {
  const result = new Map<number, number>();
  for (const [index, count] of buckets) {
    const target = Math.floor(index / 2 ** steps);
    result.set(target, (result.get(target) ?? 0) + count);
  }
  return result;
}
