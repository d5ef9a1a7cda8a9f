import type { ServiceRow } from '@hanok/contract';

/** Shares of failing requests from which a service is worth a look, and from which it is failing. */
const WARN_FROM = 0.01;
const BAD_FROM = 0.05;
/** Fewer requests in the last minutes say nothing; the range's share then does. */
const LEAST_RECENT = 10;

export type Health = 'ok' | 'warn' | 'bad' | 'silent' | 'none';

/** What needs a look comes first: known trouble, then silence, of which nobody knows what it is. */
export const URGENCY: Readonly<Record<Health, number>> = { bad: 0, warn: 1, silent: 2, ok: 3, none: 4 };

/** The share that failed lately, or over the range where too little came lately. */
export function failingNow(row: Pick<ServiceRow, 'errorRate' | 'recent'>): number {
  const { requests, errors } = row.recent;
  return requests >= LEAST_RECENT ? errors / requests : row.errorRate;
}

/** How a service is now. `none` when nothing was asked of it in a range of the past. */
export function healthOf(row: Pick<ServiceRow, 'requests' | 'errorRate' | 'recent' | 'silent'>): Health {
  if (row.silent) return 'silent';
  if (row.requests === 0) return 'none';
  return toneOf(failingNow(row));
}

/** How a share of failing requests reads, of whatever time it is. */
export function toneOf(share: number): 'ok' | 'warn' | 'bad' {
  if (share >= BAD_FROM) return 'bad';
  return share >= WARN_FROM ? 'warn' : 'ok';
}
