import type { TenantLimits } from '@hanok/contract';

/**
 * Two token buckets of one tenant, records and bytes. What is spent is known only after the fact, so a bucket may go
 * into debt: one request is let in while there is anything left, and the next waits until the debt is paid. So the
 * average holds exactly, and no request is too large to be let in ever.
 */
export interface Purse {
  /** Tokens left; negative is debt. */
  records: number;
  bytes: number;
  /** Monotonic milliseconds of the last refill. */
  at: number;
}

/** Debt is forgiven beyond this, so that one odd request does not shut a small tenant out for hours. */
const MOST_DEBT_SECONDS = 300;

export function fullPurse(limits: TenantLimits, now: number): Purse {
  return {
    records: limits.recordsPerSecond * limits.burstSeconds,
    bytes: limits.bytesPerSecond * limits.burstSeconds,
    at: now,
  };
}

export function refill(purse: Purse, limits: TenantLimits, now: number): void {
  const seconds = Math.max(0, now - purse.at) / 1_000;
  const level = (tokens: number, rate: number) =>
    Math.min(rate * limits.burstSeconds, Math.max(-rate * MOST_DEBT_SECONDS, tokens) + rate * seconds);
  purse.records = level(purse.records, limits.recordsPerSecond);
  purse.bytes = level(purse.bytes, limits.bytesPerSecond);
  purse.at = now;
}

/** Seconds until both buckets have something again; 0: now. Of a refilled purse. */
export function decideWait(purse: Purse, limits: TenantLimits): number {
  const wait = (tokens: number, rate: number) => (tokens > 0 ? 0 : (1 - tokens) / rate);
  return Math.max(wait(purse.records, limits.recordsPerSecond), wait(purse.bytes, limits.bytesPerSecond));
}
