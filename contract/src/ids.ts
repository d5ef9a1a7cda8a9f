/** Identifiers that cross the wire. Browser-safe: no imports. */

/** A tenant's id as it appears in paths, headers and the `business_id` field: 1-63 of `a-z 0-9 -`, a letter first. */
export type TenantId = string & { readonly __tenant: true };

const TENANT = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function isTenantId(text: string): text is TenantId {
  return TENANT.test(text);
}

export type Signal = 'logs' | 'traces' | 'metrics';
export const SIGNALS: readonly Signal[] = ['logs', 'traces', 'metrics'];

/** How a tenant's telemetry is kept apart: an engine process of its own, or the shared one. */
export type IsolationMode = 'silo' | 'pool';
