/** Identifiers that cross the wire. Browser-safe: no imports. */

/** A tenant's id as it appears in paths, headers and the `business_id` field: 1-63 of `a-z 0-9 -`, a letter first. */
export type TenantId = string & { readonly __tenant: true };

const TENANT = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function isTenantId(text: string): text is TenantId {
  return TENANT.test(text);
}

/** First parts of host names that mean something of their own, on this instance or by custom. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'admin administrator api app assets auth autodiscover autoconfig cdn collector console dashboard dns ' +
    'email ftp grpc hanok health help host imap ingest internal invalid isatap localhost login logout mail mta-sts ' +
    'none ns null oauth oidc operator otlp pop postmaster public root saml sign-in signoz signup smtp sso static status ' +
    'support system undefined webmail well-known wpad www'
  ).split(' '),
);

/**
 * Why no new tenant may have this id, which is a host name's label too: `reserved` for another use, or `hyphens`, as in
 * `xn--`, which mark labels of a special kind (RFC 5891, section 4.2.3.1).
 */
export function reservedBecause(id: string): 'reserved' | 'hyphens' | undefined {
  if (id.slice(2, 4) === '--') return 'hyphens';
  return RESERVED.has(id) ? 'reserved' : undefined;
}

export type Signal = 'logs' | 'traces' | 'metrics';
export const SIGNALS: readonly Signal[] = ['logs', 'traces', 'metrics'];

/** How a tenant's telemetry is kept apart: an engine process of its own, or the shared one. */
export type IsolationMode = 'silo' | 'pool';
