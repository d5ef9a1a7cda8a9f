import {
  type InstancePermission,
  isOperatorRole,
  isTenantPermission,
  isTenantRole,
  type OperatorRole,
  PERMISSIONS_OF_OPERATOR_ROLE,
  PERMISSIONS_OF_TENANT_ROLE,
  type TenantId,
  type TenantPermission,
} from '@hanok/contract';
import type { Principal } from '#base';

/** What somebody may do in one tenant. */
export interface TenantRight {
  /** A built-in role or the id of one of the tenant's; of a token its owner's. */
  readonly role: string;
  readonly permissions: ReadonlySet<TenantPermission>;
  /** Unix milliseconds; when it ends by itself: an operator's access to a tenant's data. */
  readonly until?: number;
}

/** What a credential stands for, as the control database says now. */
export interface Rights {
  readonly principal: Principal;
  readonly operatorRole: OperatorRole | null;
  /** Tenants in force for it; suspended ones are not among them. */
  readonly tenants: ReadonlyMap<TenantId, TenantRight>;
  /** The person behind it: themselves, or whose token it is. */
  readonly userId: string | undefined;
  readonly tokenHash: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/** The one tenant of somebody who has no other and is no operator: whose affair it is what they do. */
export function homeOf({ operatorRole, tenants }: Pick<Rights, 'operatorRole' | 'tenants'>): TenantId | undefined {
  if (operatorRole !== null || tenants.size !== 1) return undefined;
  return tenants.keys().next().value;
}

const NOTHING: ReadonlySet<never> = new Set();

/** @param custom JSON array of permissions of the role, when the tenant made it. Unknown ones allow nothing. */
export function permissionsOfRole(role: string, custom: string | null): ReadonlySet<TenantPermission> {
  if (isTenantRole(role)) return new Set(PERMISSIONS_OF_TENANT_ROLE[role]);
  return new Set(readPermissions(custom).filter(isTenantPermission));
}

export function instancePermissionsOf(role: string | null): ReadonlySet<InstancePermission> {
  return role !== null && isOperatorRole(role) ? new Set(PERMISSIONS_OF_OPERATOR_ROLE[role]) : NOTHING;
}

/** What an operator may in Hanok's own tenant, without opening it first. */
export function ownTenantPermissionsOf(role: OperatorRole): ReadonlySet<TenantPermission> {
  const all = PERMISSIONS_OF_TENANT_ROLE.owner;
  return new Set(role === 'operator' ? all : all.filter((permission) => permission.endsWith('.read')));
}

/** A JSON array of texts as it is stored; nothing when there is none. */
export function readPermissions(text: string | null): readonly string[] {
  const parsed: unknown = text === null ? [] : JSON.parse(text);
  return Array.isArray(parsed) ? parsed.filter((one) => typeof one === 'string') : [];
}
