import type { TenantId } from '@hanok/contract';
import type { Transaction } from 'kysely';
import type { Clock, Principal } from '#base';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import type { OperatorAccessTable, Schema } from '../schema.ts';
import { makeId, type RandomBytes } from './secret.ts';

/**
 * Operators and a tenant's data: none of it is theirs to see until they open it, with a reason, for at most an hour. The
 * tenant sees who has it open and why, and may end it.
 */
export interface OperatorAccess {
  /** Newest first; those of the last 90 days. */
  list(tenant: TenantId): Promise<OperatorAccessTable[]>;
  /** Replaces what the operator has open of this tenant. Throws `control.not-found`. */
  open(
    by: Actor,
    operator: Pick<Principal, 'kind' | 'id' | 'name'>,
    tenant: string,
    wanted: { readonly reason: string; readonly role: 'viewer' | 'admin'; readonly minutes: number },
  ): Promise<OperatorAccessTable>;
  /** By the tenant. Throws `control.not-found`. */
  end(by: Actor, tenant: TenantId, id: string): Promise<void>;
  /** By the operator; not having it open is as good. */
  endOwn(by: Actor, operator: Pick<Principal, 'id'>, tenant: string): Promise<void>;
}

const SHOWN_MS = 90 * 86_400_000;
const MOST_SHOWN = 200;

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

export function openOperatorAccess({ dialect: { database }, audit, clock, random }: Deps): OperatorAccess {
  const openOnes = (transaction: Transaction<Schema>, tenant: string) =>
    transaction
      .updateTable('operator_access')
      .where('tenant', '=', tenant)
      .where('ended_at', 'is', null)
      .where('ends_at', '>', clock.now());
  return {
    list: (tenant) =>
      database
        .selectFrom('operator_access')
        .selectAll()
        .where('tenant', '=', tenant)
        .where('opened_at', '>', clock.now() - SHOWN_MS)
        .orderBy('opened_at', 'desc')
        .limit(MOST_SHOWN)
        .execute(),
    open: (by, operator, tenant, { reason, role, minutes }) =>
      audit.change(async (transaction) => {
        // A token would open it without a person who answers for the reason.
        if (operator.kind !== 'person')
          throw fail('control.people-only', "a tenant's data is opened by a person, not by a token");
        const known = await transaction.selectFrom('tenants').select('id').where('id', '=', tenant).executeTakeFirst();
        if (!known) throw fail('control.not-found', 'there is no such tenant', { at: 'tenant' });
        const now = clock.now();
        await openOnes(transaction, tenant)
          .set({ ended_at: now, ended_by: by.name })
          .where('user_id', '=', operator.id)
          .execute();
        const row: OperatorAccessTable = {
          id: makeId('oa', random),
          tenant,
          user_id: operator.id,
          email: operator.name,
          role,
          reason,
          opened_at: now,
          ends_at: now + minutes * 60_000,
          ended_at: null,
          ended_by: null,
        };
        await transaction.insertInto('operator_access').values(row).execute();
        return {
          result: row,
          entry: {
            actor: by,
            action: 'operator-access.open',
            target: row.id,
            outcome: 'ok',
            tenant,
            detail: { reason, role, minutes },
          },
          access: [{ kind: 'person', userId: operator.id }],
        };
      }),
    async end(by, tenant, id) {
      await audit.change(async (transaction) => {
        const ended = await openOnes(transaction, tenant)
          .set({ ended_at: clock.now(), ended_by: by.name })
          .where('id', '=', id)
          .returning(['user_id', 'email'])
          .executeTakeFirst();
        if (!ended) throw fail('control.not-found', 'there is no such access open', { at: 'id' });
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'operator-access.end',
            target: id,
            outcome: 'ok',
            tenant,
            detail: { operator: ended.email },
          },
          access: [{ kind: 'person', userId: ended.user_id }],
        };
      });
    },
    async endOwn(by, operator, tenant) {
      await audit.change(async (transaction) => {
        const known = await transaction.selectFrom('tenants').select('id').where('id', '=', tenant).executeTakeFirst();
        if (!known) throw fail('control.not-found', 'there is no such tenant', { at: 'tenant' });
        await openOnes(transaction, tenant)
          .set({ ended_at: clock.now(), ended_by: by.name })
          .where('user_id', '=', operator.id)
          .execute();
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'operator-access.end',
            target: tenant,
            outcome: 'ok',
            tenant,
            detail: { operator: by.name },
          },
          access: [{ kind: 'person', userId: operator.id }],
        };
      });
    },
  };
}
