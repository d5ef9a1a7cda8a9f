import type { TenantId, TenantLimits } from '@hanok/contract';
import type { Budget } from '#store';

/** What a tenant may ask. */
export type QueryLimits = Pick<
  TenantLimits,
  'queryMemoryBytes' | 'queryTimeMs' | 'queryRows' | 'queriesAtOnce' | 'tails'
>;

export type QueryLimitsOf = (tenant: TenantId) => QueryLimits | undefined;

/** The budget of one question: what it wants itself, no more than the tenant may. */
export function within(budget: Budget, limits: QueryLimits | undefined): Budget {
  if (!limits) return budget;
  const least = (wanted: number | undefined, most: number) => Math.min(wanted ?? most, most);
  return {
    ...budget,
    timeMs: least(budget.timeMs, limits.queryTimeMs),
    memoryBytes: least(budget.memoryBytes, limits.queryMemoryBytes),
    rowsToRead: least(budget.rowsToRead, limits.queryRows),
  };
}
