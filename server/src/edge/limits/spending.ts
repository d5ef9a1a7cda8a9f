import type { TenantId } from '@hanok/contract';
import type { Admission, Caller, Clock, Counter, Meter } from '#base';
import { EDGE_ERRORS } from '../errors.ts';
import { type Bucket, decideWait, fullBucket, promiseTurn, type RateLimits, refill, spentLimit } from './bucket.ts';
import { type Rates, RecentRates } from './rates.ts';

export interface Spending {
  /** Takes a request and what is thought to be in it from the tenant's buckets, or refuses and takes nothing. */
  spend(caller: Caller, records: number, bytes: number): Admission;
  /** Corrects what `spend` took for a guess: takes more (into debt, if need be) or, negative, gives back. */
  settle(caller: Caller, records: number, bytes: number): void;
  /** What the tenant spent lately. */
  rates(tenant: TenantId): Rates;
  forget(tenant: TenantId): void;
}

const OPEN: Admission = Object.freeze({ open: true });

export function openSpending(
  limitsOf: (caller: Caller) => RateLimits | undefined,
  clock: Clock,
  meter: Meter,
): Spending {
  // As many as there are tenants with traffic.
  const buckets = new Map<string, Bucket & { readonly rates: RecentRates }>();
  const refused: Counter = meter.counter('hanok_edge_rate_limited_requests', 'Requests refused over a tenant’s rate');

  const bucketOf = (caller: Caller, limits: RateLimits) => {
    const now = clock.monotonic();
    let bucket = buckets.get(caller.tenant);
    if (bucket) refill(bucket, limits, now);
    else {
      bucket = { ...fullBucket(limits, now), rates: new RecentRates() };
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
        const { reason, most, used } = spentLimit(bucket, limits);
        return {
          open: false,
          code: 'edge.rate-limited',
          reason,
          values: { limit: `${reason}PerSecond`, most, used },
          fix: EDGE_ERRORS['edge.rate-limited'].fix,
          message: `the tenant's limit of ${most} ${reason} per second is used up`,
          retryAfter: Math.max(1, Math.ceil(promiseTurn(bucket, limits, records, bytes, bucket.at))),
        };
      }
      bucket.records -= records;
      bucket.bytes -= bytes;
      bucket.requests -= 1;
      bucket.rates.add(bucket.at, records, bytes, 1);
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
      bucket.rates.add(bucket.at, records, bytes, 0);
    },
    rates: (tenant) => (buckets.get(tenant)?.rates ?? new RecentRates()).at(clock.monotonic()),
  };
}
