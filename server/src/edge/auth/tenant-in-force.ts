import type { TenantId } from '@hanok/contract';
import type { Session, Tenant } from '#control';

/** Where a request may name a tenant, and what it says there. */
export interface TenantClaims {
  readonly 'x-hanok-tenant': string | undefined;
  readonly 'x-business-id': string | undefined;
  /** Query parameter; read on streams only, because EventSource cannot send headers. */
  readonly tenant: string | undefined;
}

export type TenantDecision =
  | { readonly kind: 'tenant'; readonly tenant: TenantId }
  /** An operator who named none. */
  | { readonly kind: 'none' }
  /** Named one that is not theirs. The answer must not depend on whether it exists. */
  | { readonly kind: 'mismatch'; readonly at: keyof TenantClaims }
  /** An operator named one that does not exist. */
  | { readonly kind: 'unknown'; readonly at: keyof TenantClaims };

/**
 * For which tenant a signed-in person acts. Their own, whatever they claim; a claim that differs is refused, not
 * followed and not ignored. Operators have none of their own and act for the one they name.
 */
export function decideTenant(
  session: Pick<Session, 'tenant'>,
  claims: TenantClaims,
  find: (id: string) => Tenant | undefined,
): TenantDecision {
  const named = (['x-hanok-tenant', 'tenant', 'x-business-id'] as const).filter((at) => claims[at] !== undefined);
  if (session.tenant !== undefined) {
    const at = named.find((name) => claims[name] !== session.tenant);
    return at === undefined ? { kind: 'tenant', tenant: session.tenant } : { kind: 'mismatch', at };
  }
  const [at] = named;
  if (at === undefined) return { kind: 'none' };
  const other = named.find((name) => claims[name] !== claims[at]);
  if (other !== undefined) return { kind: 'mismatch', at: other };
  // x-business-id says what the sender believes; it does not choose.
  if (at === 'x-business-id') return { kind: 'mismatch', at };
  const tenant = find(claims[at]!);
  return tenant ? { kind: 'tenant', tenant: tenant.id } : { kind: 'unknown', at };
}
