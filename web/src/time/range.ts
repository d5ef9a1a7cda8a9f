import { nanosToMillis, parseInstant } from '@hanok/contract/time';

/**
 * A time range as it stands in the URL and goes to the server: `now-1h` … `now`, or ISO instants in UTC.
 * Relative ranges stay relative until they are frozen.
 */
export interface TimeRange {
  readonly from: string;
  readonly to: string;
}

export interface ResolvedRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export const DEFAULT_RANGE: TimeRange = { from: 'now-1h', to: 'now' };

export function isRelative(range: TimeRange): boolean {
  return range.from.startsWith('now') || range.to.startsWith('now');
}

/** The range in milliseconds as of `nowMs`; `undefined` when a bound cannot be read or nothing lies between. */
export function resolveRange(range: TimeRange, nowMs: number): ResolvedRange | undefined {
  const now = BigInt(Math.round(nowMs)) * 1_000_000n;
  const from = parseInstant(range.from, now);
  const to = parseInstant(range.to, now);
  if (from === undefined || to === undefined || to <= from) return undefined;
  return { fromMs: nanosToMillis(from), toMs: nanosToMillis(to) };
}

/** `2026-11-21T05:02:00Z`; milliseconds only when there are any. */
export function isoInstant(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('.000Z', 'Z');
}

export function absoluteRange(fromMs: number, toMs: number): TimeRange {
  return { from: isoInstant(Math.floor(fromMs)), to: isoInstant(Math.ceil(toMs)) };
}

/** Turns `now` into the moment it means. */
export function freezeRange(range: TimeRange, nowMs: number): TimeRange {
  const resolved = resolveRange(range, nowMs);
  return resolved ? absoluteRange(resolved.fromMs, resolved.toMs) : range;
}

/** The range `factor` times as long around the same middle, never beyond now. */
export function stretchRange(range: TimeRange, factor: number, nowMs: number): TimeRange {
  const relative = /^now-(\d+)([smhdw])$/.exec(range.from);
  if (relative && range.to === 'now') return { from: `now-${Number(relative[1]) * factor}${relative[2]}`, to: 'now' };
  const resolved = resolveRange(range, nowMs);
  if (!resolved) return range;
  const more = ((resolved.toMs - resolved.fromMs) * (factor - 1)) / 2;
  return absoluteRange(resolved.fromMs - more, Math.min(resolved.toMs + more, nowMs));
}

/** Steps a range by its own length; `direction` -1 is earlier. */
export function shiftRange(range: TimeRange, direction: -1 | 1, nowMs: number): TimeRange {
  const resolved = resolveRange(range, nowMs);
  if (!resolved) return range;
  const length = resolved.toMs - resolved.fromMs;
  const to = Math.min(resolved.toMs + direction * length, nowMs);
  return absoluteRange(to - length, to);
}
