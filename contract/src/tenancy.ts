/** The life of a tenant on the wire: lists, deletion and its certificate. Instants are decimal strings of Unix nanoseconds. */
import { z } from 'zod';
import { tenantRow } from './admin.ts';
import { REMOVAL_STEPS, TENANT_ORDERS } from './tenant-words.ts';

const rowsOfDay = z.object({ day: z.string().describe('2026-11-20, by UTC'), rows: z.number() });

export const removedTable = z.object({
  table: z.string(),
  /** As counted before anything was removed. */
  rows: z.number(),
  days: z.array(rowsOfDay),
  /** How many of them are gone by now. */
  removed: z.number(),
});
export type RemovedTable = z.infer<typeof removedTable>;

export const removalProgress = z.object({
  step: z.enum(REMOVAL_STEPS),
  /** Empty until the tenant's rows were counted. */
  tables: z.array(removedTable),
  journal: z.object({
    /** Bytes of the tenant's in the journal that were not deleted yet when they were counted. */
    bytes: z.number(),
    /** Entries of the tenant's that had been put aside. */
    deadLetters: z.number(),
    /** When the last of them is deleted with its segment; null when it is not known yet, or done. */
    goneAt: z.string().nullable(),
  }),
});
export type RemovalProgress = z.infer<typeof removalProgress>;

export const tenantDeletion = z.object({
  /** `scheduled`: suspended, and can be undeleted until `dueAt`. `removing`: there is no way back. */
  state: z.enum(['scheduled', 'removing']),
  requestedBy: z.string(),
  requestedAt: z.string(),
  reason: z.string(),
  dueAt: z.string(),
  beganAt: z.string().nullable(),
  progress: removalProgress,
  /** Why the step did not get on when it was last tried; it is tried again. */
  trouble: z.string().nullable(),
});
export type TenantDeletion = z.infer<typeof tenantDeletion>;

export const tenantSuspension = z.object({ by: z.string(), at: z.string(), reason: z.string() });
export type TenantSuspension = z.infer<typeof tenantSuspension>;

/** What this process knows of a tenant without asking its store. */
export const tenantLive = z.object({
  ingest: z.object({
    /** Mean of the last minute. */
    recordsPerSecond: z.number(),
    /** Requests refused in the last minute. */
    refused: z.number(),
    /** Since this process started; null: nothing came. */
    lastAt: z.string().nullable(),
  }),
  /** The engine behind its store; `away` when the store is not open in this process. */
  engine: z.enum(['ready', 'asleep', 'waiting', 'waking', 'starting', 'silent', 'down', 'away']),
});
export type TenantLive = z.infer<typeof tenantLive>;

export const tenantView = tenantRow.extend({
  suspension: tenantSuspension.nullable(),
  deletion: tenantDeletion.nullable(),
  live: tenantLive,
});
export type TenantView = z.infer<typeof tenantView>;

export const tenantsRequest = z.object({
  query: z.string().max(128).optional().describe('Part of an id or a name'),
  status: z.enum(['active', 'suspended', 'deleting']).optional(),
  order: z.enum(TENANT_ORDERS).default('id'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().max(128).optional().describe('`next` of the answer before'),
});

export const tenantsResponse = z.object({
  tenants: z.array(tenantView),
  /** How many there are in all that fit the question. */
  total: z.number(),
  next: z.string().nullable(),
});
export type TenantsResponse = z.infer<typeof tenantsResponse>;

const reason = z.string().trim().min(1).max(500);

export const tenantDeleteRequest = z.object({
  confirm: z.string().max(63).describe('The id once more: what is asked twice is not asked by mistake'),
  reason: reason.describe('Is on the certificate'),
  delayHours: z.coerce
    .number()
    .min(0)
    .max(24 * 365)
    .optional()
    .describe(
      'Hours in which the tenant can be undeleted; HANOK_TENANT_DELETE_DELAY when absent. 0 needs `immediately`',
    ),
  immediately: z
    .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
    .optional()
    .describe('Goes with a delay of 0: the removal begins at once and there is no way back'),
});
export const tenantUndeleteRequest = z.object({ reason: reason.optional() });

export const deletionCertificate = z.object({
  kind: z.literal('hanok.tenant-deletion/1'),
  id: z.string(),
  tenant: z.object({ id: z.string(), name: z.string(), mode: z.enum(['pool', 'silo']), createdAt: z.string() }),
  requested: z.object({ by: z.string(), at: z.string(), reason: z.string(), dueAt: z.string() }),
  removal: z.object({ beganAt: z.string(), finishedAt: z.string() }),
  store: z.object({
    name: z.string(),
    /** False: the engine of a silo did not come up, and its directory was deleted without its rows having been counted. */
    counted: z.boolean(),
    tables: z.array(z.object({ table: z.string(), rows: z.number(), days: z.array(rowsOfDay) })),
  }),
  journal: z.object({ bytes: z.number(), deadLetters: z.number() }),
  /** Rows removed from the control database, by table. */
  control: z.array(z.object({ table: z.string(), rows: z.number() })),
  /** Rows of the tenant's found in its store after the removal. */
  verification: z.object({ at: z.string(), rows: z.literal(0) }),
  stays: z.object({
    /** The tenant's chain of the audit log is kept as evidence; its newest entry when the certificate was issued. */
    auditHead: z.object({ chain: z.string(), seq: z.number(), hash: z.string() }),
    /** Entries of that chain. */
    auditRows: z.number(),
    /** Damaged places of the journal of which nobody can tell whose they are; kept for a person to look at. */
    damagedPlaces: z.number(),
  }),
  signer: z.object({ keyId: z.string(), publicKey: z.string() }),
});
export type DeletionCertificate = z.infer<typeof deletionCertificate>;

/** `signature`: Ed25519, base64url, over `hanok tenant-deletion LF JSON.stringify(certificate)`. */
export const signedCertificate = z.object({ certificate: deletionCertificate, signature: z.string() });
export type SignedCertificate = z.infer<typeof signedCertificate>;

export const certificateRow = z.object({
  id: z.string(),
  tenant: z.string(),
  name: z.string(),
  issuedAt: z.string(),
  requestedBy: z.string(),
  rows: z.number(),
});
export type CertificateRow = z.infer<typeof certificateRow>;
export const certificatesRequest = z.object({
  tenant: z.string().max(63).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().max(64).optional().describe('`next` of the answer before'),
});
export const certificatesResponse = z.object({ certificates: z.array(certificateRow), next: z.string().nullable() });
export type CertificatesResponse = z.infer<typeof certificatesResponse>;
