/**
 * The control database as data: one definition for every dialect. Instants are Unix milliseconds; booleans do not
 * occur; JSON is text. What dialects do differently is in `dialect/`.
 */
import type { OperatorRole } from '@hanok/contract';

export interface TenantsTable {
  id: string;
  name: string;
  mode: 'pool' | 'silo';
  store: string;
  status: 'active' | 'suspended' | 'deleting';
  created_at: number;
  /** Days that the tenant wants; what its plan gives bounds them. */
  logs_days: number;
  traces_days: number;
  metrics_days: number;
  plan: string;
  /** JSON object of limits beside the plan. */
  limits: string;
}

/** Named sets of limits; what one does not say is the installation's configuration. */
export interface PlansTable {
  id: string;
  name: string;
  /** JSON object. */
  limits: string;
  created_at: number;
  changed_at: number;
}

export interface UsersTable {
  id: string;
  /** Lower case; unique in the whole instance. */
  email: string;
  /** See `identity/password.ts` for the format. */
  password_hash: string;
  /** What they may do with the installation; null for most. */
  operator_role: OperatorRole | null;
  created_at: number;
  last_login_at: number | null;
}

/** That a person belongs to a tenant. */
export interface MembershipsTable {
  /** `USER:TENANT`, so that nobody is a member twice. */
  id: string;
  user_id: string;
  tenant: string;
  /** A built-in role, or the id of one of the tenant's. */
  role: string;
  created_at: number;
}

/** Roles that a tenant made beside the built-in ones. */
export interface RolesTable {
  id: string;
  tenant: string;
  name: string;
  /** JSON array of permissions. */
  permissions: string;
  created_at: number;
}

export interface ServiceAccountsTable {
  id: string;
  tenant: string;
  name: string;
  role: string;
  created_at: number;
}

export interface ApiTokensTable {
  id: string;
  /** Null: of the installation. */
  tenant: string | null;
  /** Whose rights bound it; null for one of a service account. */
  user_id: string | null;
  service_account: string | null;
  name: string;
  /** SHA-256 of the token, base64url. */
  token_hash: string;
  prefix: string;
  /** JSON array of permissions. */
  permissions: string;
  /** JSON array of addresses and networks; empty: from anywhere. */
  networks: string;
  created_at: number;
  expires_at: number | null;
  /** Written at most once a minute. */
  last_used_at: number | null;
  revoked_at: number | null;
}

/** An operator's access to one tenant's data. Kept after its end, also when the operator is gone. */
export interface OperatorAccessTable {
  id: string;
  tenant: string;
  user_id: string;
  email: string;
  role: 'viewer' | 'admin';
  reason: string;
  opened_at: number;
  ends_at: number;
  ended_at: number | null;
  /** As the audit log names them. */
  ended_by: string | null;
}

export interface SessionsTable {
  /** SHA-256 of the token, base64url; the token itself is nowhere in the instance. */
  token_hash: string;
  user_id: string;
  created_at: number;
  expires_at: number;
  /** Written at most once a minute, so that reading costs no fsync. */
  seen_at: number;
  remote: string;
}

/** Links for one use; the row goes when it is used or revoked, the audit log keeps what became of it. */
export interface LinksTable {
  id: string;
  /** `reset` sets the password of `user_id`. */
  kind: 'invitation' | 'reset';
  /** SHA-256 of the secret, base64url. */
  secret_hash: string;
  email: string;
  /** Null for the reset of an operator. */
  tenant: string | null;
  role: string | null;
  user_id: string | null;
  /** Whose right it stands on, asked again when it is used; null: the installation's. */
  made_by: string | null;
  made_by_name: string;
  created_at: number;
  expires_at: number;
}

export interface TotpFactorsTable {
  user_id: string;
  /** See `identity/second-factor/sealer.ts`. */
  sealed_secret: string;
  created_at: number;
  /** Null until a first code was right: it is none before. */
  confirmed_at: number | null;
  /** The newest step whose code was taken; none is taken twice. */
  last_step: number;
}

/** Those that are left. */
export interface RecoveryCodesTable {
  code_hash: string;
  user_id: string;
}

/** Sign-ins whose password was right and whose second step is not done. */
export interface HalfSignInsTable {
  /** SHA-256 of the token, base64url. */
  token_hash: string;
  user_id: string;
  next: 'second-factor' | 'set-up';
  /** Digest of the hash that the password was checked against: with another password the row is void. */
  password_digest: string;
  /** Codes that were wrong. */
  wrong: number;
  expires_at: number;
}

/** What a tenant decides for itself; no row: the defaults. */
export interface TenantSettingsTable {
  tenant: string;
  /** Null: not required. */
  mfa_required_since: number | null;
}

export interface IngestKeysTable {
  id: string;
  tenant: string;
  name: string;
  /** SHA-256 of the key, base64url. */
  key_hash: string;
  prefix: string;
  created_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
  expires_at: number | null;
  /** JSON array of addresses and networks; empty: from anywhere. */
  networks: string;
  /** The key that was made in its place. */
  replaced_by: string | null;
}

/** Issuers of tokens that a tenant trusts. */
export interface JwtIssuersTable {
  id: string;
  tenant: string;
  name: string;
  /** What `iss` is; unique in the tenant. */
  issuer: string;
  source: 'discovery' | 'jwks' | 'static' | 'secret';
  jwks_url: string | null;
  /** A JWK set of public keys. */
  keys: string | null;
  /** As it was given: a signature cannot be checked with a hash of its secret. */
  secret: string | null;
  /** JSON lists. */
  audiences: string;
  algorithms: string;
  leeway_seconds: number;
  required_claims: string;
  tenant_claim: string;
  /** Raised by every change, so that whoever decided by an earlier one can tell. */
  revision: number;
  created_at: number;
  changed_at: number;
}

/** Append-only but for retention; see `audit/chain.ts` for chains and for what `hash` covers. */
export interface AuditEntriesTable {
  chain: string;
  seq: number;
  at: number;
  actor: string;
  remote: string;
  tenant: string | null;
  action: string;
  target: string;
  outcome: 'ok' | 'denied' | 'failed';
  reason: string | null;
  request_id: string | null;
  before: string | null;
  after: string | null;
  detail: string;
  hash: string;
}

/** A chain's newest entry, kept apart from the entries so that a cut-off end is noticed, and where those that are kept begin. */
export interface AuditChainsTable {
  chain: string;
  seq: number;
  hash: string;
  /** Entries before this number were removed because their time was over. */
  first_seq: number;
}

/** Append-only but for retention: signed heads; see `audit/checkpoint.ts`. */
export interface AuditCheckpointsTable {
  chain: string;
  seq: number;
  hash: string;
  at: number;
  kept: number;
  key_id: string;
  signature: string;
}

/** Up to which entry a chain was sent on as log records. */
export interface AuditForwardedTable {
  chain: string;
  seq: number;
}

/** The audit log before there was one chain per tenant; its rows are the chain `@first` since migration 3. */
export interface OldAuditTable {
  seq: number;
  at: number;
  actor: string;
  tenant: string | null;
  action: string;
  target: string;
  outcome: 'ok' | 'denied' | 'failed';
  detail: string;
  hash: string;
}

/** Its newest row; one row, id 1; gone since migration 3. */
export interface OldAuditHeadTable {
  id: number;
  seq: number;
  hash: string;
}

/** Append-only: public halves of the keys that processes on this database sign with; see `signing/`. */
export interface SigningKeysTable {
  /** Follows from the key; see `keyIdOf`. */
  id: string;
  /** SPKI as PEM. */
  public_key: string;
  created_at: number;
}

/** While a tenant is suspended. */
export interface TenantSuspensionsTable {
  tenant: string;
  suspended_by: string;
  suspended_at: number;
  reason: string;
}

/** While a tenant is being deleted; see `tenancy/deletions.ts`. */
export interface TenantDeletionsTable {
  tenant: string;
  /** Key id of the instance whose data directory holds the tenant's telemetry. */
  instance: string;
  requested_by: string;
  requested_at: number;
  reason: string;
  due_at: number;
  /** What undeleting brings back. */
  status_before: 'active' | 'suspended';
  /** Null until the removal begins. */
  began_at: number | null;
  /** JSON of the contract's `RemovalProgress`, with what the instance notes for itself. */
  progress: string;
  trouble: string | null;
}

/** Append-only: what became of deleted tenants. Their ids are not given again. */
export interface CertificatesTable {
  id: string;
  tenant: string;
  name: string;
  instance: string;
  requested_by: string;
  issued_at: number;
  removed_rows: number;
  /** The certificate as it is given out, signature included. */
  document: string;
}

/** Kysely's own, of which migrations ran. */
export interface KyselyMigrationTable {
  name: string;
  timestamp: string;
}

/** Databases made before Kysely's Migrator was used have this one; it is gone after the first start since. */
export interface SchemaVersionTable {
  version: number;
  applied_at: number;
}

export interface Schema {
  tenants: TenantsTable;
  plans: PlansTable;
  users: UsersTable;
  memberships: MembershipsTable;
  roles: RolesTable;
  service_accounts: ServiceAccountsTable;
  api_tokens: ApiTokensTable;
  operator_access: OperatorAccessTable;
  sessions: SessionsTable;
  links: LinksTable;
  totp_factors: TotpFactorsTable;
  recovery_codes: RecoveryCodesTable;
  half_sign_ins: HalfSignInsTable;
  tenant_settings: TenantSettingsTable;
  ingest_keys: IngestKeysTable;
  jwt_issuers: JwtIssuersTable;
  audit_chains: AuditChainsTable;
  audit_entries: AuditEntriesTable;
  audit_checkpoints: AuditCheckpointsTable;
  audit_forwarded: AuditForwardedTable;
  audit: OldAuditTable;
  audit_head: OldAuditHeadTable;
  signing_keys: SigningKeysTable;
  tenant_suspensions: TenantSuspensionsTable;
  tenant_deletions: TenantDeletionsTable;
  certificates: CertificatesTable;
  kysely_migration: KyselyMigrationTable;
  schema_version: SchemaVersionTable;
}
