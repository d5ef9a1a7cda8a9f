import { type Fragment, name, type Select, select, sql } from '#store';
import { fail } from '../errors.ts';
import type { QuerySession } from '../query-session.ts';
import { bigOf, type Cell, listOf, numberOf, numbersOf, type Row, textOf } from '../rows.ts';
import { counterPlan } from './rate.ts';
import { type Aggregate, addedPlan, collect, type Groups } from './samples.ts';
import { cellAt, factorOf, groupOf, type MetricScope, NANOS, pointConditions, readRangeOf } from './scope.ts';
import { type Counted, difference, Tally } from './tally.ts';

const SUMMARY = 3;
/** DataPointFlags: bit 0 says that no value was recorded. */
const RECORDED = sql`bitAnd(flags, 1) = 0`;

/**
 * Histograms, exponential histograms and summaries. Their numbers and sums of measurements are counters like others.
 * Quantiles, averages and extremes are of the measurements between a series' first and last point in the window
 * (from zero, where the window has the series' start), which is what PromQL's `histogram_quantile` over `rate` sees of
 * one series; across series measurements count alike, without extrapolation.
 */
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
      reason: 'no-last-value',
    });
  const isDelta = scope.form.temporality === 'delta';
  if (aggregate === 'rate' || aggregate === 'increase' || aggregate === 'count' || aggregate === 'sum') {
    const factor = aggregate === 'sum' ? factorOf(scope, name('series_id')) : undefined;
    const value = aggregate === 'sum' ? (factor ? sql`sum * ${factor}` : sql`sum`) : sql`toFloat64(count)`;
    const where = aggregate === 'sum' ? sql`${RECORDED} AND bitAnd(present, 1) != 0 AND isFinite(sum)` : RECORDED;
    const plan = isDelta
      ? addedPlan(scope, 'histograms', value, where, aggregate === 'rate')
      : counterPlan(scope, { table: 'histograms', value, where }, aggregate === 'rate');
    return collect(session, scope, plan, limit);
  }

  const groups = new Map<string, Cells>();
  const cellsOf = (group: string): Cells => {
    let cells = groups.get(group);
    if (!cells) groups.set(group, (cells = new Cells(scope)));
    return cells;
  };
  if (isDelta)
    for await (const row of session.stream(deltas(scope)))
      cellsOf(textOf(row['g'])).add(numberOf(row['c']), addedOf(row));
  else await readCumulative(session, scope, cellsOf);

  const series = [...groups].map(([group, cells]) => {
    const values = cells.windows().map((tally) => tally?.value(aggregate) ?? null);
    return { group, values, weight: values.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0) };
  });
  series.sort((a, b) => b.weight - a.weight || a.group.localeCompare(b.group));
  return { series: series.slice(0, limit), more: Math.max(0, series.length - limit), mixed: false };
}

/** One group's measurements by cell, and what a window that begins with a cell must leave out of it. */
class Cells {
  readonly #scope: MetricScope;
  readonly #counted = new Map<number, Tally>();
  readonly #before = new Map<number, Tally>();

  constructor(scope: MetricScope) {
    this.#scope = scope;
  }

  add(cell: number, one: Counted): void {
    const tally = tallyOf(this.#counted, cell);
    tally.add(one);
    tally.addQuantiles(one);
  }

  /** A cell that has points, though nothing was counted in it. */
  touch(cell: number, one: Counted): void {
    tallyOf(this.#counted, cell).addQuantiles(one);
  }

  /**
   * Measurements between a point in an earlier cell and one in `cell`: not in windows that begin after the former,
   * whose first point is the latter.
   */
  addBetween(earlier: number, cell: number, one: Counted): void {
    tallyOf(this.#counted, cell).add(one);
    const first = Math.max(earlier + 1, cell - this.#scope.windowSteps + 1);
    for (let begin = first; begin <= cell; begin++) tallyOf(this.#before, begin).add(one);
  }

  /** By cell of the grid; undefined where there were no points. */
  windows(): Array<Tally | undefined> {
    const { grid, windowSteps } = this.#scope;
    return Array.from({ length: grid.count }, (_, begin) => {
      let window: Tally | undefined;
      for (let cell = begin; cell < begin + windowSteps; cell++) {
        const tally = this.#counted.get(cell);
        if (tally) (window ??= new Tally()).addAll(tally);
      }
      const before = this.#before.get(begin);
      if (before) window?.takeBack(before);
      return window;
    });
  }
}

function tallyOf(cells: Map<number, Tally>, cell: number): Tally {
  let tally = cells.get(cell);
  if (!tally) cells.set(cell, (tally = new Tally()));
  return tally;
}

const indexes = (offset: Fragment, counts: Fragment) =>
  sql`arrayMap(i -> toInt32(${offset} + i - 1), arrayEnumerate(${counts}))`;
const POSITIVE = [name('positive_offset'), name('positive_counts')] as const;
const NEGATIVE = [name('negative_offset'), name('negative_counts')] as const;

/** Deltas of the same shape add up in the store. */
function deltas(scope: MetricScope): Select {
  const factor = factorOf(scope, name('series_id')) ?? sql`1.`;
  return select({
    columns: {
      g: groupOf(scope, name('series_id')),
      c: cellAt(scope, NANOS),
      edges: name('bounds'),
      sc: name('scale'),
      fac: factor,
      n: sql`sum(count)`,
      s: sql`sum(sum)`,
      explicit: sql`sumForEach(counts)`,
      pos: sql`sumMap(${indexes(...POSITIVE)}, positive_counts)`,
      neg: sql`sumMap(${indexes(...NEGATIVE)}, negative_counts)`,
      zero: sql`sum(zero_count)`,
      threshold: sql`max(zero_threshold)`,
      least: sql`min(if(bitAnd(present, 2) != 0, min, inf))`,
      most: sql`max(if(bitAnd(present, 4) != 0, max, -inf))`,
      // A point that has measurements and does not say its extremes may have any.
      all_above: sql`min(multiIf(count = 0, inf, bitAnd(present, 2) != 0 AND NOT isNaN(min), min, -inf))`,
      all_below: sql`max(multiIf(count = 0, -inf, bitAnd(present, 4) != 0 AND NOT isNaN(max), max, inf))`,
    },
    from: 'histograms',
    where: [...pointConditions(scope), RECORDED],
    groupBy: [name('g'), name('c'), name('edges'), name('sc'), name('fac')],
  });
}

/**
 * The first and last point of each series in each cell, per start and bounds: what differences need. A restart within
 * a cell has its own start; of a sender that never says one, what it measured in that cell before it fell is left out.
 */
function boundaryPoints(scope: MetricScope): Select {
  // In the order of `pointOf`. One tuple, because each state of an aggregate function costs.
  const point = sql`(count, sum, counts, scale, zero_count, zero_threshold, ${indexes(...POSITIVE)}, positive_counts, ${indexes(...NEGATIVE)}, negative_counts, values)`;
  return select({
    columns: {
      sid: name('series_id'),
      g: groupOf(scope, name('sid')),
      fac: factorOf(scope, name('sid')) ?? sql`1.`,
      began: sql`toInt64(start_time)`,
      c: sql`toInt32(${cellAt(scope, NANOS)})`,
      shape: name('kind'),
      edges: name('bounds'),
      first_at: sql`min(${NANOS})`,
      last_at: sql`max(${NANOS})`,
      fell: sql`max(count) > argMax(count, timestamp)`,
      first_point: sql`argMin(${point}, timestamp)`,
      last_point: sql`argMax(${point}, timestamp)`,
    },
    from: 'histograms',
    where: [...pointConditions(scope), RECORDED],
    groupBy: [name('sid'), name('began'), name('c'), name('shape'), name('edges')],
    orderBy: [name('sid'), name('first_at')],
  });
}

async function readCumulative(
  session: QuerySession,
  scope: MetricScope,
  cellsOf: (group: string) => Cells,
): Promise<void> {
  const { from } = readRangeOf(scope);
  let series = '';
  let before: { readonly at: bigint; readonly cell: number; readonly point: Counted | undefined } | undefined;
  for await (const row of session.stream(boundaryPoints(scope))) {
    const id = textOf(row['sid']);
    if (id !== series) {
      series = id;
      before = undefined;
    }
    const cells = cellsOf(textOf(row['g']));
    const began = bigOf(row['began']);
    const cell = numberOf(row['c']);
    const firstAt = bigOf(row['first_at']);
    const lastAt = bigOf(row['last_at']);
    const first = pointOf(row, row['first_point']);
    const last = firstAt === lastAt ? first : pointOf(row, row['last_point']);
    // A known start is a sample of zero at that time; see rate.ts.
    if (began > (before?.at ?? from) && began < firstAt)
      before = { at: began, cell: Number((began - from - 1n) / scope.grid.step), point: undefined };

    if (before) {
      const { point } = before;
      cells.addBetween(before.cell, cell, point && first.count >= point.count ? difference(first, point) : first);
    }
    cells.touch(cell, last);
    if (firstAt !== lastAt)
      cells.add(cell, { ...(numberOf(row['fell']) === 1 ? last : difference(last, first)), values: [] });
    before = { at: lastAt, cell, point: last };
  }
}

function pairsOf(keys: Cell, counts: Cell): Map<number, number> {
  const all = numbersOf(counts);
  return new Map(numbersOf(keys).map((key, i) => [key, all[i] ?? 0]));
}

const scaled = (values: number[], factor: number): number[] =>
  factor === 1 ? values : values.map((value) => value * factor);

function pointOf(row: Row, point: Cell): Counted {
  const [count, sum, counts, scale, zeroCount, zeroThreshold, ...rest] = listOf(point);
  const [positive, positiveCounts, negative, negativeCounts, values] = rest;
  const isSummary = numberOf(row['shape']) === SUMMARY;
  const factor = numberOf(row['fac']);
  return {
    count: numberOf(count),
    sum: numberOf(sum) * factor,
    bounds: isSummary ? numbersOf(row['edges']) : scaled(numbersOf(row['edges']), factor),
    counts: isSummary ? [] : numbersOf(counts),
    scale: numberOf(scale),
    zeroCount: numberOf(zeroCount),
    zeroThreshold: numberOf(zeroThreshold) * factor,
    positive: pairsOf(positive, positiveCounts),
    negative: pairsOf(negative, negativeCounts),
    // Those of cumulative points are since their start, not of the cell.
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    least: Number.NEGATIVE_INFINITY,
    most: Number.POSITIVE_INFINITY,
    values: isSummary ? scaled(numbersOf(values), factor) : [],
    factor,
  };
}

/** A row of `deltas`. */
function addedOf(row: Row): Counted {
  const factor = numberOf(row['fac']);
  const [positive, positiveCounts] = listOf(row['pos']);
  const [negative, negativeCounts] = listOf(row['neg']);
  return {
    count: numberOf(row['n']),
    sum: numberOf(row['s']) * factor,
    bounds: scaled(numbersOf(row['edges']), factor),
    counts: numbersOf(row['explicit']),
    scale: numberOf(row['sc']),
    zeroCount: numberOf(row['zero']),
    zeroThreshold: numberOf(row['threshold']) * factor,
    positive: pairsOf(positive, positiveCounts),
    negative: pairsOf(negative, negativeCounts),
    min: numberOf(row['least']) * factor,
    max: numberOf(row['most']) * factor,
    least: numberOf(row['all_above']) * factor,
    most: numberOf(row['all_below']) * factor,
    values: [],
    factor,
  };
}
