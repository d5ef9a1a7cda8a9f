import type { TenantId, TenantLimits } from '@hanok/contract';
import type { Admission, Caller, Clock, Counter, Meter } from '#base';
import { EDGE_ERRORS } from '../errors.ts';
import { type Bucket, decideWait, fullBucket, promiseTurn, refill } from './bucket.ts';

export interface Spending {
  /** Takes from the tenant's buckets, or refuses and takes nothing. With 0 and 0 it only asks. */
  spend(caller: Caller, records: number, bytes: number): Admission;
  /** Corrects what `spend` took for a guess: takes more (into debt, if need be) or, negative, gives back. */
  settle(caller: Caller, records: number, bytes: number): void;
  forget(tenant: TenantId): void;
}

const OPEN: Admission = Object.freeze({ open: true });

export function openSpending(
  limitsOf: (caller: Caller) => TenantLimits | undefined,
  clock: Clock,
  meter: Meter,
): Spending {
  // As many as there are tenants with traffic.
  const buckets = new Map<string, Bucket>();
  const refused: Counter = meter.counter('hanok_edge_rate_limited_requests', 'Requests refused over a tenant’s rate');

  const bucketOf = (caller: Caller, limits: TenantLimits): Bucket => {
    const now = clock.monotonic();
    let bucket = buckets.get(caller.tenant);
    if (bucket) refill(bucket, limits, now);
    else {
      bucket = fullBucket(limits, now);
      buckets.set(caller.tenant, bucket);
    }
    return bucket;
  };
  return {
    spend(caller, records, bytes) {
      const limits = limitsOf(caller);
      if (!limits) return OPEN;
      const bucket = bucketOf(caller, limits);
      if (decideWait(bucket, limits) > 0) {
        refused.add(1);
        const reason = bucket.records <= 0 ? 'records' : 'bytes';
        const limit = reason === 'records' ? limits.recordsPerSecond : limits.bytesPerSecond;
        return {
          open: false,
          code: 'edge.rate-limited',
          reason,
          values: { limit },
          fix: EDGE_ERRORS['edge.rate-limited'].fix,
          message: `the tenant's limit of ${limit} ${reason} per second is used up`,
          retryAfter: Math.max(1, Math.ceil(promiseTurn(bucket, limits, records, bytes, bucket.at))),
        };
      }
      bucket.records -= records;
      bucket.bytes -= bytes;
      return OPEN;
    },
    forget(tenant) {
      buckets.delete(tenant);
    },
    settle(caller, records, bytes) {
      const limits = limitsOf(caller);
      if (!limits) return;
      const bucket = bucketOf(caller, limits);
      bucket.records -= records;
      bucket.bytes -= bytes;
    },
  };
}
