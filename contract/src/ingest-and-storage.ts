/** Shapes of what a tenant sends and keeps: the activity of its ingest, and its storage. */
import { z } from 'zod';
import { mark, signalName } from './api.ts';
import { retentionDays } from './limits.ts';

// ---- ingest activity ------------------------------------------------------------------------------------------

/** One kind of arrival or refusal, counted since the process began or over the last minutes. */
export const ingestActivityEvent = z.object({
  at: z.string(),
  signal: signalName.nullable(),
  protocol: z.string().describe('otlp-http, otlp-grpc, …'),
  outcome: z.enum(['accepted', 'partial', 'refused']),
  /** Error code when refused or partial. */
  code: z.string().nullable(),
  /** Case of the code and what the message names, as in an error. */
  reason: z.string().optional(),
  values: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  message: z.string().nullable(),
  fix: z.string().nullable(),
  records: z.number(),
  bytes: z.number(),
  rejected: z.number(),
  remote: z.string(),
  userAgent: z.string(),
  service: z.string().nullable(),
  /** Requests folded into this line; records, bytes and rejected are their sums. */
  requests: z.number().optional(),
});
export type IngestActivityEvent = z.infer<typeof ingestActivityEvent>;

/** Records stored otherwise than they were sent: cut, filed at another time, repaired. `mark:` finds them. */
export const ingestMarked = z.object({
  mark,
  signal: signalName,
  /** Over the last hour. */
  records: z.number(),
  /** When the last one came. */
  at: z.string(),
});
export type IngestMarked = z.infer<typeof ingestMarked>;

export const ingestActivityResponse = z.object({
  /** Per signal, records per second in each of the last 60 seconds, oldest first. */
  accepted: z.record(signalName, z.array(z.number())),
  refused: z.array(z.number()),
  totals: z.object({ records: z.number(), bytes: z.number(), refused: z.number(), rejected: z.number() }),
  /** Newest first, neighbours of the same kind folded. */
  recent: z.array(ingestActivityEvent),
  /** By mark and signal, most records first; empty when all was stored as it was sent. */
  marked: z.array(ingestMarked),
  /** Present while intake is limited: disk, journal or engine trouble. */
  notices: z.array(
    z.object({
      code: z.string(),
      level: z.enum(['info', 'warn', 'critical']),
      message: z.string(),
      values: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    }),
  ),
});
export type IngestActivityResponse = z.infer<typeof ingestActivityResponse>;

// ---- storage ---------------------------------------------------------------------------------------------

/** What is told of a tenant's data alone is always there; what a shared store or the machine would tell is left out. */
export const storageResponse = z.object({
  tables: z.array(
    z.object({
      table: z.string(),
      rows: z.number(),
      days: z.array(z.object({ day: z.string(), rows: z.number() })).describe('Rows by day (UTC), in order'),
      bytesOnDisk: z.number().optional().describe('Indexes included. Of a tenant with a store to itself'),
      bytesPerRow: z.number().optional(),
      parts: z.number().optional(),
      partitions: z.number().optional(),
      estimatedBytes: z
        .number()
        .optional()
        .describe('Of a tenant in the shared store: the rows times the mean size of the newest, before compression'),
    }),
  ),
  retentionDays: retentionDays.optional(),
  ingest: z.object({ open: z.boolean() }).describe('Is new telemetry taken at present?'),
  disk: z
    .object({ totalBytes: z.number(), freeBytes: z.number(), reservedBytes: z.number() })
    .optional()
    .describe('Of the machine; for operators'),
  journal: z
    .object({ bytes: z.number(), budgetBytes: z.number(), lagRows: z.number(), lagSeconds: z.number() })
    .optional()
    .describe('For operators, and for tenants with a store to themselves'),
});
export type StorageResponse = z.infer<typeof storageResponse>;
