/** What an explorer shows below its query bar: one thing at a time. */
export type ExplorerState = 'fault' | 'failed' | 'loading' | 'nothing' | 'rows';

/**
 * A query that cannot be read comes first, since no answer is on its way; rows from before stay in sight while the next
 * ones load; a failure replaces them, because they do not answer what was asked.
 */
export function decideState(seen: {
  readonly fault: boolean;
  readonly failed: boolean;
  readonly pending: boolean;
  readonly rows: number;
  /** A live list is never empty for good: it waits. */
  readonly live: boolean;
}): ExplorerState {
  if (seen.fault) return 'fault';
  if (seen.live) return 'rows';
  if (seen.failed) return 'failed';
  if (seen.pending) return 'loading';
  return seen.rows === 0 ? 'nothing' : 'rows';
}

/** Live, the picture and the counts are asked again so often, and seldom enough to cost a twentieth of a core at most. */
const LIVE_MS = 5_000;
const LIVE_SHARE = 20;

/** Milliseconds until what stands beside a live list is asked again, by what its last answer took; false when not live. */
export function liveInterval(live: boolean, elapsedMs: number | undefined): number | false {
  return live && Math.max(LIVE_MS, LIVE_SHARE * (elapsedMs ?? 0));
}

/** Ranges that are offered where nothing was found, from short to long. */
const WIDER = ['now-15m', 'now-1h', 'now-6h', 'now-24h', 'now-7d', 'now-30d', 'now-90d'] as const;
export type WiderRange = (typeof WIDER)[number];
export const WIDEST: WiderRange = 'now-90d';

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function lengthOf(from: WiderRange): number {
  const [, count, unit] = /^now-(\d+)([mhd])$/.exec(from)!;
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** The shortest range up to now that holds what happened at `atMs` and is wider than what was asked. */
export function widerRangeWith(atMs: number, askedFromMs: number, nowMs: number): WiderRange | undefined {
  const least = nowMs - Math.min(atMs, askedFromMs);
  return WIDER.find((from) => lengthOf(from) > least);
}
