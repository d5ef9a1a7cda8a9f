import type { RoleRow } from '@hanok/contract';
import { isTenantRole } from '@hanok/contract/access/roles';
import { t } from '../../i18n/index.ts';

/** A built-in role in the reader's language, else the name that the tenant gave it. */
export function roleName(role: string, roles: readonly RoleRow[]): string {
  return isTenantRole(role) ? t(`app.role.${role}`) : (roles.find(({ id }) => id === role)?.name ?? role);
}
