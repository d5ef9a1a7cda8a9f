/** Limits of tenants, the plans that give them, and what is used of them. */
import { z } from 'zod';
import { displayName } from './names.ts';

const count = (most: number) => z.number().int().min(1).max(most);
const days = count(3_650);

/** What a tenant may send, keep, ask and have. All of it holds from the moment it is changed. */
export const tenantLimits = z.object({
  recordsPerSecond: count(100_000_000),
  /** Bytes after decompression. */
  bytesPerSecond: z.number().int().min(1_024).max(100_000_000_000),
  /** Ingest requests, of whatever size. */
  requestsPerSecond: count(10_000_000),
  /** This many seconds' worth of the three rates may come at once; the average holds afterwards. */
  burstSeconds: z.number().min(1).max(600),
  /** New series of metrics in a day; points of further ones are rejected. */
  series: count(50_000_000),
  /** New attribute keys of each signal in a day; further ones are kept and not listed. */
  attributeKeys: count(50_000_000),
  /** Most days that each signal may be kept; the tenant chooses within it. */
  logsDays: days,
  tracesDays: days,
  metricsDays: days,
  /** Memory, time and rows are of one question to the store. */
  queryMemoryBytes: z
    .number()
    .int()
    .min(16 * 1024 ** 2)
    .max(1024 ** 4),
  queryTimeMs: z.number().int().min(100).max(3_600_000),
  queryRows: z.number().int().min(1_000).max(1e15),
  /** Questions to the store under way at once. */
  queriesAtOnce: count(64),
  /** Live tails open at once. */
  tails: count(1_000),
  people: count(100_000),
  /** Ingest keys in force. */
  ingestKeys: count(10_000),
  /** API tokens in force. */
  apiTokens: count(10_000),
});
export type TenantLimits = z.infer<typeof tenantLimits>;
export type LimitName = keyof TenantLimits;

/** Part of the limits: those that a plan, or a tenant beside its plan, has of its own. */
export const limitSet = tenantLimits.partial();
export type LimitSet = z.infer<typeof limitSet>;

/** The plan of tenants for which none was chosen; what it does not say is the installation's configuration. */
export const STANDARD_PLAN = 'standard';

const planId = z
  .string()
  .regex(/^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'must be 1-40 of a-z, 0-9 and -, a letter first, no - at the end');

export const planRow = z.object({
  id: z.string(),
  name: z.string(),
  /** What the plan says itself. */
  limits: limitSet,
  /** With the installation's configuration where it says nothing. */
  effective: tenantLimits,
  /** Tenants that have it. */
  tenants: z.number(),
  createdAt: z.string(),
  changedAt: z.string(),
});
export type PlanRow = z.infer<typeof planRow>;
export const plansResponse = z.object({ plans: z.array(planRow) });
export const planCreateRequest = z.object({ id: planId, name: displayName, limits: limitSet });
export type PlanCreateRequest = z.infer<typeof planCreateRequest>;
/** `limits` replaces all that the plan said. */
export const planChangeRequest = z.object({
  id: z.string().max(40),
  name: displayName.optional(),
  limits: limitSet.optional(),
});

/** Limits of one tenant beside its plan; null takes the plan's again. */
export const limitOverrides = z.object(
  Object.fromEntries(
    Object.entries(tenantLimits.shape).map(([name, shape]) => [name, shape.nullable().optional()]),
  ) as { [N in LimitName]: z.ZodOptional<z.ZodNullable<(typeof tenantLimits.shape)[N]>> },
);

export const limitUse = z.object({
  limit: tenantLimits.keyof(),
  most: z.number(),
  /** Null where there is nothing to count, as of the budget of one question. */
  used: z.number().nullable(),
  /** The tenant has it beside its plan. */
  own: z.boolean(),
});
export type LimitUse = z.infer<typeof limitUse>;

/** Days each signal is kept, counted from a record's filing time. */
export const retentionDays = z.object({ logs: days, traces: days, metrics: days });
export type RetentionDays = z.infer<typeof retentionDays>;

export const limitsResponse = z.object({
  plan: z.object({ id: z.string(), name: z.string() }),
  limits: z.array(limitUse),
  retentionDays,
});
export type LimitsResponse = z.infer<typeof limitsResponse>;
export const retentionRequest = retentionDays.partial();
export type RetentionRequest = z.infer<typeof retentionRequest>;
