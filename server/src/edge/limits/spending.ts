import type { TenantLimits } from '@hanok/contract';
import type { Admission, Caller, Clock, Counter, Meter } from '#base';
import { decideWait, fullPurse, type Purse, refill } from './bucket.ts';

export interface Spending {
  /** Takes from the tenant's buckets, or refuses and takes nothing. With 0 and 0 it only asks. */
  spend(caller: Caller, records: number, bytes: number): Admission;
  /** Corrects what `spend` took for a guess: takes more (into debt, if need be) or, negative, gives back. */
  settle(caller: Caller, records: number, bytes: number): void;
}

const OPEN: Admission = Object.freeze({ open: true });

export function openSpending(
  limitsOf: (caller: Caller) => TenantLimits | undefined,
  clock: Clock,
  meter: Meter,
): Spending {
  // As many as there are tenants with traffic.
  const purses = new Map<string, Purse>();
  const refused: Counter = meter.counter('hanok_edge_rate_limited_requests', 'Requests refused over a tenant’s rate');

  const purseOf = (caller: Caller, limits: TenantLimits): Purse => {
    const now = clock.monotonic();
    let purse = purses.get(caller.tenant);
    if (purse) refill(purse, limits, now);
    else {
      purse = fullPurse(limits, now);
      purses.set(caller.tenant, purse);
    }
    return purse;
  };
  return {
    spend(caller, records, bytes) {
      const limits = limitsOf(caller);
      if (!limits) return OPEN;
      const purse = purseOf(caller, limits);
      const wait = decideWait(purse, limits);
      if (wait > 0) {
        refused.add(1);
        const which =
          purse.records <= 0
            ? `${limits.recordsPerSecond} records per second`
            : `${limits.bytesPerSecond} bytes per second`;
        return {
          open: false,
          code: 'edge.rate-limited',
          message: `the tenant's limit of ${which} is used up`,
          retryAfter: Math.max(1, Math.ceil(wait)),
        };
      }
      purse.records -= records;
      purse.bytes -= bytes;
      return OPEN;
    },
    settle(caller, records, bytes) {
      const limits = limitsOf(caller);
      if (!limits) return;
      const purse = purseOf(caller, limits);
      purse.records -= records;
      purse.bytes -= bytes;
    },
  };
}
