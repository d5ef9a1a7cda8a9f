import { bind, type Fragment, name, type Select, select, sql } from '#store';
import { cellAt, groupOf, type MetricScope, NANOS, pointConditions, readRangeOf, windowsOf } from './scope.ts';

/**
 * PromQL's `rate` and `increase` of cumulative counters, each step evaluated at its end over its window, as plans for
 * the store: points become increments, increments cells, cells windows, windows groups. What a window says of a
 * series (`extrapolatedRate` of Prometheus' promql/functions.go):
 *
 * - Fewer than two samples say nothing.
 * - The increase is last minus first, plus what a falling value lost: a counter that fell has begun again at zero.
 * - It is extrapolated to the window's ends when the nearest sample is closer than 1.1 mean gaps, else by half a gap,
 *   and never before the moment at which the counter would have been zero.
 *
 * A known start (OTLP `start_time_unix_nano`) is a sample of zero at that time, when it is before its point and after
 * the point before (Prometheus' zero samples from created timestamps). A start equal to its point's time is unknown.
 * Points after the asked range are not read, so neither are the starts that they tell of.
 */
export interface CounterSource {
  readonly table: 'samples' | 'histograms';
  /** The counter's value in the form's unit. */
  readonly value: Fragment;
  /** Points that count. */
  readonly where: Fragment;
}

/** Rows `g` (group), `c` (cell of the grid), `r` (value), `mixed` (1 when several processes write one series). */
export function counterPlan(scope: MetricScope, source: CounterSource, perSecond: boolean): Select {
  return select({
    columns: {
      g: groupOf(scope, name('sid')),
      c: name('w'),
      r: sql`sum(extrapolated)`,
      mixed: sql`max(overlaps)`,
    },
    from: extrapolated(scope, windows(scope, cells(scope, increments(scope, source))), perSecond),
    groupBy: [name('g'), name('c')],
  });
}

/**
 * Each point with how much it adds to the one before (`grew`), zero samples included. Of points with equal times the
 * first is kept: repeats of one point are one point. Different values with one time come from several writers of one
 * series, whose sums are wrong anyway.
 */
function increments(scope: MetricScope, source: CounterSource): Select {
  const inOrder = sql`OVER (PARTITION BY sid ORDER BY ts ASC, v DESC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)`;
  const points = select({
    columns: { sid: name('series_id'), ts: NANOS, v: source.value, began: sql`toInt64(start_time)` },
    from: source.table,
    where: [...pointConditions(scope), source.where],
  });
  const withBefore = select({
    columns: {
      sid: name('sid'),
      ts: name('ts'),
      v: name('v'),
      began: name('began'),
      before: sql`lagInFrame(v, 1, 0.) ${inOrder}`,
      before_ts: sql`lagInFrame(ts, 1, toInt64(0)) ${inOrder}`,
      before_began: sql`lagInFrame(began, 1, toInt64(0)) ${inOrder}`,
    },
    from: points,
  });
  const from = bind.int(readRangeOf(scope).from);
  const zeroSample = sql`began > ${from} AND began > before_ts AND began < ts`;
  const grew = sql`multiIf(before_ts = 0, 0., v < before, v, v - before)`;
  return select({
    columns: {
      sid: name('sid'),
      at: sql`tupleElement(sample, 1)`,
      val: sql`tupleElement(sample, 2)`,
      grew: sql`tupleElement(sample, 3)`,
      // One process' start never goes back.
      back: sql`began > 0 AND before_began > began`,
    },
    from: withBefore,
    arrayJoin: { sample: sql`if(${zeroSample}, [(began, 0., 0.), (ts, v, v)], [(ts, v, ${grew})])` },
    where: [sql`ts > before_ts`],
  });
}

/** What each cell has of a series: enough to put cells together. */
function cells(scope: MetricScope, samples: Select): Select {
  return select({
    columns: {
      sid: name('sid'),
      cell: cellAt(scope, name('at')),
      cell_points: sql`count()`,
      cell_first: sql`min(at)`,
      cell_last: sql`max(at)`,
      cell_value: sql`argMin(val, at)`,
      cell_entry: sql`argMin(grew, at)`,
      cell_growth: sql`sum(grew)`,
      cell_back: sql`max(back)`,
    },
    from: samples,
    groupBy: [name('sid'), name('cell')],
  });
}

/** A window's increase is what its points add, less what its first point added to the one before the window. */
function windows(scope: MetricScope, perCell: Select): Select {
  return select({
    columns: {
      sid: name('sid'),
      w: name('window_cell'),
      points: sql`sum(cell_points)`,
      first_at: sql`min(cell_first)`,
      last_at: sql`max(cell_last)`,
      first_value: sql`argMin(cell_value, cell_first)`,
      growth: sql`sum(cell_growth) - argMin(cell_entry, cell_first)`,
      overlaps: sql`max(cell_back)`,
    },
    from: perCell,
    arrayJoin: { window_cell: windowsOf(scope, name('cell')) },
    groupBy: [name('sid'), name('w')],
  });
}

function extrapolated(scope: MetricScope, perWindow: Select, perSecond: boolean): Select {
  const { grid, windowSteps, end } = scope;
  const step = bind.int(grid.step);
  const windowEnd = sql`least(${bind.int(grid.start)} + (w + 1) * ${step}, ${bind.int(end)})`;
  const windowStart = sql`(${bind.int(grid.start)} + (w + 1 - ${bind.int(windowSteps)}) * ${step})`;
  const seconds = (nanos: Fragment) => sql`(${nanos}) / 1e9`;
  const gaps = select({
    columns: {
      sid: name('sid'),
      w: name('w'),
      overlaps: name('overlaps'),
      growth: name('growth'),
      first_value: name('first_value'),
      sampled: seconds(sql`last_at - first_at`),
      gap: sql`sampled / (points - 1)`,
      to_start: seconds(sql`first_at - ${windowStart}`),
      to_end: seconds(sql`${windowEnd} - last_at`),
      window_seconds: seconds(sql`${windowEnd} - ${windowStart}`),
    },
    from: perWindow,
    where: [sql`points > 1`],
  });
  const near = (distance: Fragment) => sql`if(${distance} >= gap * 1.1, gap / 2, ${distance})`;
  const toZero = sql`if(growth > 0 AND first_value >= 0, sampled * (first_value / growth), inf)`;
  const whole = sql`growth * ((sampled + least(${near(name('to_start'))}, ${toZero}) + ${near(name('to_end'))}) / sampled)`;
  return select({
    columns: {
      sid: name('sid'),
      w: name('w'),
      overlaps: name('overlaps'),
      extrapolated: perSecond ? sql`${whole} / window_seconds` : whole,
    },
    from: gaps,
  });
}
