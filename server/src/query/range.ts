import { parseInstant } from '@hanok/contract';
import type { Clock } from '#base';
import { bind, type Fragment, sql } from '#store';
import { fail } from './errors.ts';

/** Unix nanoseconds; `to` is not in it. */
export interface Range {
  readonly from: bigint;
  readonly to: bigint;
}

export interface RangeInput {
  readonly from: string | number;
  readonly to: string | number;
}

/** Times the engine can hold: 1900 to 2262 for DateTime64(9), of which we use those after 1970. */
const LATEST = 9_223_372_036_000_000_000n;

export function readInstant(text: string | number, field: string, clock: Clock): bigint {
  const value = parseInstant(text, clock.nanos());
  if (value === undefined || value < 0n || value > LATEST)
    throw fail('query.range', `${field} is not a time: ${String(text).slice(0, 64)}`, {
      at: field,
      fix: 'Send nanosecond digits, ISO 8601, or now-15m.',
    });
  return value;
}

/** Throws `query.range` when an end cannot be read, the ends are the wrong way round or too far apart. */
export function readRange(input: RangeInput, clock: Clock, maxRangeMs: number): Range {
  const from = readInstant(input.from, 'from', clock);
  const to = readInstant(input.to, 'to', clock);
  if (from >= to) throw fail('query.range', 'from is not before to', { at: 'from' });
  if (to - from > BigInt(maxRangeMs) * 1_000_000n)
    throw fail('query.range', `the range is longer than ${Math.floor(maxRangeMs / 86_400_000)} days`, {
      at: 'from',
      fix: 'Ask for a shorter range.',
    });
  return { from, to };
}

/** Rows whose `timestamp` is in the range, said so that keys and partitions prune. */
export function within(range: Range): Fragment[] {
  return [
    sql`timestamp >= fromUnixTimestamp64Nano(${bind.int(range.from)})`,
    sql`timestamp < fromUnixTimestamp64Nano(${bind.int(range.to)})`,
  ];
}

/** Rows of tables kept per day; days are UTC's, wherever the engine runs. */
export function withinDays(range: Range): Fragment[] {
  return [
    sql`day >= toDate(fromUnixTimestamp64Nano(${bind.int(range.from)}), 'UTC')`,
    sql`day <= toDate(fromUnixTimestamp64Nano(${bind.int(range.to - 1n)}), 'UTC')`,
  ];
}

export function earlier(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

export function later(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

export interface Grid {
  /** Multiple of `step`, at or before the range's beginning. */
  readonly start: bigint;
  readonly step: bigint;
  readonly count: number;
}

const MS = 1_000_000n;
const STEPS: readonly bigint[] = [
  ...[1n, 2n, 5n, 10n, 20n, 50n, 100n, 200n, 500n],
  ...[1n, 2n, 5n, 10n, 15n, 30n].map((n) => n * 1_000n),
  ...[1n, 2n, 5n, 10n, 15n, 30n].map((n) => n * 60_000n),
  ...[1n, 2n, 3n, 6n, 12n].map((n) => n * 3_600_000n),
  ...[1n, 2n, 7n, 14n, 28n, 56n].map((n) => n * 86_400_000n),
].map((ms) => ms * MS);

export function gridOf(range: Range, step: bigint): Grid {
  const start = (range.from / step) * step;
  return { start, step, count: Number((range.to - start + step - 1n) / step) };
}

/** The finest round step that cuts the range into at most `buckets`, and not finer than `finest`. */
export function pickGrid(range: Range, buckets: number, finest = 0n): Grid {
  for (const step of STEPS) {
    if (step < finest) continue;
    const grid = gridOf(range, step);
    if (grid.count <= buckets) return grid;
  }
  // Even the longest round step is too short: one that divides evenly enough.
  const step = ((range.to - range.from) / BigInt(Math.max(1, buckets - 1)) / MS + 1n) * MS;
  return gridOf(range, step);
}

/** The number of the grid's cell that a row's `timestamp` is in. */
export function cellOf(grid: Grid): Fragment {
  return sql`intDiv(toUnixTimestamp64Nano(timestamp) - ${bind.int(grid.start)}, ${bind.int(grid.step)})`;
}
