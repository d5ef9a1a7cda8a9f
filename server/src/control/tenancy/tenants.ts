import { isTenantId, type RetentionDays, reservedBecause, type TenantLimits, type TenantPatch } from '@hanok/contract';
import type { Transaction } from 'kysely';
import { type Clock, type Log, must, OPERATOR_TENANT } from '#base';
import { differences } from '../audit/entry.ts';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import { insertResetLink, type MadeLink } from '../identity/links.ts';
import { laneOf, type Passwords } from '../identity/password.ts';
import { digest, keyPrefix, makeId, makeIngestKey, makePassword, type RandomBytes } from '../identity/secret.ts';
import { insertMembership, insertPerson } from '../identity/users.ts';
import type { Schema, TenantsTable } from '../schema.ts';
import { type Tenant, tenantOf } from './snapshot.ts';

export interface TenantDefaults {
  readonly limits: TenantLimits;
  readonly retentionDays: RetentionDays;
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
  { limits, retentionDays }: TenantDefaults,
): TenantsTable {
  return {
    id,
    name,
    mode,
    store: storeOf(id, mode),
    status: 'active',
    created_at: now,
    records_per_second: limits.recordsPerSecond,
    bytes_per_second: limits.bytesPerSecond,
    burst_seconds: limits.burstSeconds,
    logs_days: retentionDays.logs,
    traces_days: retentionDays.traces,
    metrics_days: retentionDays.metrics,
  };
}

export function openTenants(deps: Deps): Tenants {
  const { dialect, audit, clock, random, passwords } = deps;
  const { database } = dialect;
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
    const tenant = tenantOf(values);
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
          .values({
            id: makeId('k', random),
            tenant: id,
            name: 'first key',
            key_hash: digest(ingestKey),
            prefix: keyPrefix(ingestKey),
            created_at: now,
            last_used_at: null,
            revoked_at: null,
          })
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
    async change(by, id, { name, status, limits, retentionDays, reason }) {
      const wanted: Partial<TenantsTable> = {
        ...(name === undefined ? {} : { name }),
        ...(status === undefined ? {} : { status }),
        ...(limits?.recordsPerSecond === undefined ? {} : { records_per_second: limits.recordsPerSecond }),
        ...(limits?.bytesPerSecond === undefined ? {} : { bytes_per_second: limits.bytesPerSecond }),
        ...(limits?.burstSeconds === undefined ? {} : { burst_seconds: limits.burstSeconds }),
        ...(retentionDays?.logs === undefined ? {} : { logs_days: retentionDays.logs }),
        ...(retentionDays?.traces === undefined ? {} : { traces_days: retentionDays.traces }),
        ...(retentionDays?.metrics === undefined ? {} : { metrics_days: retentionDays.metrics }),
      };
      if (id === OPERATOR_TENANT && status === 'suspended')
        throw fail('control.reserved-id', "Hanok's own tenant cannot be suspended", { at: 'status' });
      await audit.change(async (transaction) => {
        const before = await transaction.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst();
        if (!before) throw fail('control.not-found', 'there is no such tenant', { at: 'id' });
        if (before.status === 'deleting')
          throw fail('control.tenant-deleting', 'the tenant is being deleted', { at: 'id' });
        if (status !== undefined) await noteSuspension(transaction, by, id, status, reason ?? '');
        if (Object.keys(wanted).length > 0)
          await transaction.updateTable('tenants').set(wanted).where('id', '=', id).execute();
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'tenant.change',
            target: id,
            outcome: 'ok',
            tenant: id,
            ...differences({ ...before }, wanted),
            ...(reason === undefined ? {} : { reason }),
          },
          access: [{ kind: 'tenant', tenant: id }],
        };
      });
      const row = await database.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
      return tenantOf(row);
    },
  };
}
