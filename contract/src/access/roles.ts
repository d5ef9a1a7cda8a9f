/** Built-in roles: named sets of permissions. A tenant adds roles of its own; the installation has these two. */
import {
  INSTANCE_PERMISSIONS,
  type InstancePermission,
  TENANT_PERMISSIONS,
  type TenantPermission,
} from './permissions.ts';

export const TENANT_ROLES = ['owner', 'admin', 'editor', 'viewer'] as const;
export type TenantRole = (typeof TENANT_ROLES)[number];
export const OPERATOR_ROLES = ['operator', 'operator-read-only'] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

export const isTenantRole = (text: string): text is TenantRole => TENANT_ROLES.some((role) => role === text);
export const isOperatorRole = (text: string): text is OperatorRole => OPERATOR_ROLES.some((role) => role === text);

/** Reading telemetry and what is known of it. */
const VIEWER = [
  'logs.read',
  'traces.read',
  'metrics.read',
  'services.read',
  'fields.read',
  'ingest.read',
  'storage.read',
  'usage.read',
  'keys.read',
  'jwt-issuers.read',
  'operator-access.read',
] as const satisfies readonly TenantPermission[];

export const PERMISSIONS_OF_TENANT_ROLE: Readonly<Record<TenantRole, readonly TenantPermission[]>> = {
  owner: TENANT_PERMISSIONS,
  admin: TENANT_PERMISSIONS.filter((permission) => permission !== 'owners.write'),
  editor: VIEWER,
  viewer: VIEWER,
};

export const PERMISSIONS_OF_OPERATOR_ROLE: Readonly<Record<OperatorRole, readonly InstancePermission[]>> = {
  operator: INSTANCE_PERMISSIONS,
  'operator-read-only': INSTANCE_PERMISSIONS.filter((permission) => permission.endsWith('.read')),
};
