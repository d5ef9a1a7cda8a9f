import { bind, type Fragment, sql } from '#store';
import type { Range } from '../range.ts';

export const MINUTE = 60_000_000_000n;
const SECOND = 1_000_000_000n;

/** The roll-up counts per minute; a minute belongs to the range when it begins in it, or when the range begins in it. */
export function withinMinutes(range: Range): Fragment[] {
  return [
    sql`time >= toDateTime(${bind.uint((range.from / MINUTE) * 60n)})`,
    sql`time < toDateTime(${bind.uint((range.to + SECOND - 1n) / SECOND)})`,
  ];
}

/** The time that those minutes cover, as far as it has passed: what a rate is to be divided by. */
export function coveredBy(range: Range, now: bigint): Range {
  const from = (range.from / MINUTE) * MINUTE;
  const end = ((range.to + MINUTE - 1n) / MINUTE) * MINUTE;
  const to = end > now ? now : end;
  return { from, to: to > from ? to : from };
}

export function secondsOf(range: Range): number {
  return Number(range.to - range.from) / 1e9;
}
