import { setting, type Values } from '#base';

const DAY = 86_400_000;
const KIB = 1024;
/** Highest limit that is counted: four to eight bytes of memory for each that comes. */
const MOST = 50_000_000;

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
    'Metric series per tenant and day; points of further ones are rejected. A hundred hosts with their containers send some hundred thousand.',
    { min: 1, max: MOST },
  ),
  maxMetrics: setting.integer(
    'HANOK_MAX_METRICS',
    10_000,
    'Metric names per tenant and day; points of further ones are rejected. A host and its services send one or two thousand, and a list of names beyond ten thousand helps nobody.',
    { min: 1, max: MOST },
  ),
  maxServices: setting.integer(
    'HANOK_MAX_SERVICES',
    2_000,
    'Service names per tenant and day; records of further ones are kept and counted under `(other services)`. Large companies run some hundreds.',
    { min: 1, max: 1_000_000 },
  ),
  maxOperations: setting.integer(
    'HANOK_MAX_OPERATIONS',
    1_000,
    'Span names per service and day; spans of further ones are kept and counted under `(other operations)`. A service with more has ids or addresses in its span names.',
    { min: 1, max: MOST },
  ),
  maxOperationsOfAll: setting.integer(
    'HANOK_MAX_OPERATIONS_OF_ALL',
    100_000,
    'Span names of all services of a tenant together, per day: each is a row a minute of the operations roll-up.',
    { min: 1, max: MOST },
  ),
  maxKeys: setting.integer(
    'HANOK_MAX_ATTRIBUTE_KEYS',
    5_000,
    'Attribute keys per tenant, signal and day that are listed as fields; further ones stay on their records and can be searched, but are not suggested. The semantic conventions name about a thousand.',
    { min: 1, max: MOST },
  ),
  maxResources: setting.integer(
    'HANOK_MAX_RESOURCES',
    100_000,
    'Resources per tenant and day; records of further ones are rejected. Every pod and process is one: a thousand hosts that restart all they run a hundred times a day stay below.',
    { min: 1, max: MOST },
  ),
  maxScopes: setting.integer(
    'HANOK_MAX_SCOPES',
    10_000,
    'Instrumentation scopes per tenant and day; records of further ones are rejected. A scope is a library in one version.',
    { min: 1, max: MOST },
  ),
} as const;

export type IntakeLimits = Values<typeof PIPELINE_CONFIG>;

export const DEFAULT_LIMITS: IntakeLimits = Object.fromEntries(
  Object.entries(PIPELINE_CONFIG).map(([name, one]) => [name, one.default]),
) as IntakeLimits;
