import { bind, name, type Select, select, sql } from '#store';
import { fail } from '../errors.ts';
import type { QuerySession } from '../query-session.ts';
import { listOf, numberOf, numbersOf, type Row, textOf } from '../rows.ts';
import { addExplicit, addExponential, Buckets, coarser } from './buckets.ts';
import type { Aggregate, Groups } from './samples.ts';
import { cellSeconds, groupOf, LOOKBACK, type MetricScope, pointConditions, readRangeOf } from './scope.ts';

const QUANTILES: Readonly<Partial<Record<Aggregate, number>>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };
const SUMMARY = 3;

/** What was counted: one point, or the difference of two. */
interface Counted {
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
  /** For a summary: values at the quantiles in `bounds`. */
  readonly values: readonly number[];
}

/** One group's cell. */
class Cell {
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  readonly buckets = new Buckets();
  /** For summaries: sum and number of the values at each quantile. */
  readonly quantiles = new Map<number, { sum: number; count: number }>();

  add(one: Counted): void {
    this.count += one.count;
    this.sum += one.sum;
    this.min = Math.min(this.min, one.min);
    this.max = Math.max(this.max, one.max);
    addExplicit(this.buckets, one.bounds, one.counts);
    addExponential(this.buckets, one.scale, one.positive, false);
    addExponential(this.buckets, one.scale, one.negative, true);
    this.buckets.add(-one.zeroThreshold, one.zeroThreshold, one.zeroCount);
    one.values.forEach((value, i) => {
      const q = one.bounds[i];
      if (q === undefined || !Number.isFinite(value)) return;
      const known = this.quantiles.get(q) ?? { sum: 0, count: 0 };
      this.quantiles.set(q, { sum: known.sum + value, count: known.count + 1 });
    });
  }

  value(aggregate: Aggregate, seconds: number): number | null {
    switch (aggregate) {
      case 'count':
      case 'increase':
        return this.count;
      case 'rate':
        return this.count / seconds;
      case 'sum':
        return this.sum;
      case 'avg':
        return this.count > 0 ? this.sum / this.count : null;
      case 'min':
        return Number.isFinite(this.min) ? this.min : this.buckets.extremes.min;
      case 'max':
        return Number.isFinite(this.max) ? this.max : this.buckets.extremes.max;
      case 'last':
        return null;
      default:
        return this.#quantile(QUANTILES[aggregate] ?? 0.5);
    }
  }

  /** Quantiles of several summaries cannot be joined; their mean at the nearest quantile sent is shown. */
  #quantile(q: number): number | null {
    if (this.quantiles.size === 0) return this.buckets.quantile(q);
    const nearest = [...this.quantiles.keys()].reduce((a, b) => (Math.abs(b - q) < Math.abs(a - q) ? b : a));
    const { sum, count } = this.quantiles.get(nearest)!;
    return sum / count;
  }
}

/** Histograms, exponential histograms and summaries. */
export async function readHistograms(
  session: QuerySession,
  scope: MetricScope,
  aggregate: Aggregate,
  limit: number,
): Promise<Groups> {
  if (aggregate === 'last')
    throw fail('query.aggregate', 'a histogram has no last value', {
      at: 'aggregate',
      fix: 'Use p95, avg, count or rate.',
    });
  const groups = new Map<string, Map<number, Cell>>();
  const add = (group: string, cell: number, one: Counted): void => {
    let cells = groups.get(group);
    if (!cells) groups.set(group, (cells = new Map()));
    let into = cells.get(cell);
    if (!into) cells.set(cell, (into = new Cell()));
    into.add(one);
  };
  if (scope.info.temporality === 'delta') {
    for await (const row of session.stream(deltas(scope))) add(textOf(row['g']), numberOf(row['c']), countedOf(row));
  } else await readCumulative(session, scope, add);

  const series = [...groups].map(([group, cells]) => {
    const values = new Array<number | null>(scope.grid.count).fill(null);
    let weight = 0;
    for (const [cell, one] of cells) {
      if (cell < 0 || cell >= values.length) continue;
      const value = one.value(aggregate, cellSeconds(scope, cell));
      values[cell] = value;
      weight += Math.abs(value ?? 0);
    }
    return { group, values, weight };
  });
  series.sort((a, b) => b.weight - a.weight || a.group.localeCompare(b.group));
  return { series: series.slice(0, limit), more: Math.max(0, series.length - limit) };
}

const NANOS = sql`toUnixTimestamp64Nano(timestamp)`;
const indexes = (offset: string, counts: string) =>
  sql`arrayMap(i -> toInt32(${name(offset)} + i - 1), arrayEnumerate(${name(counts)}))`;

/** Deltas of the same shape add up in the store. */
function deltas(scope: MetricScope): Select {
  return select({
    columns: {
      g: groupOf(scope, name('series_id')),
      c: sql`intDiv(${NANOS} - ${bind.int(scope.grid.start)}, ${bind.int(scope.grid.step)})`,
      shape: name('kind'),
      edges: name('bounds'),
      sc: name('scale'),
      n: sql`sum(count)`,
      s: sql`sum(sum)`,
      explicit: sql`sumForEach(counts)`,
      pos: sql`sumMap(${indexes('positive_offset', 'positive_counts')}, positive_counts)`,
      neg: sql`sumMap(${indexes('negative_offset', 'negative_counts')}, negative_counts)`,
      zero: sql`sum(zero_count)`,
      threshold: sql`max(zero_threshold)`,
      least: sql`min(if(bitAnd(present, 2) != 0, min, inf))`,
      most: sql`max(if(bitAnd(present, 4) != 0, max, -inf))`,
      vals: sql`any(values)`,
    },
    from: 'histograms',
    where: pointConditions(scope, readRangeOf(scope)),
    groupBy: [name('g'), name('c'), name('shape'), name('edges'), name('sc')],
  });
}

/**
 * The last point of each series in each cell, per start: all that differences between cells need. A restart within a
 * cell has its own start, so what was counted before it is not lost; senders that never say a start lose that part.
 */
function lastPoints(scope: MetricScope): Select {
  const last = (column: string) => sql`argMax(${name(column)}, timestamp)`;
  return select({
    columns: {
      sid: name('series_id'),
      g: groupOf(scope, name('sid')),
      began: name('start_time'),
      c: sql`toInt32(floor((${NANOS} - ${bind.int(scope.grid.start)}) / ${bind.int(scope.grid.step)}))`,
      at: sql`max(${NANOS})`,
      shape: last('kind'),
      edges: last('bounds'),
      sc: last('scale'),
      n: last('count'),
      s: last('sum'),
      explicit: last('counts'),
      pos: sql`argMax(tuple(${indexes('positive_offset', 'positive_counts')}, positive_counts), timestamp)`,
      neg: sql`argMax(tuple(${indexes('negative_offset', 'negative_counts')}, negative_counts), timestamp)`,
      zero: last('zero_count'),
      threshold: last('zero_threshold'),
      vals: last('values'),
    },
    from: 'histograms',
    where: pointConditions(scope, readRangeOf(scope, LOOKBACK)),
    groupBy: [name('sid'), name('began'), name('c')],
    orderBy: [name('sid'), name('at')],
  });
}

async function readCumulative(
  session: QuerySession,
  scope: MetricScope,
  add: (group: string, cell: number, one: Counted) => void,
): Promise<void> {
  const from = readRangeOf(scope, LOOKBACK).from;
  let series = '';
  let before: { readonly began: bigint; readonly at: bigint; readonly point: Counted } | undefined;
  for await (const row of session.stream(lastPoints(scope))) {
    const id = textOf(row['sid']);
    if (id !== series) {
      series = id;
      before = undefined;
    }
    const began = BigInt(textOf(row['began']) || '0');
    const point = countedOf(row);
    const cell = numberOf(row['c']);
    const restarted =
      before !== undefined && (began > before.at || began !== before.began || point.count < before.point.count);
    const isNew = before === undefined && began > 0n && began >= from;
    if (before && !restarted) add(textOf(row['g']), cell, difference(point, before.point));
    else if (restarted || isNew) add(textOf(row['g']), cell, point);
    // A first point that began earlier only says where to count from; a summary's quantiles stand for themselves.
    else if (point.values.length > 0) add(textOf(row['g']), cell, { ...point, count: 0, sum: 0 });
    before = { began, at: BigInt(textOf(row['at']) || '0'), point };
  }
}

function difference(now: Counted, before: Counted): Counted {
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

function countedOf(row: Row): Counted {
  const pairs = (cell: Parameters<typeof listOf>[0]): Map<number, number> => {
    const [keys, counts] = listOf(cell);
    const all = numbersOf(counts);
    return new Map(numbersOf(keys).map((key, i) => [key, all[i] ?? 0]));
  };
  const isSummary = numberOf(row['shape']) === SUMMARY;
  return {
    count: numberOf(row['n']),
    sum: numberOf(row['s']),
    bounds: numbersOf(row['edges']),
    counts: isSummary ? [] : numbersOf(row['explicit']),
    scale: numberOf(row['sc']),
    zeroCount: numberOf(row['zero']),
    zeroThreshold: numberOf(row['threshold']),
    positive: pairs(row['pos']),
    negative: pairs(row['neg']),
    // Absent for cumulative points: theirs are since the start, not of the cell.
    min: row['least'] === undefined ? Number.POSITIVE_INFINITY : numberOf(row['least']),
    max: row['most'] === undefined ? Number.NEGATIVE_INFINITY : numberOf(row['most']),
    values: isSummary ? numbersOf(row['vals']) : [],
  };
}
