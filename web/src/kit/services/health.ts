import type { ServiceRow } from '@hanok/contract';

/** Shares of failing requests from which a service is worth a look, and from which it is failing. */
const WARN_FROM = 0.01;
const BAD_FROM = 0.05;

export type Health = 'ok' | 'warn' | 'bad' | 'none';

/** `none` when nothing was asked of the service in the range. */
export function healthOf(row: Pick<ServiceRow, 'requests' | 'errorRate'>): Health {
  if (row.requests === 0) return 'none';
  if (row.errorRate >= BAD_FROM) return 'bad';
  return row.errorRate >= WARN_FROM ? 'warn' : 'ok';
}
