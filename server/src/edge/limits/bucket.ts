import type { TenantLimits } from '@hanok/contract';

export type RateLimits = Pick<
  TenantLimits,
  'recordsPerSecond' | 'bytesPerSecond' | 'requestsPerSecond' | 'burstSeconds'
>;

/**
 * Three token buckets of one tenant: records, bytes and requests. What is spent is known only after the fact, so a bucket may go
 * into debt: one request is let in while there is anything left, and the next waits until the debt is paid. So the
 * average holds exactly, and no request is too large to be let in ever.
 */
export interface Bucket {
  /** Tokens left; negative is debt. */
  records: number;
  bytes: number;
  requests: number;
  /** Monotonic milliseconds of the last refill. */
  at: number;
  /** Monotonic milliseconds when all who were refused can have come in, if they come as told. */
  promisedUntil: number;
}

/** Debt is forgiven beyond this, so that one odd request does not shut a small tenant out for hours. */
const MOST_DEBT_SECONDS = 300;

export function fullBucket(limits: RateLimits, now: number): Bucket {
  return {
    records: limits.recordsPerSecond * limits.burstSeconds,
    bytes: limits.bytesPerSecond * limits.burstSeconds,
    requests: limits.requestsPerSecond * limits.burstSeconds,
    at: now,
    promisedUntil: now,
  };
}

export function refill(bucket: Bucket, limits: RateLimits, now: number): void {
  const seconds = Math.max(0, now - bucket.at) / 1_000;
  const level = (tokens: number, rate: number) =>
    Math.min(rate * limits.burstSeconds, Math.max(-rate * MOST_DEBT_SECONDS, tokens) + rate * seconds);
  bucket.records = level(bucket.records, limits.recordsPerSecond);
  bucket.bytes = level(bucket.bytes, limits.bytesPerSecond);
  bucket.requests = level(bucket.requests, limits.requestsPerSecond);
  bucket.at = now;
}

/** Beyond it the OpenTelemetry JavaScript exporters would give up a batch that might still come in (10 s by default). */
const MOST_AHEAD_SECONDS = 10;

/** Seconds until all buckets have something again; 0: now. Of a refilled bucket. */
export function decideWait(bucket: Bucket, limits: RateLimits): number {
  const wait = (tokens: number, rate: number) => (tokens > 0 ? 0 : (1 - tokens) / rate);
  return Math.max(
    wait(bucket.records, limits.recordsPerSecond),
    wait(bucket.bytes, limits.bytesPerSecond),
    // A request takes a whole one, so that no part of one is ever left over to let another in.
    bucket.requests >= 1 ? 0 : (1 - bucket.requests) / limits.requestsPerSecond,
  );
}

/** Which of the limits a refused request met, and what was used of it: a second, over the burst and the debt. */
export function spentLimit(
  bucket: Bucket,
  limits: RateLimits,
): { readonly reason: 'records' | 'bytes' | 'requests'; readonly most: number; readonly used: number } {
  const reason = bucket.records <= 0 ? 'records' : bucket.bytes <= 0 ? 'bytes' : 'requests';
  const most = limits[`${reason}PerSecond`];
  return { reason, most, used: Math.round((most * limits.burstSeconds - bucket[reason]) / limits.burstSeconds) };
}

/**
 * Seconds that a refused request of that size is told to wait: until all buckets have something again, and until what
 * was refused before it can have come in. Told the same moment, all who were refused would come at once, the first would
 * take what there is, and the others would be refused again. How far a promise reaches beyond the wait itself is bounded,
 * so that one sender who does not heed it costs the others no more than that.
 */
export function promiseTurn(bucket: Bucket, limits: RateLimits, records: number, bytes: number, now: number): number {
  const { recordsPerSecond, bytesPerSecond, requestsPerSecond, burstSeconds } = limits;
  const wait = decideWait(bucket, limits);
  const turn = Math.min(Math.max(wait, (bucket.promisedUntil - now) / 1_000), wait + MOST_AHEAD_SECONDS);
  const size = Math.min(
    burstSeconds,
    Math.max(records / recordsPerSecond, bytes / bytesPerSecond, 1 / requestsPerSecond),
  );
  bucket.promisedUntil = now + (turn + size) * 1_000;
  return turn;
}
