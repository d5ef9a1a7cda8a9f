import { setting, type Values } from '#base';

const DAY = 86_400_000;
const KIB = 1024;

/** Limits on what one record may carry. Whatever they cut is marked on the record and counted. */
export const PIPELINE_CONFIG = {
  maxAttributes: setting.integer(
    'HANOK_MAX_ATTRIBUTES',
    256,
    'Attributes kept per record, resource, scope, event and link; twice what SDKs send at most by default (128).',
    { min: 1, max: 65_535 },
  ),
  maxKeyBytes: setting.bytes('HANOK_MAX_KEY', 256, 'Longest attribute key.', { min: 16, max: 64 * KIB }),
  maxValueBytes: setting.bytes('HANOK_MAX_VALUE', 64 * KIB, 'Longest attribute value, or name of anything.', {
    min: 64,
    max: 16 * KIB * KIB,
  }),
  maxBodyBytes: setting.bytes('HANOK_MAX_BODY', KIB * KIB, 'Longest log body.', { min: 64, max: 64 * KIB * KIB }),
  maxDepth: setting.integer('HANOK_MAX_DEPTH', 16, 'Arrays and maps inside each other; deeper ones become null.', {
    min: 1,
    max: 64,
  }),
  maxEvents: setting.integer('HANOK_MAX_EVENTS', 256, 'Events kept per span; SDKs keep 128.', { min: 0, max: 65_535 }),
  maxLinks: setting.integer('HANOK_MAX_LINKS', 256, 'Links kept per span; SDKs keep 128.', { min: 0, max: 65_535 }),
  maxBuckets: setting.integer(
    'HANOK_MAX_BUCKETS',
    2_000,
    'Buckets or quantiles per histogram point; points with more are rejected, because a cut histogram is a wrong one.',
    { min: 160, max: 1_000_000 },
  ),
  maxExemplars: setting.integer('HANOK_MAX_EXEMPLARS', 256, 'Exemplars kept per metric point.', {
    min: 0,
    max: 65_535,
  }),
  maxRecords: setting.integer(
    'HANOK_MAX_RECORDS',
    500_000,
    'Records per request; further ones are rejected. An empty record takes two bytes on the wire and about a hundred as a row, so this bounds memory. Real requests have thousands.',
    { min: 1_000, max: 10_000_000 },
  ),
  pastWindowMs: setting.duration(
    'HANOK_PAST_WINDOW',
    30 * DAY,
    'Records older than this are filed at their arrival, with the time they claim beside, so that they cannot make thousands of partitions.',
    { min: 60_000, max: 3_650 * DAY },
  ),
  futureWindowMs: setting.duration('HANOK_FUTURE_WINDOW', DAY, 'Records further ahead are filed at their arrival.', {
    min: 1_000,
    max: 365 * DAY,
  }),
  maxNewSeries: setting.integer(
    'HANOK_MAX_NEW_SERIES',
    1_000_000,
    'New metric series per tenant and day and decode thread; points of further ones are rejected.',
    { min: 1 },
  ),
} as const;

export type IntakeLimits = Values<typeof PIPELINE_CONFIG>;

export const DEFAULT_LIMITS: IntakeLimits = Object.fromEntries(
  Object.entries(PIPELINE_CONFIG).map(([name, one]) => [name, one.default]),
) as IntakeLimits;
