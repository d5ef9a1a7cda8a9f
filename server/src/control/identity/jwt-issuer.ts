import type { JsonWebKey } from 'node:crypto';
import type { JwtAlgorithm, JwtKeySource } from '@hanok/contract';
import type { JwtIssuersTable } from '../schema.ts';
import type { Tenant } from '../tenancy/snapshot.ts';

/** Whose tokens a tenant lets in, and on what terms. Never changed: a change of the settings makes a new one. */
export interface JwtIssuer {
  readonly id: string;
  readonly tenant: Tenant;
  readonly name: string;
  /** What `iss` is, exactly. */
  readonly issuer: string;
  readonly source: JwtKeySource;
  readonly jwksUrl: string | undefined;
  readonly keys: readonly JsonWebKey[];
  readonly secret: string | undefined;
  readonly audiences: readonly string[];
  readonly algorithms: readonly JwtAlgorithm[];
  readonly leewayMs: number;
  readonly requiredClaims: ReadonlyArray<{ readonly claim: string; readonly value?: string }>;
  readonly tenantClaim: string;
  /** With the id it names these very settings, in every process. */
  readonly revision: number;
}

export function jwtIssuerOf(row: JwtIssuersTable, tenant: Tenant): JwtIssuer {
  return Object.freeze({
    id: row.id,
    tenant,
    name: row.name,
    issuer: row.issuer,
    source: row.source,
    jwksUrl: row.jwks_url ?? undefined,
    keys: row.keys === null ? [] : (JSON.parse(row.keys) as { keys: JsonWebKey[] }).keys,
    secret: row.secret ?? undefined,
    audiences: JSON.parse(row.audiences) as string[],
    algorithms: JSON.parse(row.algorithms) as JwtAlgorithm[],
    leewayMs: row.leeway_seconds * 1_000,
    requiredClaims: JSON.parse(row.required_claims) as Array<{ claim: string; value?: string }>,
    tenantClaim: row.tenant_claim,
    revision: row.revision,
  });
}
