import type {
  KeyRow,
  OperatorAccessRow,
  OperatorRow,
  Permission,
  RoleRow,
  ServiceAccountRow,
  TenantRow,
  TokenRow,
  UserRow,
} from '@hanok/contract';
import type { Caller, Principal } from '#base';
import type { Actor } from '../audit/log.ts';
import type { KeyRecord } from '../identity/keys.ts';
import type { OperatorRecord } from '../identity/operators.ts';
import type { RoleRecord } from '../identity/roles.ts';
import type { ServiceAccountRecord } from '../identity/service-accounts.ts';
import type { TokenRecord } from '../identity/tokens.ts';
import type { UserRecord } from '../identity/users.ts';
import type { OperatorAccessTable } from '../schema.ts';
import type { Tenant } from '../tenancy/snapshot.ts';

/** Unix milliseconds as the contract's instant: decimal nanoseconds. */
export const instantOf = (ms: number): string => `${ms}000000`;
export const instantOrNull = (ms: number | null): string | null => (ms === null ? null : instantOf(ms));

/** Who acts, as the audit log names them; the tenant in force is whose row it becomes. */
export function actorOf(context: {
  readonly principal: Principal;
  readonly caller?: Caller;
  readonly remote: string;
  readonly requestId: string;
}): Actor {
  return {
    name: context.principal.name,
    tenant: context.caller?.tenant ?? null,
    remote: context.remote,
    requestId: context.requestId,
    operator: context.principal.instance.size > 0,
  };
}

export const keyRowOf = (key: KeyRecord): KeyRow => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  createdAt: instantOf(key.created_at),
  lastUsedAt: instantOrNull(key.last_used_at),
  revokedAt: instantOrNull(key.revoked_at),
  expiresAt: instantOrNull(key.expires_at),
  networks: JSON.parse(key.networks) as string[],
  replacedBy: key.replaced_by,
});

export const userRowOf = (user: UserRecord): UserRow => ({
  id: user.id,
  email: user.email,
  role: user.role,
  createdAt: instantOf(user.created_at),
  lastLoginAt: instantOrNull(user.last_login_at),
});

export const roleRowOf = ({ id, name, permissions, members }: RoleRecord): RoleRow => ({
  id,
  name,
  builtIn: name === null,
  permissions: [...permissions],
  members,
});

export const tokenRowOf = (token: TokenRecord): TokenRow => ({
  id: token.id,
  name: token.name,
  prefix: token.prefix,
  owner:
    token.service_account === null
      ? { kind: 'person', id: token.user_id ?? '', name: token.owner }
      : { kind: 'service-account', id: token.service_account, name: token.owner },
  permissions: token.permissions as Permission[],
  networks: [...token.networks],
  createdAt: instantOf(token.created_at),
  expiresAt: instantOrNull(token.expires_at),
  lastUsedAt: instantOrNull(token.last_used_at),
  revokedAt: instantOrNull(token.revoked_at),
});

export const serviceAccountRowOf = (account: ServiceAccountRecord): ServiceAccountRow => ({
  id: account.id,
  name: account.name,
  role: account.role,
  createdAt: instantOf(account.created_at),
  tokens: account.tokens,
});

export const operatorRowOf = (operator: OperatorRecord): OperatorRow => ({
  id: operator.id,
  email: operator.email,
  role: operator.role,
  createdAt: instantOf(operator.created_at),
  lastLoginAt: instantOrNull(operator.last_login_at),
});

export const operatorAccessRowOf = (access: OperatorAccessTable): OperatorAccessRow => ({
  id: access.id,
  operator: access.email,
  reason: access.reason,
  role: access.role,
  openedAt: instantOf(access.opened_at),
  endsAt: instantOf(access.ends_at),
  endedAt: instantOrNull(access.ended_at),
  endedBy: access.ended_by,
});

export const tenantRowOf = ({ createdAt, ...tenant }: Tenant): TenantRow => ({
  ...tenant,
  createdAt: instantOf(createdAt),
});
