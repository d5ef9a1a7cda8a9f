import { significant } from './numbers.ts';

/** A span of nanoseconds with the unit that gives one to three digits before the point: `1.24 ms`. */
export function formatDuration(nanos: number): string {
  if (!Number.isFinite(nanos)) return '–';
  const size = Math.abs(nanos);
  if (size === 0) return '0';
  if (size < 999.5) return `${significant(nanos)} ns`;
  if (size < 999.5e3) return `${significant(nanos / 1e3)} µs`;
  if (size < 999.5e6) return `${significant(nanos / 1e6)} ms`;
  if (size < 59.95e9) return `${significant(nanos / 1e9)} s`;
  const seconds = Math.round(size / 1e9);
  const sign = nanos < 0 ? '-' : '';
  if (seconds < 3_600) return `${sign}${joined(Math.floor(seconds / 60), 'm', seconds % 60, 's')}`;
  if (seconds < 86_400)
    return `${sign}${joined(Math.floor(seconds / 3_600), 'h', Math.floor((seconds % 3_600) / 60), 'm')}`;
  return `${sign}${joined(Math.floor(seconds / 86_400), 'd', Math.floor((seconds % 86_400) / 3_600), 'h')}`;
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit} ${small}${smallUnit}`;
}

const QUERY_UNITS = [
  ['s', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
] as const;

/**
 * Bounds of durations as a query has them (`24.67ms`), four digits long and rounded away from each other, so that what
 * lies between them stays there. `low` is included and `high` is not.
 */
export function queryDurations(low: number, high: number): { readonly low: string; readonly high: string } {
  return { low: queryDuration(low, Math.floor), high: queryDuration(high, Math.ceil) };
}

function queryDuration(nanos: number, round: (value: number) => number): string {
  const found = QUERY_UNITS.find(([, size]) => nanos >= size);
  if (!found) return `${round(nanos)}ns`;
  const [unit, size] = found;
  const digits = Math.max(0, 3 - Math.floor(Math.log10(nanos / size)));
  const scale = 10 ** digits;
  // What was whole before the division must not be pushed over by it.
  const scaled = Number(((nanos / size) * scale).toPrecision(12));
  return `${Number((round(scaled) / scale).toFixed(digits))}${unit}`;
}
