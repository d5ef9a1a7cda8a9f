/**
 * What may be allowed, as `resource.verb`, and of what it is asked: of a tenant in force, or of the installation. The one
 * list that endpoints, roles, API tokens, the page of permissions and the browser draw on. Browser-safe: no imports.
 */

/** Asked of one tenant. `read` of a resource never shows secrets. */
export const TENANT_PERMISSIONS = [
  'logs.read',
  'traces.read',
  'metrics.read',
  'services.read',
  /** Names of fields and their values, for completion; of all signals. */
  'fields.read',
  /** What arrived, what was refused and why, notices. */
  'ingest.read',
  'storage.read',
  /** Limits and what is used of them. */
  'usage.read',
  /** How long telemetry is kept, within the plan. */
  'retention.write',
  'keys.read',
  'keys.write',
  /** Issuers of tokens with which senders come. */
  'jwt-issuers.read',
  'jwt-issuers.write',
  'people.read',
  'people.write',
  /** Making, changing and removing owners. */
  'owners.write',
  'roles.read',
  'roles.write',
  'tokens.read',
  'tokens.write',
  'audit.read',
  /** Who of the operators may look at the tenant's data now. */
  'operator-access.read',
  'operator-access.write',
] as const;

/** Asked of the installation. */
export const INSTANCE_PERMISSIONS = [
  'tenants.read',
  'tenants.write',
  'instance.read',
  'instance-audit.read',
  'instance-tokens.read',
  'instance-tokens.write',
  'operators.read',
  'operators.write',
  /** Opening a tenant's data to oneself, with a reason, for a while. */
  'tenant-access.write',
] as const;

export type TenantPermission = (typeof TENANT_PERMISSIONS)[number];
export type InstancePermission = (typeof INSTANCE_PERMISSIONS)[number];
export type Permission = TenantPermission | InstancePermission;

const TENANT: ReadonlySet<string> = new Set(TENANT_PERMISSIONS);
const INSTANCE: ReadonlySet<string> = new Set(INSTANCE_PERMISSIONS);

export const isTenantPermission = (text: string): text is TenantPermission => TENANT.has(text);
export const isInstancePermission = (text: string): text is InstancePermission => INSTANCE.has(text);
