import type { TenantId } from '@hanok/contract';
import type { Clock } from '#base';
import { differences } from '../audit/entry.ts';
import type { Actor, AuditLog } from '../audit/log.ts';
import type { Dialect } from '../dialect/dialect.ts';

export interface Settings {
  readonly mfaRequired: boolean;
}

/** What a tenant decides for itself. */
export interface TenantSettings {
  read(tenant: TenantId): Promise<Settings>;
  change(by: Actor, tenant: TenantId, patch: { readonly mfaRequired?: boolean | undefined }): Promise<Settings>;
}

export function openTenantSettings(deps: {
  readonly dialect: Dialect;
  readonly audit: AuditLog;
  readonly clock: Clock;
}): TenantSettings {
  const { dialect, audit, clock } = deps;
  const read = async (from: Pick<typeof dialect.database, 'selectFrom'>, tenant: TenantId): Promise<Settings> => {
    const row = await from.selectFrom('tenant_settings').selectAll().where('tenant', '=', tenant).executeTakeFirst();
    return { mfaRequired: (row?.mfa_required_since ?? null) !== null };
  };
  return {
    read: (tenant) => read(dialect.database, tenant),
    change: (by, tenant, { mfaRequired }) =>
      audit.change(async (transaction) => {
        const before = await read(transaction, tenant);
        const after: Settings = { mfaRequired: mfaRequired ?? before.mfaRequired };
        if (after.mfaRequired !== before.mfaRequired) {
          const since = after.mfaRequired ? clock.now() : null;
          await transaction
            .insertInto('tenant_settings')
            .values({ tenant, mfa_required_since: since })
            .onConflict((conflict) => conflict.column('tenant').doUpdateSet({ mfa_required_since: since }))
            .execute();
        }
        return {
          result: after,
          entry: {
            actor: by,
            action: 'tenant-settings.change',
            target: tenant,
            outcome: 'ok',
            tenant,
            ...differences({ ...before }, { ...after }),
          },
          access: [],
        };
      }),
  };
}
