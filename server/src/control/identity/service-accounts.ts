import type { TenantId } from '@hanok/contract';
import type { Clock } from '#base';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import type { ServiceAccountsTable } from '../schema.ts';
import { makeId, type RandomBytes } from './secret.ts';
import { assertGivable, type Granted } from './users.ts';

export interface ServiceAccountRecord extends ServiceAccountsTable {
  /** Tokens in force. */
  readonly tokens: number;
}

/** Members of a tenant that are no people: they have a role, outlive whoever made them, and act by API tokens. */
export interface ServiceAccounts {
  list(tenant: TenantId): Promise<ServiceAccountRecord[]>;
  /** Throws `control.too-many`, `control.role-unknown`, `control.more-than-yours`. */
  create(
    by: Actor,
    tenant: TenantId,
    granted: Granted,
    wanted: { readonly name: string; readonly role: string },
  ): Promise<ServiceAccountRecord>;
  /** Its tokens are refused from this moment on. Throws `control.not-found`, `control.more-than-yours`. */
  remove(by: Actor, tenant: TenantId, granted: Granted, id: string): Promise<void>;
}

const MOST_ACCOUNTS = 200;

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

export function openServiceAccounts({ dialect: { database }, audit, clock, random }: Deps): ServiceAccounts {
  return {
    list: (tenant) =>
      database
        .selectFrom('service_accounts')
        .leftJoin('api_tokens', (join) =>
          join.onRef('api_tokens.service_account', '=', 'service_accounts.id').on('api_tokens.revoked_at', 'is', null),
        )
        .selectAll('service_accounts')
        .select(({ fn }) => fn.count<number>('api_tokens.id').as('tokens'))
        .where('service_accounts.tenant', '=', tenant)
        .groupBy('service_accounts.id')
        .orderBy('service_accounts.name')
        .execute(),
    async create(by, tenant, granted, { name, role }) {
      const account: ServiceAccountsTable = { id: makeId('sa', random), tenant, name, role, created_at: clock.now() };
      await audit.change(async (transaction) => {
        await assertGivable(transaction, tenant, granted, role);
        const { count } = await transaction
          .selectFrom('service_accounts')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where('tenant', '=', tenant)
          .executeTakeFirstOrThrow();
        if (count >= MOST_ACCOUNTS)
          throw fail('control.too-many', `a tenant has at most ${MOST_ACCOUNTS} service accounts`);
        await transaction.insertInto('service_accounts').values(account).execute();
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'service-account.create',
            target: account.id,
            outcome: 'ok',
            tenant,
            detail: { name, role },
          },
          access: [],
        };
      });
      return { ...account, tokens: 0 };
    },
    async remove(by, tenant, granted, id) {
      await audit.change(async (transaction) => {
        const account = await transaction
          .selectFrom('service_accounts')
          .select(['name', 'role'])
          .where('id', '=', id)
          .where('tenant', '=', tenant)
          .executeTakeFirst();
        if (!account) throw fail('control.not-found', 'there is no such service account', { at: 'id' });
        await assertGivable(transaction, tenant, granted, account.role);
        const tokens = await transaction
          .selectFrom('api_tokens')
          .select('token_hash')
          .where('service_account', '=', id)
          .where('tenant', '=', tenant)
          .execute();
        // Its tokens go with it (ON DELETE CASCADE).
        await transaction.deleteFrom('service_accounts').where('id', '=', id).where('tenant', '=', tenant).execute();
        return {
          result: undefined,
          entry: {
            actor: by,
            action: 'service-account.remove',
            target: id,
            outcome: 'ok',
            tenant,
            detail: { name: account.name, tokens: tokens.length },
          },
          access: tokens.map(({ token_hash }) => ({ kind: 'session' as const, tokenHash: token_hash })),
        };
      });
    },
  };
}
