import type { LimitSet, TenantLimits } from '@hanok/contract';

/** As the database keeps it: written by this program alone, which checked it before. */
export const limitSetOf = (json: string): LimitSet => JSON.parse(json) as LimitSet;

/** What holds for a tenant: its own, else its plan's, else the installation's. */
export const effectiveLimits = (installation: TenantLimits, plan: LimitSet, own: LimitSet): TenantLimits =>
  Object.freeze(Object.assign({}, installation, plan, own));
