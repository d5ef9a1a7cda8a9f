import type { InstancePermission, TenantId } from '@hanok/contract';

/** Who acts: a person, a program with an API token or an ingest key, or the system itself. */
export interface Principal {
  readonly kind: 'person' | 'token' | 'key' | 'system';
  /** User id, token id, key id, or the name of the inner task. */
  readonly id: string;
  /** As the audit log names them: an e-mail address, `token:ID`, `key:ID` or `system:TASK`. */
  readonly name: string;
  /** What they may do with the installation; of most nothing. */
  readonly instance: ReadonlySet<InstancePermission>;
}

/**
 * Who asks, and of which tenant. The first parameter of every data path; made only by `edge` (from a credential) or by
 * `main` (for the instance's own work), frozen, never widened afterwards. That it exists says that the endpoint's
 * permission in this tenant was asked for and is there.
 */
export interface Caller {
  readonly tenant: TenantId;
  readonly actor: Pick<Principal, 'kind' | 'id'>;
}

/** The tenant that owns Hanok's own telemetry. Never stored in a tenant's silo. */
export const OPERATOR_TENANT = 'hanok' as TenantId;
