import type { MeResponse, RoleRow } from '@hanok/contract';
import { isTenantRole, PERMISSIONS_OF_TENANT_ROLE, TENANT_ROLES } from '@hanok/contract/access/roles';
import { useQuery } from '@tanstack/react-query';
import { rolesQuery } from '../../api/admin-queries.ts';
import { may } from '../../api/may.ts';
import { t } from '../../i18n/index.ts';

/** A built-in role in the reader's language, else the name that the tenant gave it. */
export function roleName(role: string, roles: readonly RoleRow[]): string {
  return isTenantRole(role) ? t(`app.role.${role}`) : (roles.find(({ id }) => id === role)?.name ?? role);
}

/** Roles of the tenant; for whom may not see those that it made, the built-in ones. */
export function useRoles(tenant: string, me: MeResponse): readonly RoleRow[] {
  return useQuery({ ...rolesQuery(tenant), enabled: may(me, 'roles.read') }).data?.roles ?? BUILT_IN;
}

const BUILT_IN: readonly RoleRow[] = TENANT_ROLES.map((id) => ({
  id,
  name: null,
  builtIn: true,
  permissions: [...PERMISSIONS_OF_TENANT_ROLE[id]],
  members: 0,
}));
