import type { Kysely, Transaction } from 'kysely';
import type { Schema } from '../../schema.ts';

/** Whether one of their tenants, or the installation of its operators, asks for a second factor. */
export async function isSecondFactorRequired(
  from: Kysely<Schema> | Transaction<Schema>,
  person: { readonly id: string; readonly operatorRole: string | null },
  ofOperators: boolean,
): Promise<boolean> {
  if (person.operatorRole !== null && ofOperators) return true;
  const asking = await from
    .selectFrom('memberships')
    .innerJoin('tenant_settings', 'tenant_settings.tenant', 'memberships.tenant')
    .select('memberships.id')
    .where('memberships.user_id', '=', person.id)
    .where('tenant_settings.mfa_required_since', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return asking !== undefined;
}
