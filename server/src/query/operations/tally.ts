import type { ServiceSeries } from '@hanok/contract';
import { type Fragment, sql } from '#store';
import type { Grid } from '../range.ts';
import { numberOf, type Row } from '../rows.ts';
import { DurationBuckets } from './quantiles.ts';

/**
 * What rows of the roll-up come to. Buckets as two lists of plain numbers: two thirds of the bytes of a map, whose
 * counts come as texts, and read three times as fast.
 */
export const SUMS = {
  n: sql`sum(count)`,
  bad: sql`sum(errors)`,
  spent: sql`sum(duration_sum)`,
  spread: sql`mapKeys(sumMap(buckets))`,
  spread_counts: sql`CAST(mapValues(sumMap(buckets)), 'Array(Float64)')`,
} satisfies Record<string, Fragment>;

/** The same of spans themselves, bucket for bucket as the roll-up `operations` counts them. */
export const SPAN_SUMS = {
  n: sql`count()`,
  bad: sql`countIf(status_code = 2)`,
  longest: sql`max(greatest(duration, 0))`,
  spread: sql`mapKeys(sumMap(map(toUInt16(floor(8 * log2(greatest(duration, 1)))), toUInt64(1))))`,
  spread_counts: sql`CAST(mapValues(sumMap(map(toUInt16(floor(8 * log2(greatest(duration, 1)))), toUInt64(1)))), 'Array(Float64)')`,
} satisfies Record<string, Fragment>;

/** Requests, errors and durations of one service, operation or stretch of time. */
export class Tally {
  requests = 0;
  errors = 0;
  /** Nanoseconds; no duration is longer. Of the roll-up only the sum is known, which says it all of a single span. */
  #longest = 0;
  readonly #buckets = new DurationBuckets();

  add(row: Row): void {
    this.requests += numberOf(row['n']);
    this.errors += numberOf(row['bad']);
    const longest = row['longest'];
    if (longest === undefined) this.#longest += numberOf(row['spent']);
    else this.#longest = Math.max(this.#longest, numberOf(longest));
    this.#buckets.add(row['spread'], row['spread_counts']);
  }

  /** Nanoseconds, within 5 % and never more than the longest duration can be. 0 when nothing was counted. */
  quantile(q: number): number {
    return Math.min(this.#buckets.quantile(q), this.#longest);
  }

  /** @param seconds that were counted; rates are over them. */
  red(seconds: number) {
    return {
      requests: this.requests,
      rate: seconds > 0 ? this.requests / seconds : 0,
      errors: this.errors,
      errorRate: this.requests === 0 ? 0 : this.errors / this.requests,
      p50: this.quantile(0.5),
      p95: this.quantile(0.95),
      p99: this.quantile(0.99),
    };
  }
}

/** A tally per cell of the grid. A minute that began before the grid counts in its first cell. */
export function tallyCells(rows: readonly Row[], grid: Grid): Tally[] {
  const cells = Array.from({ length: grid.count }, () => new Tally());
  for (const row of rows) cells[Math.min(grid.count - 1, Math.max(0, numberOf(row['cell'])))]?.add(row);
  return cells;
}

export function seriesOf(cells: readonly Tally[]): ServiceSeries {
  return {
    requests: cells.map((cell) => cell.requests),
    errors: cells.map((cell) => cell.errors),
    p50: cells.map((cell) => cell.quantile(0.5)),
    p95: cells.map((cell) => cell.quantile(0.95)),
    p99: cells.map((cell) => cell.quantile(0.99)),
  };
}

/**
 * A service is measured by its entry spans: what it was asked to do, not what it did to answer. One that only ever
 * calls others has none and is measured by all its spans.
 */
export function measured(rows: readonly Row[]): readonly Row[] {
  const entries = rows.filter((row) => numberOf(row['isEntry']) === 1);
  return entries.length > 0 ? entries : rows;
}
