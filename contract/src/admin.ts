/** Shapes of the administration API: tenants and people. Instants are decimal strings of Unix nanoseconds. */
import { z } from 'zod';
import { limitOverrides, limitSet, retentionDays, tenantLimits } from './limits.ts';
import { displayName } from './names.ts';

export const tenantRow = z.object({
  id: z.string(),
  name: z.string(),
  mode: z.enum(['pool', 'silo']),
  /** The engine that holds its telemetry. */
  store: z.string(),
  /**
   * `suspended`: nothing is let in and nobody of the tenant can sign in; what is stored stays. `deleting`: the same, and
   * what is stored goes when the time to change one's mind is over.
   */
  status: z.enum(['active', 'suspended', 'deleting']),
  createdAt: z.string(),
  plan: z.string(),
  /** What holds: of the plan, or of the tenant's own. */
  limits: tenantLimits,
  /** The tenant's own beside the plan. */
  overrides: limitSet,
  retentionDays,
});
export type TenantRow = z.infer<typeof tenantRow>;

export const tenantCreateRequest = z.object({
  id: z
    .string()
    .regex(/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1-63 of a-z, 0-9 and -, a letter first, no - at the end'),
  name: displayName,
  mode: z.enum(['pool', 'silo']).default('pool'),
  adminEmail: z.email().max(254),
});
/** The password and the key are shown here once and never again. */
export const tenantCreateResponse = z.object({
  tenant: tenantRow,
  admin: z.object({
    email: z.string(),
    password: z.string(),
    /** For the admin, who sets a password of their own with it instead; works once. */
    link: z.object({ url: z.string(), expiresAt: z.string() }),
  }),
  ingestKey: z.string(),
});
/** Why something is done, in the words of who does it; kept in the audit log. */
export const tenantPatchRequest = z.object({
  name: displayName.optional(),
  status: z.enum(['active', 'suspended']).optional(),
  /** Why it is suspended or resumed; is in the audit log, and shown while it is suspended. */
  reason: z.string().trim().max(500).optional(),
  plan: z.string().max(40).optional(),
  limits: limitOverrides.optional(),
  retentionDays: retentionDays.partial().optional(),
});
export type TenantPatch = z.infer<typeof tenantPatchRequest>;

export const auditVerifyResponse = z.object({
  ok: z.boolean(),
  /** The tenant's id; `@operators`: of those who run the instance; `@first`: from before there was one per tenant. */
  chain: z.string(),
  /** Entries that were recomputed. */
  rows: z.number(),
  /** Signed checkpoints that hold. */
  checkpoints: z.number(),
  /** The newest entry; write it down elsewhere to notice later that the end was cut off. */
  head: z.object({ seq: z.number(), hash: z.string() }),
  /** The first entry that does not fit, and why: `reason` in English, `code` and `values` for words of another language. */
  broken: z
    .object({
      chain: z.string(),
      seq: z.number(),
      code: z.enum([
        'missing',
        'changed',
        'rewritten',
        'cut-off',
        'anchor-gone',
        'forged-checkpoint',
        'unknown-key',
        'checkpoint-gone',
        'not-an-export',
      ]),
      /** `found`: the entry in the place of a missing one. `witness`, `row`: who remembers which entry otherwise. */
      values: z.object({
        found: z.string().optional(),
        witness: z.enum(['anchor', 'program', 'given', 'checkpoint', 'file']).optional(),
        row: z.number().optional(),
      }),
      reason: z.string(),
    })
    .nullable(),
});
export type AuditVerifyResponse = z.infer<typeof auditVerifyResponse>;

/** For calls whose success says everything. */
export const done = z.object({ done: z.literal(true) });
