import type { KeyRow, TenantRow, UserRow } from '@hanok/contract';
import type { RouteContext } from '#base';
import type { Actor } from '../audit/log.ts';
import type { KeyRecord } from '../identity/keys.ts';
import type { UserRecord } from '../identity/users.ts';
import type { Tenant } from '../tenancy/snapshot.ts';

/** Unix milliseconds as the contract's instant: decimal nanoseconds. */
export const instantOf = (ms: number): string => `${ms}000000`;
const instantOrNull = (ms: number | null): string | null => (ms === null ? null : instantOf(ms));

export function actorOf(context: RouteContext<unknown>): Actor {
  // Absent on routes without a tenant in force.
  const caller: RouteContext<unknown>['caller'] | undefined = context.caller;
  return {
    name: context.person?.email ?? 'anonymous',
    tenant: caller?.tenant ?? null,
    remote: context.remote,
    requestId: context.requestId,
    operator: context.person?.role === 'operator',
  };
}

export const keyRowOf = (key: KeyRecord): KeyRow => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  createdAt: instantOf(key.created_at),
  lastUsedAt: instantOrNull(key.last_used_at),
  revokedAt: instantOrNull(key.revoked_at),
});

export const userRowOf = (user: UserRecord): UserRow => ({
  id: user.id,
  email: user.email,
  role: user.role,
  createdAt: instantOf(user.created_at),
  lastLoginAt: instantOrNull(user.last_login_at),
});

export const tenantRowOf = ({ createdAt, ...tenant }: Tenant): TenantRow => ({
  ...tenant,
  createdAt: instantOf(createdAt),
});
