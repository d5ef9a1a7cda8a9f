import { type MetricInfo, unitFactor } from '@hanok/contract';
import { bind, type Fragment, joined, name, type Select, select, sql } from '#store';
import { TEMPORALITIES } from '../language/columns.ts';
import { labelOf } from '../language/label.ts';
import { type Grid, type Range, withinDays } from '../range.ts';

/** What is sent under one name with one type and temporality, in units that can be converted into each other. */
export type Form = MetricInfo;

/**
 * Which series a metric query is about, and how it cuts time. The grid's cell `i` holds the points after
 * `start + i * step` up to and with `start + (i + 1) * step`; its window is the `windowSteps` cells that end with it
 * (PromQL's range vector: open on the left, closed on the right).
 */
export interface MetricScope {
  readonly form: Form;
  readonly filter: Fragment;
  readonly groupBy: readonly string[];
  readonly grid: Grid;
  readonly windowSteps: number;
  /** What is known ends here: the end of the asked range or now, if that comes first. Cuts the last window. */
  readonly end: bigint;
}

const DAY = 86_400_000_000_000n;

/** Where the first window begins, and the last ends: points are read after `from`, up to and with `to`. */
export function readRangeOf({ grid, windowSteps, end }: MetricScope): Range {
  const from = grid.start - BigInt(windowSteps - 1) * grid.step;
  const gridEnd = grid.start + BigInt(grid.count) * grid.step;
  return { from, to: gridEnd < end ? gridEnd : end };
}

export function formConditions(form: Form, filter: Fragment, range: Range): Fragment[] {
  return [
    // A series is noted once a day; its note may be of the day before or behind.
    ...withinDays({ from: range.from > DAY ? range.from - DAY : 0n, to: range.to + DAY }),
    sql`metric = ${bind.string(form.name)}`,
    sql`type = ${bind.string(form.type)}`,
    sql`temporality = ${bind.uint(TEMPORALITIES.indexOf(form.temporality))}`,
    sql`monotonic = ${bind.uint(form.monotonic ? 1 : 0)}`,
    sql`has(${bind.strings(form.units)}, unit)`,
    filter,
  ];
}

const seriesConditions = (scope: MetricScope): Fragment[] =>
  formConditions(scope.form, scope.filter, readRangeOf(scope));

/** Conditions on `samples`, `histograms` and `exemplars`. */
export function pointConditions(scope: MetricScope): Fragment[] {
  return conditionsOnPoints(scope.form, scope.filter, readRangeOf(scope));
}

/** After `range.from`, up to and with `range.to`. */
export function conditionsOnPoints(form: Form, filter: Fragment, range: Range): Fragment[] {
  const ids = select({
    columns: { id: name('series_id') },
    from: 'series',
    where: formConditions(form, filter, range),
  });
  return [
    sql`metric = ${bind.string(form.name)}`,
    sql`timestamp > fromUnixTimestamp64Nano(${bind.int(range.from)})`,
    sql`timestamp <= fromUnixTimestamp64Nano(${bind.int(range.to)})`,
    sql`series_id IN ${ids}`,
  ];
}

export const NANOS = sql`toUnixTimestamp64Nano(timestamp)`;

/** The number of a time's cell, counted from the first that is read, which is `windowSteps - 1` before the grid. */
export function cellAt(scope: MetricScope, nanos: Fragment): Fragment {
  return sql`intDiv(${nanos} - ${bind.int(readRangeOf(scope).from)} - 1, ${bind.int(scope.grid.step)})`;
}

/** The grid's cells whose windows reach back to the read cell `c`. */
export function windowsOf(scope: MetricScope, c: Fragment): Fragment {
  const before = scope.windowSteps - 1;
  return sql`arrayFilter(w -> w >= 0 AND w < ${bind.int(scope.grid.count)}, arrayMap(i -> ${c} - ${bind.int(before)} + toInt64(i), range(${bind.uint(scope.windowSteps)})))`;
}

/**
 * What a value of a series is multiplied with to be in the form's unit; undefined when all series send that unit.
 * The pairs come from a scalar subquery, which the engine runs once.
 */
export function factorOf(scope: MetricScope, id: Fragment): Fragment | undefined {
  const { units, unit } = scope.form;
  const others = units.filter((one) => one !== unit);
  if (others.length === 0) return undefined;
  const factors = sql`transform(any(toString(unit)), ${bind.strings(others)}, [${joined(
    others.map((one) => sql`${bind.float(unitFactor(one, unit) ?? Number.NaN)}`),
    ', ',
  )}], 1.)`;
  const known = select({
    columns: { one: name('series_id'), factor: factors },
    from: 'series',
    where: [...seriesConditions(scope), sql`has(${bind.strings(others)}, unit)`],
    groupBy: [name('series_id')],
  });
  const arrays = select({
    columns: { both: sql`tuple(arrayPushBack(groupArray(one), 0), arrayPushBack(groupArray(factor), 1.))` },
    from: known,
  });
  return sql`transform(${id}, tupleElement(${arrays}, 1), tupleElement(${arrays}, 2), 1.)`;
}

/**
 * The group of a series as JSON text, an array of label values in the order of `groupBy`. The pairs come from a
 * scalar subquery, which the engine runs once.
 */
export function groupOf(scope: MetricScope, id: Fragment): Fragment {
  if (scope.groupBy.length === 0) return sql`'[]'`;
  const labels = scope.groupBy.map((field) => sql`toString(${labelOf(field, 'metrics')})`);
  const known: Select = select({
    columns: { one: name('series_id'), label: sql`any(toJSONString([${joined(labels, ', ')}]))` },
    from: 'series',
    where: seriesConditions(scope),
    groupBy: [name('series_id')],
  });
  const arrays = select({
    columns: { both: sql`tuple(arrayPushBack(groupArray(one), 0), arrayPushBack(groupArray(label), '[]'))` },
    from: known,
  });
  return sql`transform(${id}, tupleElement(${arrays}, 1), tupleElement(${arrays}, 2), '[]')`;
}
