import type { InstancePermission, MeResponse, TenantPermission } from '@hanok/contract';

type Permission = TenantPermission | InstancePermission;

/** May the person do this, in the tenant in force or with the installation? What the server refuses is not offered. */
export function may(
  me: Pick<MeResponse, 'tenant' | 'instancePermissions'> | undefined,
  permission: Permission,
): boolean {
  if (!me) return false;
  return (
    me.tenant?.permissions.some((one) => one === permission) === true ||
    me.instancePermissions.some((one) => one === permission)
  );
}

/** An operator in a tenant whose data they have not opened. */
export const isClosed = (me: Pick<MeResponse, 'tenant'>): boolean => me.tenant !== null && me.tenant.role === null;

/** What of these the person may not; none: all of it is allowed. */
export const lacking = (
  me: Pick<MeResponse, 'tenant' | 'instancePermissions'> | undefined,
  permissions: readonly Permission[],
): readonly Permission[] => permissions.filter((permission) => !may(me, permission));
