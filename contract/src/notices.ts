import type { IngestActivityResponse } from './ingest-and-storage.ts';

/** Why a journal takes nothing at present. */
export const JOURNAL_SHUT_CODES = [
  'journal.full',
  'journal.disk-full',
  'journal.slow',
  'journal.write-failed',
  'journal.closed',
] as const;
export type JournalShutCode = (typeof JOURNAL_SHUT_CODES)[number];

/**
 * What is counted of a tenant in a day, with a limit for each. The order is part of a file's format
 * (server/src/receivers/cardinality/FORMAT.md).
 */
export const COUNTED = [
  'services',
  'metrics',
  'series',
  'resources',
  'scopes',
  'keys-logs',
  'keys-traces',
  'keys-metrics',
  'operations',
] as const;
export type Counted = (typeof COUNTED)[number];

/**
 * Everything that people are told of intake and answers while it lasts (`notices` of the ingest activity), so that the
 * browser has words for each.
 */
export const NOTICE_CODES = [
  ...JOURNAL_SHUT_CODES,
  'journal.filling',
  'journal.disk-short',
  'journal.damaged',
  'journal.end-cut',
  'journal.copy-damaged',
  'journal.dead-letters',
  'store.unavailable',
  'connections.port-full',
  'connections.source-full',
  'connections.flood',
  'connections.slowed',
  'connections.evicted',
  'edge.wrong-keys',
  'control.away',
  ...COUNTED.map((one) => `pipeline.limit-${one}` as const),
] as const;
export type NoticeCode = (typeof NOTICE_CODES)[number];

/** Why an answer has not all (`stats.partial`). */
export const LEFT_OUT_CODES = ['query.partial', 'query.facets-sampled', 'query.exemplars'] as const;
export type LeftOutCode = (typeof LEFT_OUT_CODES)[number];

/** A notice as this version makes it; one of another version may have a code that is not known here. */
export type Notice = IngestActivityResponse['notices'][number] & { readonly code: NoticeCode };
