import type { IsolationMode, LimitSet, RetentionDays, TenantId, TenantLimits } from '@hanok/contract';
import { isTenantId } from '@hanok/contract';
import { must } from '#base';
import type { Dialect } from '../dialect/dialect.ts';
import { type JwtIssuer, jwtIssuerOf } from '../identity/jwt-issuer.ts';
import { type Within, withinOf } from '../identity/networks.ts';
import { digest } from '../identity/secret.ts';
import { effectiveLimits, limitSetOf } from '../limits/effective.ts';
import type { IngestKeysTable, TenantsTable } from '../schema.ts';

export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  readonly mode: IsolationMode;
  /** Name of the engine and journal that hold its telemetry. */
  readonly store: string;
  readonly status: 'active' | 'suspended' | 'deleting';
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly plan: string;
  /** What holds: the plan's, with the tenant's own. */
  readonly limits: TenantLimits;
  readonly overrides: LimitSet;
  /** What the tenant wants, as far as its limits go. */
  readonly retentionDays: RetentionDays;
}

export interface IngestKey {
  readonly id: string;
  readonly tenant: Tenant;
  /** Written by whoever uses the key, read by the lazy writer of `last_used_at`; Unix milliseconds, 0 never. */
  readonly use: { at: number };
  /** Undefined for most, for whom the look is all that it costs. */
  readonly bounds: KeyBounds | undefined;
}

export interface KeyBounds {
  /** As lists show the key, for its tenant to recognise it by. */
  readonly prefix: string;
  /** Unix milliseconds; infinite: never. */
  readonly expiresAt: number;
  readonly within: Within;
}

export interface RevokedKey {
  readonly tenant: TenantId;
  /** The first characters, as lists show them. */
  readonly prefix: string;
}

/** The newest revoked keys of a tenant are remembered, so that making and revoking many costs a bounded memory. */
const MOST_REVOKED = 1_000;

/**
 * What the hot path needs of the control plane, in memory, all of one moment. Never changed: a change of the database
 * makes a new one. `keyFor` costs one SHA-256 and one look-up by the hash; a guess learns nothing from its time.
 */
export interface Snapshot {
  keyFor(secret: string): IngestKey | undefined;
  /** A key that is refused: whose it was, so that they can be told who still sends with it. */
  revokedKeyFor(secret: string): RevokedKey | undefined;
  tenant(id: string): Tenant | undefined;
  planName(id: string): string;
  jwtIssuer(id: string): JwtIssuer | undefined;
  /** Those that several tenants may have of one `iss`. */
  jwtIssuersOf(iss: string): readonly JwtIssuer[];
  /** In order of id; Hanok's own tenant included. */
  readonly tenants: readonly Tenant[];
}

const NONE: readonly JwtIssuer[] = Object.freeze([]);

/** Limits of the installation, and by its id what a plan says beside them. */
export interface LimitSources {
  readonly installation: TenantLimits;
  readonly plan: (id: string) => LimitSet;
}

export function tenantOf(row: TenantsTable, sources: LimitSources): Tenant {
  must(isTenantId(row.id), 'tenant ids in the database are valid');
  const overrides = Object.freeze(limitSetOf(row.limits));
  const limits = effectiveLimits(sources.installation, sources.plan(row.plan), overrides);
  return Object.freeze({
    id: row.id,
    name: row.name,
    mode: row.mode,
    store: row.store,
    status: row.status,
    createdAt: row.created_at,
    plan: row.plan,
    limits,
    overrides,
    retentionDays: Object.freeze({
      logs: Math.min(row.logs_days, limits.logsDays),
      traces: Math.min(row.traces_days, limits.tracesDays),
      metrics: Math.min(row.metrics_days, limits.metricsDays),
    }),
  });
}

function boundsOf(row: Pick<IngestKeysTable, 'prefix' | 'expires_at' | 'networks'>): KeyBounds | undefined {
  const networks = JSON.parse(row.networks) as string[];
  if (row.expires_at === null && networks.length === 0) return undefined;
  return Object.freeze({
    prefix: row.prefix,
    expiresAt: row.expires_at ?? Number.POSITIVE_INFINITY,
    within: withinOf(networks),
  });
}

/** Keys whose use is to be remembered across snapshots, by key id. */
export type KeyUses = Map<string, { at: number }>;

export async function readSnapshot(
  { database }: Dialect,
  uses: KeyUses,
  installation: TenantLimits,
): Promise<Snapshot> {
  const { rows, planRows, keyRows, revokedRows, issuerRows } = await database
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (transaction) => ({
      rows: await transaction.selectFrom('tenants').selectAll().orderBy('id').execute(),
      planRows: await transaction.selectFrom('plans').selectAll().orderBy('id').execute(),
      keyRows: await transaction
        .selectFrom('ingest_keys')
        .select(['id', 'tenant', 'key_hash', 'prefix', 'expires_at', 'networks'])
        .where('revoked_at', 'is', null)
        .execute(),
      revokedRows: await transaction
        .selectFrom(
          transaction
            .selectFrom('ingest_keys')
            .select(['tenant', 'key_hash', 'prefix'])
            .select(({ fn }) =>
              fn
                .agg<number>('row_number')
                .over((over) => over.partitionBy('tenant').orderBy('revoked_at', 'desc'))
                .as('place'),
            )
            .where('revoked_at', 'is not', null)
            .as('revoked'),
        )
        .select(['tenant', 'key_hash', 'prefix'])
        .where('place', '<=', MOST_REVOKED)
        .execute(),
      issuerRows: await transaction.selectFrom('jwt_issuers').selectAll().execute(),
    }));
  const plans = new Map(planRows.map(({ id, name, limits }) => [id, { name, limits: limitSetOf(limits) }]));
  const sources = { installation, plan: (id: string) => plans.get(id)?.limits ?? {} };
  const tenants = rows.map((row) => tenantOf(row, sources));
  const byId = new Map<string, Tenant>(tenants.map((tenant) => [tenant.id, tenant]));
  const byHash = new Map<string, IngestKey>();
  const revokedByHash = new Map<string, RevokedKey>();
  for (const row of revokedRows) {
    const tenant = byId.get(row.tenant);
    must(tenant, 'every key has a tenant');
    revokedByHash.set(row.key_hash, Object.freeze({ tenant: tenant.id, prefix: row.prefix }));
  }
  const issuers = new Map<string, JwtIssuer>();
  const issuersByIss = new Map<string, JwtIssuer[]>();
  for (const row of issuerRows) {
    const tenant = byId.get(row.tenant);
    must(tenant, 'every issuer has a tenant');
    const issuer = jwtIssuerOf(row, tenant);
    issuers.set(issuer.id, issuer);
    const same = issuersByIss.get(issuer.issuer);
    if (same) same.push(issuer);
    else issuersByIss.set(issuer.issuer, [issuer]);
  }
  const gone = new Set(uses.keys());
  for (const row of keyRows) {
    const tenant = byId.get(row.tenant);
    must(tenant, 'every key has a tenant');
    let use = uses.get(row.id);
    if (!use) {
      use = { at: 0 };
      uses.set(row.id, use);
    }
    gone.delete(row.id);
    byHash.set(row.key_hash, Object.freeze({ id: row.id, tenant, use, bounds: boundsOf(row) }));
  }
  for (const id of gone) uses.delete(id);
  return Object.freeze({
    keyFor: (secret: string) => byHash.get(digest(secret)),
    revokedKeyFor: (secret: string) => revokedByHash.get(digest(secret)),
    tenant: (id: string) => byId.get(id),
    planName: (id: string) => plans.get(id)?.name ?? id,
    jwtIssuer: (id: string) => issuers.get(id),
    jwtIssuersOf: (iss: string) => issuersByIss.get(iss) ?? NONE,
    tenants: Object.freeze(tenants),
  });
}
