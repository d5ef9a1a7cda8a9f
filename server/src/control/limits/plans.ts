import { type LimitSet, type PlanCreateRequest, STANDARD_PLAN, type TenantLimits } from '@hanok/contract';
import type { Clock } from '#base';
import { differences } from '../audit/entry.ts';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import type { PlansTable } from '../schema.ts';
import { effectiveLimits, limitSetOf } from './effective.ts';

export interface PlanRecord {
  readonly id: string;
  readonly name: string;
  readonly limits: LimitSet;
  readonly effective: TenantLimits;
  readonly tenants: number;
  readonly created_at: number;
  readonly changed_at: number;
}

/** Named sets of limits. A change holds for all tenants that have the plan once it is committed. */
export interface Plans {
  list(): Promise<PlanRecord[]>;
  /** Throws `control.plan-exists`, `control.too-many`. */
  create(by: Actor, wanted: PlanCreateRequest): Promise<PlanRecord>;
  /** Throws `control.not-found`. */
  change(by: Actor, id: string, patch: { readonly name?: string; readonly limits?: LimitSet }): Promise<PlanRecord>;
  /** Throws `control.not-found`, `control.plan-in-use`. */
  remove(by: Actor, id: string): Promise<void>;
}

const MOST_PLANS = 100;
/** More tenants are not named to other processes one by one: what PostgreSQL carries to them is bounded. */
const MOST_NAMED = 20;

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly installation: TenantLimits;
}

export function openPlans({ dialect: { database }, audit, clock, installation }: Deps): Plans {
  const recordOf = ({ limits, ...row }: PlansTable, tenants: number): PlanRecord => {
    const own = limitSetOf(limits);
    return { ...row, limits: own, effective: effectiveLimits(installation, own, {}), tenants };
  };
  const countOf = async (from: Pick<typeof database, 'selectFrom'>, id: string): Promise<number> => {
    const { count } = await from
      .selectFrom('tenants')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('plan', '=', id)
      .executeTakeFirstOrThrow();
    return count;
  };
  const missing = () => fail('control.not-found', 'there is no such plan', { at: 'id' });

  return {
    async list() {
      const rows = await database.selectFrom('plans').selectAll().orderBy('id').execute();
      const counts = await database
        .selectFrom('tenants')
        .select('plan')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .groupBy('plan')
        .execute();
      const byPlan = new Map(counts.map(({ plan, count }) => [plan, count]));
      return rows.map((row) => recordOf(row, byPlan.get(row.id) ?? 0));
    },
    async create(by, { id, name, limits }) {
      const now = clock.now();
      const row: PlansTable = { id, name, limits: JSON.stringify(limits), created_at: now, changed_at: now };
      await audit.change(async (transaction) => {
        const ids = await transaction.selectFrom('plans').select('id').execute();
        if (ids.some((one) => one.id === id))
          throw fail('control.plan-exists', `there is a plan ${id} already`, { at: 'id' });
        if (ids.length >= MOST_PLANS) throw fail('control.too-many', `there are at most ${MOST_PLANS} plans`);
        await transaction.insertInto('plans').values(row).execute();
        return {
          result: undefined,
          entry: { actor: by, action: 'plan.create', target: id, outcome: 'ok', after: { name, limits } },
          access: [],
        };
      });
      return recordOf(row, 0);
    },
    async change(by, id, { name, limits }) {
      return audit.change(async (transaction) => {
        const before = await transaction.selectFrom('plans').selectAll().where('id', '=', id).executeTakeFirst();
        if (!before) throw missing();
        const wanted = {
          ...(name === undefined ? {} : { name }),
          ...(limits === undefined ? {} : { limits: JSON.stringify(limits) }),
        };
        const after: PlansTable = { ...before, ...wanted, changed_at: clock.now() };
        await transaction.updateTable('plans').set(after).where('id', '=', id).execute();
        const holders = await transaction.selectFrom('tenants').select('id').where('plan', '=', id).execute();
        return {
          result: recordOf(after, holders.length),
          entry: {
            actor: by,
            action: 'plan.change',
            target: id,
            outcome: 'ok',
            ...differences(
              { name: before.name, ...limitSetOf(before.limits) },
              { ...(name === undefined ? {} : { name }), ...(limits && allOf(limitSetOf(before.limits), limits)) },
            ),
          },
          access:
            holders.length > MOST_NAMED
              ? [{ kind: 'anything' }]
              : holders.map((holder) => ({ kind: 'tenant', tenant: holder.id })),
        };
      });
    },
    async remove(by, id) {
      await audit.change(async (transaction) => {
        const before = await transaction.selectFrom('plans').selectAll().where('id', '=', id).executeTakeFirst();
        if (!before) throw missing();
        if (id === STANDARD_PLAN)
          throw fail('control.plan-in-use', 'tenants for which no plan is chosen have this one', {
            reason: 'standard',
          });
        const tenants = await countOf(transaction, id);
        if (tenants > 0)
          throw fail('control.plan-in-use', `${tenants} tenants have this plan`, { values: { tenants } });
        await transaction.deleteFrom('plans').where('id', '=', id).execute();
        return {
          result: undefined,
          entry: { actor: by, action: 'plan.remove', target: id, outcome: 'ok', before: { name: before.name } },
          access: [],
        };
      });
    },
  };
}

/** What was there and is not said any more is null in the audit log. */
const allOf = (before: LimitSet, after: LimitSet): object => ({
  ...Object.fromEntries(Object.keys(before).map((name) => [name, null])),
  ...after,
});
