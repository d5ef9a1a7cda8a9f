import {
  isTenantId,
  type LimitSet,
  type RetentionDays,
  type RetentionRequest,
  reservedBecause,
  STANDARD_PLAN,
  type TenantId,
  type TenantLimits,
  type TenantPatch,
} from '@hanok/contract';
import type { Transaction } from 'kysely';
import { type Clock, type Log, must, OPERATOR_TENANT } from '#base';
import { differences } from '../audit/entry.ts';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import { newKey } from '../identity/keys.ts';
import { insertResetLink, type MadeLink } from '../identity/links.ts';
import { laneOf, type Passwords } from '../identity/password.ts';
import { makeId, makeIngestKey, makePassword, type RandomBytes } from '../identity/secret.ts';
import { insertMembership, insertPerson } from '../identity/users.ts';
import { limitSetOf } from '../limits/effective.ts';
import type { Schema, TenantsTable } from '../schema.ts';
import { type Tenant, tenantOf } from './snapshot.ts';

export interface TenantDefaults {
  /** Limits of the installation, where plans say nothing. */
  readonly installation: TenantLimits;
}

export interface NewTenant {
  readonly id: string;
  readonly name: string;
  readonly mode: 'pool' | 'silo';
  readonly adminEmail: string;
}

/** The secrets exist in this answer only. */
export interface MadeTenant {
  readonly tenant: Tenant;
  readonly admin: {
    readonly email: string;
    readonly password: string;
    /** With it they set a password of their own, until then. */
    readonly link: { readonly secret: string; readonly expiresAt: number };
  };
  readonly ingestKey: string;
}

export interface Tenants {
  /**
   * Makes a tenant with its first administrator and key. Its store is opened (`onTenant`) before the tenant is seen
   * by anybody; when that fails nothing of it is kept. Throws `control.reserved-id`, `control.tenant-exists`,
   * `control.tenant-id-used`, `control.email-unavailable`, `control.tenant-not-opened`.
   */
  create(by: Actor, wanted: NewTenant): Promise<MadeTenant>;
  /** Throws `control.not-found`, `control.reserved-id`, `control.tenant-deleting`. */
  change(by: Actor, id: string, patch: TenantPatch): Promise<Tenant>;
  /** What the tenant itself may choose. Throws `control.beyond-limit`. */
  setRetention(by: Actor, id: TenantId, days: RetentionRequest): Promise<RetentionDays>;
}

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: RandomBytes;
  readonly passwords: Passwords;
  readonly defaults: TenantDefaults;
  readonly onTenant: (tenant: Tenant) => Promise<void>;
}

/** The pool's store name; a silo's is its own, so that the two can never meet. */
export const storeOf = (id: string, mode: 'pool' | 'silo'): string => (mode === 'pool' ? 'pool' : `silo-${id}`);

export function tenantValues(
  id: string,
  name: string,
  mode: 'pool' | 'silo',
  now: number,
  { installation }: TenantDefaults,
): TenantsTable {
  return {
    id,
    name,
    mode,
    store: storeOf(id, mode),
    status: 'active',
    created_at: now,
    logs_days: installation.logsDays,
    traces_days: installation.tracesDays,
    metrics_days: installation.metricsDays,
    plan: STANDARD_PLAN,
    limits: '{}',
  };
}

export function openTenants(deps: Deps): Tenants {
  const { dialect, audit, clock, random, passwords } = deps;
  const { database } = dialect;
  const tenantFrom = async (from: Pick<typeof database, 'selectFrom'>, row: TenantsTable): Promise<Tenant> => {
    const plan = await from.selectFrom('plans').select('limits').where('id', '=', row.plan).executeTakeFirst();
    return tenantOf(row, {
      installation: deps.defaults.installation,
      plan: () => (plan ? limitSetOf(plan.limits) : {}),
    });
  };
  /** Asked again for the same state, the first answer stays. */
  const noteSuspension = async (
    transaction: Transaction<Schema>,
    by: Actor,
    id: string,
    status: 'active' | 'suspended',
    reason: string,
  ): Promise<void> => {
    if (status === 'active') await transaction.deleteFrom('tenant_suspensions').where('tenant', '=', id).execute();
    else
      await transaction
        .insertInto('tenant_suspensions')
        .values({ tenant: id, suspended_by: by.name, suspended_at: clock.now(), reason })
        .onConflict((conflict) => conflict.column('tenant').doNothing())
        .execute();
  };
  /** One at a time: opening a store takes long, and two of one id must not meet half-way. */
  let turn: Promise<unknown> = Promise.resolve();

  const create = async (by: Actor, { id, name, mode, adminEmail }: NewTenant): Promise<MadeTenant> => {
    must(isTenantId(id), 'tenant ids are checked at the edge');
    const reserved = reservedBecause(id);
    if (reserved)
      throw fail('control.reserved-id', `${id} is the first part of host names of another kind`, {
        reason: reserved,
        values: { id },
        at: 'id',
      });
    const email = adminEmail.toLowerCase();
    const taken = await database.selectFrom('tenants').select('id').where('id', '=', id).executeTakeFirst();
    if (taken) throw fail('control.tenant-exists', `there is a tenant ${id} already`, { at: 'id' });
    // Whatever still names the deleted one, a link or a sender, must not come to mean another.
    const used = await database.selectFrom('certificates').select('id').where('tenant', '=', id).executeTakeFirst();
    if (used)
      throw fail('control.tenant-id-used', `${id} was the id of a tenant that was deleted`, {
        values: { id, certificate: used.id },
        at: 'id',
      });
    const address = await database.selectFrom('users').select('id').where('email', '=', email).executeTakeFirst();
    if (address) throw fail('control.email-unavailable', 'this e-mail address cannot be used', { at: 'adminEmail' });

    const now = clock.now();
    const values = tenantValues(id, name, mode, now, deps.defaults);
    const tenant = await tenantFrom(database, values);
    // Before anything is kept: a store opened twice, or left without a tenant, does no harm; a tenant without a
    // store would accept records that nobody can keep.
    try {
      await deps.onTenant(tenant);
    } catch (cause) {
      deps.log.error({ tenant: id, error: cause }, 'the store of a new tenant did not open');
      throw fail('control.tenant-not-opened', `the store of tenant ${id} did not open`, { cause, retryAfter: 10 });
    }
    const password = makePassword(random);
    const ingestKey = makeIngestKey(random);
    const passwordHash = await passwords.hash(password, laneOf(by.name));
    let link: MadeLink;
    try {
      link = await audit.change(async (transaction) => {
        await transaction.insertInto('tenants').values(values).execute();
        const user = makeId('u', random);
        await insertPerson(transaction, { id: user, email, created_at: now }, passwordHash, null);
        await insertMembership(transaction, user, id, 'owner', now);
        const made = await insertResetLink(
          transaction,
          { id: user, email },
          id,
          { by: null, name: by.name, at: now },
          random,
        );
        await transaction
          .insertInto('ingest_keys')
          .values(newKey(makeId('k', random), id, 'first key', ingestKey, now))
          .execute();
        return {
          result: made,
          entry: {
            actor: by,
            action: 'tenant.create',
            target: id,
            outcome: 'ok',
            tenant: id,
            detail: { name, mode, admin: email },
          },
          access: [{ kind: 'tenant', tenant: id }],
        };
      });
    } catch (error) {
      if (dialect.isUniqueViolation(error))
        throw fail('control.email-unavailable', 'this e-mail address cannot be used', { at: 'adminEmail' });
      throw error;
    }
    return {
      tenant,
      admin: { email, password, link: { secret: link.secret, expiresAt: link.row.expires_at } },
      ingestKey,
    };
  };

  return {
    create(by, wanted) {
      const made = turn.then(() => create(by, wanted));
      turn = made.catch(() => undefined);
      return made;
    },
    async change(by, id, { name, status, plan, limits, retentionDays, reason }) {
      if (id === OPERATOR_TENANT && status === 'suspended')
        throw fail('control.reserved-id', "Hanok's own tenant cannot be suspended", { at: 'status' });
      await audit.change(async (transaction) => {
        const before = await transaction.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst();
        if (!before) throw fail('control.not-found', 'there is no such tenant', { at: 'id' });
        if (before.status === 'deleting')
          throw fail('control.tenant-deleting', 'the tenant is being deleted', { at: 'id' });
        if (status !== undefined) await noteSuspension(transaction, by, id, status, reason ?? '');
        if (plan !== undefined) await assertPlan(transaction, plan);
        const overrides = limitSetOf(before.limits);
        const wanted: Partial<TenantsTable> = {
          ...(name === undefined ? {} : { name }),
          ...(status === undefined ? {} : { status }),
          ...(plan === undefined ? {} : { plan }),
          ...(limits === undefined ? {} : { limits: JSON.stringify(overriddenBy(overrides, limits)) }),
        };
        const after = { ...before, ...wanted };
        const days = retentionDays && daysWithin((await tenantFrom(transaction, after)).limits, retentionDays);
        if (Object.keys({ ...wanted, ...days }).length > 0)
          await transaction
            .updateTable('tenants')
            .set({ ...wanted, ...days })
            .where('id', '=', id)
            .execute();
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'tenant.change',
            target: id,
            outcome: 'ok',
            tenant: id,
            ...differences(
              { ...before, ...allOf(overrides, limits ?? {}) },
              { ...omit(wanted, 'limits'), ...days, ...limits },
            ),
            ...(reason === undefined ? {} : { reason }),
          },
          access: [{ kind: 'tenant', tenant: id }],
        };
      });
      const row = await database.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
      return tenantFrom(database, row);
    },
    async setRetention(by, id, days) {
      return audit.change(async (transaction) => {
        const before = await transaction.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst();
        if (!before) throw fail('control.not-found', 'there is no such tenant');
        const wanted = daysWithin((await tenantFrom(transaction, before)).limits, days);
        if (Object.keys(wanted).length > 0)
          await transaction.updateTable('tenants').set(wanted).where('id', '=', id).execute();
        return {
          result: (await tenantFrom(transaction, { ...before, ...wanted })).retentionDays,
          entry: {
            actor: by,
            action: 'retention.change',
            target: id,
            outcome: 'ok',
            tenant: id,
            ...differences({ ...before }, wanted),
          },
          access: [{ kind: 'tenant', tenant: id }],
        };
      });
    },
  };
}

async function assertPlan(transaction: Transaction<Schema>, plan: string): Promise<void> {
  const row = await transaction.selectFrom('plans').select('id').where('id', '=', plan).executeTakeFirst();
  if (!row) throw fail('control.plan-unknown', `there is no plan ${plan.slice(0, 40)}`, { at: 'plan' });
}

/** The tenant's own limits after a change: null takes one away. */
const overriddenBy = (before: LimitSet, change: NonNullable<TenantPatch['limits']>): LimitSet =>
  Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value != null));

/** What stood where something is changed, for the audit log. */
const allOf = (before: LimitSet, change: object): object =>
  Object.fromEntries(Object.keys(change).map((name) => [name, before[name as keyof LimitSet] ?? null]));

function omit<T extends object, K extends keyof T>(from: T, name: K): Omit<T, K> {
  const { [name]: _, ...rest } = from;
  return rest;
}

const DAYS = [
  { signal: 'logs', limit: 'logsDays', column: 'logs_days' },
  { signal: 'traces', limit: 'tracesDays', column: 'traces_days' },
  { signal: 'metrics', limit: 'metricsDays', column: 'metrics_days' },
] as const;

/** Throws `control.beyond-limit`. */
function daysWithin(limits: TenantLimits, wanted: RetentionRequest): Partial<TenantsTable> {
  const columns: Partial<TenantsTable> = {};
  for (const { signal, limit, column } of DAYS) {
    const days = wanted[signal];
    if (days === undefined) continue;
    const most = limits[limit];
    if (days > most)
      throw fail('control.beyond-limit', `${signal} may be kept for ${most} days at most, not ${days}`, {
        reason: limit,
        values: { limit, most, used: days },
        at: signal,
      });
    columns[column] = days;
  }
  return columns;
}
