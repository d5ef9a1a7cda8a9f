import { type LimitName, type LimitsResponse, type PlanRow, type TenantId, tenantLimits } from '@hanok/contract';
import { must, type Route, serve } from '#base';
import { actorOf, instantOf } from '../routes/rows.ts';
import type { Snapshot } from '../tenancy/snapshot.ts';
import type { Tenants } from '../tenancy/tenants.ts';
import type { PlanRecord, Plans } from './plans.ts';

/** What is used at this moment of the limits that somebody counts. */
export type LimitUses = Readonly<Partial<Record<LimitName, number>>>;

const NAMES = tenantLimits.keyof().options;

const planRowOf = ({ created_at, changed_at, ...plan }: PlanRecord): PlanRow => ({
  ...plan,
  createdAt: instantOf(created_at),
  changedAt: instantOf(changed_at),
});

interface Deps {
  readonly plans: Plans;
  readonly tenants: Pick<Tenants, 'setRetention'>;
  readonly snapshot: () => Snapshot;
  readonly usesOf: (tenant: TenantId) => Promise<LimitUses>;
}

export function limitRoutes({ plans, tenants, snapshot, usesOf }: Deps): Route[] {
  return [
    serve('GET /api/v1/limits', async ({ caller }): Promise<LimitsResponse> => {
      const now = snapshot();
      const tenant = now.tenant(caller.tenant);
      must(tenant, 'a caller has a tenant');
      const uses: LimitUses = {
        ...(await usesOf(tenant.id)),
        logsDays: tenant.retentionDays.logs,
        tracesDays: tenant.retentionDays.traces,
        metricsDays: tenant.retentionDays.metrics,
      };
      return {
        plan: { id: tenant.plan, name: now.planName(tenant.plan) },
        limits: NAMES.map((limit) => ({
          limit,
          most: tenant.limits[limit],
          used: uses[limit] ?? null,
          own: limit in tenant.overrides,
        })),
        retentionDays: tenant.retentionDays,
      };
    }),
    serve('PATCH /api/v1/retention', (context) =>
      tenants.setRetention(actorOf(context), context.caller.tenant, context.input),
    ),
    serve('GET /api/v1/plans', async () => ({ plans: (await plans.list()).map(planRowOf) })),
    serve('POST /api/v1/plans', async (context) => planRowOf(await plans.create(actorOf(context), context.input))),
    serve('PATCH /api/v1/plans/:id', async (context) => {
      const { id, name, limits } = context.input;
      return planRowOf(await plans.change(actorOf(context), id, { ...(name && { name }), ...(limits && { limits }) }));
    }),
    serve('DELETE /api/v1/plans/:id', async (context) => {
      await plans.remove(actorOf(context), context.input.id);
      return { done: true as const };
    }),
  ];
}
