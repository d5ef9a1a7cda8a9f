import type { LimitName, TenantId, TenantLimits } from '@hanok/contract';
import { fail } from '../errors.ts';

/** Limits of what control counts itself, by the words that refusals use. */
const WORDS = {
  people: 'people',
  ingestKeys: 'ingest keys in force',
  apiTokens: 'API tokens in force',
} as const satisfies Partial<Record<LimitName, string>>;

export type LimitsOf = (tenant: TenantId) => TenantLimits;

/** Throws `control.too-many` where one more would be beyond the limit. */
export function assertRoom(limits: TenantLimits, limit: keyof typeof WORDS, used: number): void {
  const most = limits[limit];
  if (used < most) return;
  throw fail('control.too-many', `the tenant has ${used} ${WORDS[limit]} and may have ${most}`, {
    reason: limit,
    values: { limit, most, used },
  });
}
