import type { TenantId } from '@hanok/contract';
import type { Rights, Tenant, TenantRight } from '#control';

/** Where a request may name a tenant, and what it says there. */
export interface TenantClaims {
  readonly 'x-hanok-tenant': string | undefined;
  readonly 'x-business-id': string | undefined;
  /** Query parameter; read on streams only, because EventSource cannot send headers. */
  readonly tenant: string | undefined;
}

export type TenantDecision =
  | { readonly kind: 'tenant'; readonly tenant: TenantId; readonly right: TenantRight }
  /** None is named, and there is not just one. */
  | { readonly kind: 'none' }
  /** An operator named one whose data is not open to them. */
  | { readonly kind: 'closed'; readonly tenant: TenantId; readonly at: keyof TenantClaims }
  /** Named one that is not theirs. The answer must not depend on whether it exists. */
  | { readonly kind: 'mismatch'; readonly at: keyof TenantClaims }
  /** An operator named one that does not exist. */
  | { readonly kind: 'unknown'; readonly at: keyof TenantClaims };

/**
 * For which tenant somebody acts: the one they name, if it is theirs; without a name the only one they have. A claim
 * that differs is refused, not followed and not ignored. Who runs the installation always names one.
 */
export function decideTenant(
  { principal, tenants }: Pick<Rights, 'principal' | 'tenants'>,
  claims: TenantClaims,
  find: (id: string) => Tenant | undefined,
): TenantDecision {
  const runs = principal.instance.has('tenants.read');
  const only = !runs && tenants.size === 1 ? [...tenants][0] : undefined;
  const named = (['x-hanok-tenant', 'tenant', 'x-business-id'] as const).filter((at) => claims[at] !== undefined);
  if (only) {
    const [tenant, right] = only;
    const at = named.find((name) => claims[name] !== tenant);
    return at === undefined ? { kind: 'tenant', tenant, right } : { kind: 'mismatch', at };
  }
  const [at] = named;
  if (at === undefined) return { kind: 'none' };
  const other = named.find((name) => claims[name] !== claims[at]);
  if (other !== undefined) return { kind: 'mismatch', at: other };
  // x-business-id says what the sender believes; it does not choose.
  if (at === 'x-business-id') return { kind: 'mismatch', at };
  const claimed = claims[at]!;
  for (const [tenant, right] of tenants) if (tenant === claimed) return { kind: 'tenant', tenant, right };
  if (!runs) return { kind: 'mismatch', at };
  const tenant = find(claimed);
  return tenant ? { kind: 'closed', tenant: tenant.id, at } : { kind: 'unknown', at };
}
