import type { Fragment } from '#store';
import { name, select, sql } from '#store';
import { fail } from '../errors.ts';
import type { QuerySession } from '../query-session.ts';
import { type Grid, gridOf, pickGrid, type Range } from '../range.ts';
import { bigOf } from '../rows.ts';
import { pointsTable } from './forms.ts';
import type { Aggregate } from './samples.ts';
import { conditionsOnPoints, type Form } from './scope.ts';

/** Steps one answer may have when the caller names the step. */
const MOST_STEPS = 11_000;
/** Cells one window may have: beyond, a point would be counted thousands of times. */
const MOST_WINDOW_STEPS = 1_000;

/** How far before the range points are looked for, so that short ranges know the interval too. */
const LOOK_BEFORE = 600_000_000_000n;
/** A series slower than this does not widen the windows of faster ones; Prometheus calls it stale then. */
const SLOWEST = 300_000_000_000n;
/** Grafana's `$__rate_interval`: a window of four intervals has points enough when two are lost. */
const INTERVALS_IN_WINDOW = 4n;

export interface Cut {
  readonly grid: Grid;
  /** Nanoseconds; 0 when no series has two points. */
  readonly interval: bigint;
  readonly windowSteps: number;
}

interface Wish {
  readonly points: number;
  readonly step: string | undefined;
  readonly window: string | undefined;
}

/**
 * How time is cut. A step is a round number, aligned to the epoch, and not finer than points come. A window ends with
 * its step and is the step or four intervals, whichever is longer, in whole steps. Increases are shown per step, so
 * that they can be added up: there the step is four intervals or longer, unless the caller names it.
 */
export function decideCut(
  range: Range,
  form: Form | undefined,
  aggregate: Aggregate,
  interval: bigint,
  wish: Wish,
): Cut {
  const wide = interval * INTERVALS_IN_WINDOW;
  const adds = form?.temporality !== 'delta' && addsUp(form, aggregate);
  const grid = givenGrid(range, wish.step) ?? pickGrid(range, wish.points, adds ? wide : interval);
  if (!looksBack(form, aggregate)) return { grid, interval, windowSteps: 1 };
  const window = wish.window !== undefined ? BigInt(wish.window) : wide;
  const steps = window > grid.step ? (window + grid.step - 1n) / grid.step : 1n;
  if (steps > BigInt(MOST_WINDOW_STEPS))
    throw fail('query.step', `the window is ${steps} steps long, more than ${MOST_WINDOW_STEPS}`, {
      at: wish.window === undefined ? 'step' : 'window',
      reason: 'window',
      values: { steps: String(steps), most: MOST_WINDOW_STEPS },
    });
  return { grid, interval, windowSteps: Number(steps) };
}

const isHistogram = (form: Form | undefined): boolean => form !== undefined && pointsTable(form) === 'histograms';

/** Totals of a stretch of time: of neighbouring stretches they are added up by whoever looks. */
function addsUp(form: Form | undefined, aggregate: Aggregate): boolean {
  return aggregate === 'increase' || (isHistogram(form) && (aggregate === 'count' || aggregate === 'sum'));
}

function looksBack(form: Form | undefined, aggregate: Aggregate): boolean {
  if (isHistogram(form)) return form?.temporality !== 'delta' || !addsUp(form, aggregate);
  if (form?.temporality === 'delta') return aggregate === 'rate';
  return aggregate === 'rate' || aggregate === 'increase' || aggregate === 'sum';
}

function givenGrid(range: Range, step: string | undefined): Grid | undefined {
  if (step === undefined) return undefined;
  const nanos = BigInt(step);
  if (nanos <= 0n) throw fail('query.step', 'the step must be longer than nothing', { at: 'step', reason: 'zero' });
  const grid = gridOf(range, nanos);
  if (grid.count > MOST_STEPS)
    throw fail('query.step', `the step cuts the range into ${grid.count} pieces, more than ${MOST_STEPS}`, {
      at: 'step',
      reason: 'too-many',
      values: { steps: grid.count, most: MOST_STEPS },
    });
  return grid;
}

/**
 * How far apart a series' points come: of each series the median, of these the longest, so that slow series are seen
 * too, unless it is so long that they would blur the others; then the median.
 */
export async function readInterval(session: QuerySession, range: Range, form: Form, filter: Fragment): Promise<bigint> {
  const perSeries = select({
    columns: {
      sid: name('series_id'),
      times: sql`groupArraySorted(100)(toUnixTimestamp64Nano(timestamp))`,
    },
    from: pointsTable(form),
    where: conditionsOnPoints(form, filter, { from: range.from - LOOK_BEFORE, to: range.to }),
    groupBy: [name('sid')],
    having: [sql`length(times) > 1`],
  });
  const gaps = select({
    columns: {
      gap: sql`arrayReduce('quantileExactLow', arrayFilter(d -> d > 0, arrayPopFront(arrayDifference(times))))`,
    },
    from: perSeries,
  });
  const [row] = await session.rows(
    select({
      columns: { slowest: sql`toInt64(max(gap))`, usual: sql`toInt64(quantileExactLow(gap))` },
      from: gaps,
      where: [sql`gap > 0`],
    }),
  );
  const slowest = bigOf(row?.['slowest']);
  return slowest <= SLOWEST ? slowest : bigOf(row?.['usual']);
}
