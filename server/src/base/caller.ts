import type { Role, TenantId } from '@hanok/contract';

/**
 * Who asks. The first parameter of every data path; made only by `edge` (from a credential) or by `main` (for the
 * instance's own work), frozen, never widened afterwards.
 */
export interface Caller {
  readonly tenant: TenantId;
  readonly role: Role;
  readonly actor: {
    readonly kind: 'user' | 'key' | 'system';
    /** User id, key id, or the name of the inner task. */
    readonly id: string;
  };
}

/** The tenant that owns Hanok's own telemetry and the operators. Never stored in a tenant's silo. */
export const OPERATOR_TENANT = 'hanok' as TenantId;
