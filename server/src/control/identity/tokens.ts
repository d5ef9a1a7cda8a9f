import { isInstancePermission, isTenantId, isTenantPermission, type Permission, type TenantId } from '@hanok/contract';
import { type Clock, must, type Principal } from '#base';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { fail } from '../errors.ts';
import { assertRoom, type LimitsOf } from '../limits/counted.ts';
import type { ApiTokensTable } from '../schema.ts';
import { rightsInTenants } from './memberships.ts';
import { isWithin } from './networks.ts';
import { instancePermissionsOf, permissionsOfRole, type Rights, readPermissions, type TenantRight } from './rights.ts';
import { digest, keyPrefix, makeApiToken, makeId, type RandomBytes } from './secret.ts';
import { assertHeld } from './users.ts';

export interface TokenRecord extends Omit<ApiTokensTable, 'token_hash' | 'permissions' | 'networks'> {
  readonly permissions: readonly string[];
  readonly networks: readonly string[];
  /** E-mail address of the person, or name of the service account. */
  readonly owner: string;
}

export interface TokenWish {
  readonly name: string;
  readonly permissions: readonly Permission[];
  readonly serviceAccount?: string | undefined;
  readonly networks: readonly string[];
  readonly expiresInDays: number | null;
}

/**
 * API tokens: what a program signs in with. A token may what it was made for, and never more than its owner may at the
 * moment: the person who made it, or its service account. Of a tenant, or (`undefined`) of the installation.
 */
export interface Tokens {
  list(tenant: TenantId | undefined): Promise<TokenRecord[]>;
  /** The secret is in this answer only. Throws `control.more-than-yours`, `control.too-many`, `control.not-found`. */
  create(
    by: Actor,
    maker: Pick<Principal, 'kind' | 'id'>,
    tenant: TenantId | undefined,
    held: ReadonlySet<string>,
    wish: TokenWish,
  ): Promise<{ readonly token: TokenRecord; readonly secret: string }>;
  /** Throws `control.not-found`. */
  revoke(by: Actor, tenant: TenantId | undefined, id: string): Promise<void>;
  /** Undefined when unknown, revoked, expired, from elsewhere, or when nothing is left of its owner's rights. */
  resolve(token: string, remote: string): Promise<Rights | undefined>;
}

const TOKEN = /^ht_[\w-]{43}$/;
/** API tokens of the installation in force. */
const MOST_OF_INSTALLATION = 200;
const DAY_MS = 86_400_000;
/** Uses are written this coarsely, so that most requests cost no write. */
const USED_EVERY_MS = 60_000;
/** What is noted of the rights of a token without an end; they are decided again long before. */
const NEVER = Number.MAX_SAFE_INTEGER;

interface Deps {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly limitsOf: LimitsOf;
}

export function openTokens({ dialect: { database }, audit, clock, random, limitsOf }: Deps): Tokens {
  const rows = (tenant: TenantId | undefined) => {
    const all = database
      .selectFrom('api_tokens')
      .leftJoin('users', 'users.id', 'api_tokens.user_id')
      .leftJoin('service_accounts', 'service_accounts.id', 'api_tokens.service_account')
      .selectAll('api_tokens')
      .select(['users.email', 'service_accounts.name as account'])
      .orderBy('api_tokens.created_at');
    return tenant === undefined
      ? all.where('api_tokens.tenant', 'is', null)
      : all.where('api_tokens.tenant', '=', tenant);
  };
  const recordOf = (row: Awaited<ReturnType<ReturnType<typeof rows>['execute']>>[number]): TokenRecord => {
    const { token_hash: _, permissions, networks, email, account, ...rest } = row;
    return {
      ...rest,
      permissions: readPermissions(permissions),
      networks: readPermissions(networks),
      owner: email ?? account ?? '',
    };
  };

  return {
    list: async (tenant) => (await rows(tenant).execute()).map(recordOf),
    async create(by, maker, tenant, held, { name, permissions, serviceAccount, networks, expiresInDays }) {
      const fits = tenant === undefined ? isInstancePermission : isTenantPermission;
      const foreign = permissions.filter((permission) => !fits(permission));
      if (foreign.length > 0)
        throw fail('control.permission-elsewhere', `not asked here: ${foreign.join(', ')}`, { at: 'permissions' });
      assertHeld(held, permissions, 'permissions');
      if (serviceAccount === undefined && maker.kind !== 'person')
        throw fail('control.people-only', 'a token makes tokens for service accounts only', { at: 'serviceAccount' });
      const secret = makeApiToken(random);
      const id = makeId('t', random);
      const now = clock.now();
      await audit.change(async (transaction) => {
        if (serviceAccount !== undefined) {
          const account = await transaction
            .selectFrom('service_accounts')
            .leftJoin('roles', 'roles.id', 'service_accounts.role')
            .select(['service_accounts.role', 'roles.permissions'])
            .where('service_accounts.id', '=', serviceAccount)
            .where('service_accounts.tenant', '=', tenant ?? '')
            .executeTakeFirst();
          if (!account) throw fail('control.not-found', 'there is no such service account', { at: 'serviceAccount' });
          const may = permissionsOfRole(account.role, account.permissions);
          const beyond = permissions.filter((permission) => !isTenantPermission(permission) || !may.has(permission));
          if (beyond.length > 0)
            throw fail('control.more-than-account', `the service account may not: ${beyond.join(', ')}`, {
              at: 'permissions',
              values: { permissions: beyond.join(', ') },
            });
        }
        const inForce = transaction
          .selectFrom('api_tokens')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where('revoked_at', 'is', null);
        const { count } = await (tenant === undefined
          ? inForce.where('tenant', 'is', null)
          : inForce.where('tenant', '=', tenant)
        ).executeTakeFirstOrThrow();
        if (tenant !== undefined) assertRoom(limitsOf(tenant), 'apiTokens', count);
        else if (count >= MOST_OF_INSTALLATION)
          throw fail('control.too-many', `there are at most ${MOST_OF_INSTALLATION} tokens in force`);
        await transaction
          .insertInto('api_tokens')
          .values({
            id,
            tenant: tenant ?? null,
            user_id: serviceAccount === undefined ? maker.id : null,
            service_account: serviceAccount ?? null,
            name,
            token_hash: digest(secret),
            prefix: keyPrefix(secret),
            permissions: JSON.stringify([...new Set(permissions)]),
            networks: JSON.stringify(networks),
            created_at: now,
            expires_at: expiresInDays === null ? null : now + expiresInDays * DAY_MS,
            last_used_at: null,
            revoked_at: null,
          })
          .execute();
        return {
          result: undefined,
          entry: {
            actor: by,
            action: tenant === undefined ? 'instance-token.create' : 'token.create',
            target: id,
            outcome: 'ok',
            tenant: tenant ?? null,
            detail: { name, permissions, networks, expiresInDays, serviceAccount: serviceAccount ?? null },
          },
          access: [],
        };
      });
      const made = await rows(tenant).where('api_tokens.id', '=', id).executeTakeFirstOrThrow();
      return { token: recordOf(made), secret };
    },
    async revoke(by, tenant, id) {
      await audit.change(async (transaction) => {
        const update = transaction
          .updateTable('api_tokens')
          .set({ revoked_at: clock.now() })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .returning(['name', 'prefix', 'token_hash']);
        const revoked = await (tenant === undefined
          ? update.where('tenant', 'is', null)
          : update.where('tenant', '=', tenant)
        ).executeTakeFirst();
        if (!revoked) throw fail('control.not-found', 'there is no such token in force', { at: 'id' });
        return {
          result: undefined,
          entry: {
            actor: by,
            action: tenant === undefined ? 'instance-token.revoke' : 'token.revoke',
            target: id,
            outcome: 'ok',
            tenant: tenant ?? null,
            detail: { name: revoked.name, prefix: revoked.prefix },
          },
          access: [{ kind: 'session', tokenHash: revoked.token_hash }],
        };
      });
    },
    async resolve(token, remote) {
      if (!TOKEN.test(token)) return undefined;
      const tokenHash = digest(token);
      const row = await database
        .selectFrom('api_tokens')
        .leftJoin('users', 'users.id', 'api_tokens.user_id')
        .leftJoin('tenants', 'tenants.id', 'api_tokens.tenant')
        .leftJoin('service_accounts', 'service_accounts.id', 'api_tokens.service_account')
        .leftJoin('roles', (join) =>
          join.onRef('roles.id', '=', 'service_accounts.role').onRef('roles.tenant', '=', 'service_accounts.tenant'),
        )
        .select([
          'api_tokens.id',
          'api_tokens.tenant',
          'api_tokens.user_id',
          'api_tokens.permissions',
          'api_tokens.networks',
          'api_tokens.expires_at',
          'api_tokens.last_used_at',
          'users.operator_role',
          'tenants.status',
          'service_accounts.role as account_role',
          'roles.permissions as role_permissions',
        ])
        .where('api_tokens.token_hash', '=', tokenHash)
        .where('api_tokens.revoked_at', 'is', null)
        .executeTakeFirst();
      const now = clock.now();
      if (!row || (row.expires_at !== null && now >= row.expires_at)) return undefined;
      if (!isWithin(readPermissions(row.networks), remote)) return undefined;
      if (row.tenant !== null && row.status !== 'active') return undefined;
      const wanted = readPermissions(row.permissions);
      const operatorRole = row.operator_role;
      const tenants = new Map<TenantId, TenantRight>();
      if (row.tenant !== null) {
        must(isTenantId(row.tenant), 'tenant ids in the database are valid');
        const owner =
          row.user_id === null
            ? {
                role: row.account_role ?? '',
                permissions: permissionsOfRole(row.account_role ?? '', row.role_permissions),
              }
            : (await rightsInTenants(database, { id: row.user_id, operatorRole }, now)).get(row.tenant);
        if (!owner) return undefined;
        const permissions = wanted.filter(isTenantPermission).filter((one) => owner.permissions.has(one));
        tenants.set(row.tenant, { ...owner, permissions: new Set(permissions) });
      } else if (operatorRole === null) return undefined;
      const instance =
        row.tenant === null
          ? wanted.filter(isInstancePermission).filter((one) => instancePermissionsOf(operatorRole).has(one))
          : [];
      if (row.last_used_at === null || now - row.last_used_at >= USED_EVERY_MS)
        await database.updateTable('api_tokens').set({ last_used_at: now }).where('id', '=', row.id).execute();
      return {
        principal: Object.freeze({
          kind: 'token',
          id: row.id,
          name: `token:${row.id}`,
          instance: new Set(instance),
        }),
        operatorRole: row.tenant === null ? operatorRole : null,
        tenants,
        userId: row.user_id ?? undefined,
        tokenHash,
        expiresAt: row.expires_at ?? NEVER,
      };
    },
  };
}
