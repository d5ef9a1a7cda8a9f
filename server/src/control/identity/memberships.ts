import { isTenantId, type OperatorRole, type TenantId } from '@hanok/contract';
import type { Kysely, Transaction } from 'kysely';
import { must, OPERATOR_TENANT } from '#base';
import type { Schema } from '../schema.ts';
import { ownTenantPermissionsOf, permissionsOfRole, type TenantRight } from './rights.ts';

/** What a person may in which tenants: their memberships in tenants that are active, and, of operators, what is open to them. */
export async function rightsInTenants(
  database: Kysely<Schema> | Transaction<Schema>,
  person: { readonly id: string; readonly operatorRole: OperatorRole | null },
  now: number,
): Promise<Map<TenantId, TenantRight>> {
  const tenants = new Map<TenantId, TenantRight>();
  const put = (tenant: string, right: TenantRight) => {
    must(isTenantId(tenant), 'tenant ids in the database are valid');
    tenants.set(tenant, right);
  };
  const memberships = await database
    .selectFrom('memberships')
    .innerJoin('tenants', 'tenants.id', 'memberships.tenant')
    .leftJoin('roles', (join) =>
      join.onRef('roles.id', '=', 'memberships.role').onRef('roles.tenant', '=', 'memberships.tenant'),
    )
    .select(['memberships.tenant', 'memberships.role', 'roles.permissions'])
    .where('memberships.user_id', '=', person.id)
    .where('tenants.status', '=', 'active')
    .execute();
  for (const { tenant, role, permissions } of memberships)
    put(tenant, { role, permissions: permissionsOfRole(role, permissions) });
  if (person.operatorRole === null) return tenants;

  const open = await database
    .selectFrom('operator_access')
    .select(['tenant', 'role', 'ends_at'])
    .where('user_id', '=', person.id)
    .where('ended_at', 'is', null)
    .where('ends_at', '>', now)
    .orderBy('ends_at')
    .execute();
  // Being a member is more than having it opened for a while; of several openings the one that ends last holds.
  for (const { tenant, role, ends_at } of open)
    if (!memberships.some((one) => one.tenant === tenant))
      put(tenant, { role, permissions: permissionsOfRole(role, null), until: ends_at });
  if (!tenants.has(OPERATOR_TENANT))
    put(OPERATOR_TENANT, { role: person.operatorRole, permissions: ownTenantPermissionsOf(person.operatorRole) });
  return tenants;
}
