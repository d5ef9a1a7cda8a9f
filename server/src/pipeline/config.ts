import type { Setting, Values } from '#base';

const DAY = 86_400_000;
const KIB = 1024;
/** Highest limit that is counted: four to eight bytes of memory for each that comes. */
const MOST = 50_000_000;

interface Limit {
  readonly kind: 'integer' | 'bytes' | 'duration';
  readonly env: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** What is limited. */
  readonly what: string;
  /** What becomes of more. */
  readonly beyond: string;
  /** Why the default is what it is: what real senders send, and what the limit bounds. */
  readonly why: string;
}

/** Every limit of the pipeline. Whatever one of them cuts, drops or files elsewhere is marked or answered, and counted. */
const LIMITS = {
  // One record.
  maxAttributes: {
    kind: 'integer',
    env: 'HANOK_MAX_ATTRIBUTES',
    default: 256,
    min: 1,
    max: 65_535,
    what: 'Attributes of a record, resource, scope, event or link',
    beyond: 'further ones are left out and counted in dropped_attributes_count, mark attributes-dropped',
    why: 'SDKs send 128 by default: twice as many.',
  },
  maxKeyBytes: {
    kind: 'bytes',
    env: 'HANOK_MAX_KEY',
    default: 256,
    min: 16,
    max: 64 * KIB,
    what: 'An attribute key',
    beyond: 'cut, mark key-cut',
    why: 'The longest of the semantic conventions has 50; a list of the 5,000 keys of HANOK_MAX_ATTRIBUTE_KEYS stays below 1.3 MB.',
  },
  maxValueBytes: {
    kind: 'bytes',
    env: 'HANOK_MAX_VALUE',
    default: 64 * KIB,
    min: 64,
    max: 16 * KIB * KIB,
    what: 'An attribute value, or a name of anything',
    beyond: 'cut, mark value-cut',
    why: '256 attributes of it are 16 MiB, a quarter of the largest request; a long stack trace fits.',
  },
  maxBodyBytes: {
    kind: 'bytes',
    env: 'HANOK_MAX_BODY',
    default: KIB * KIB,
    min: 64,
    max: 64 * KIB * KIB,
    what: 'A log body',
    beyond: 'cut, mark value-cut',
    why: 'Sixteen times an attribute value, for dumps; 64 of them are the largest request.',
  },
  maxDepth: {
    kind: 'integer',
    env: 'HANOK_MAX_DEPTH',
    default: 16,
    min: 1,
    max: 64,
    what: 'Arrays and maps inside each other',
    beyond: 'deeper ones become null, mark depth-cut',
    why: 'A reader calls itself once a level, so this bounds its stack; what people write by hand has a few.',
  },
  maxEvents: {
    kind: 'integer',
    env: 'HANOK_MAX_EVENTS',
    default: 256,
    min: 0,
    max: 65_535,
    what: 'Events of a span',
    beyond: 'further ones are left out and counted in dropped_events_count, mark attributes-dropped',
    why: 'SDKs keep 128 by default: twice as many.',
  },
  maxLinks: {
    kind: 'integer',
    env: 'HANOK_MAX_LINKS',
    default: 256,
    min: 0,
    max: 65_535,
    what: 'Links of a span',
    beyond: 'further ones are left out and counted in dropped_links_count, mark attributes-dropped',
    why: 'SDKs keep 128 by default: twice as many.',
  },
  maxBuckets: {
    kind: 'integer',
    env: 'HANOK_MAX_BUCKETS',
    default: 2_000,
    min: 160,
    max: 1_000_000,
    what: 'Buckets or quantiles of a histogram point',
    beyond: 'the point is rejected, because a cut histogram is a wrong one',
    why: 'SDKs make 16 explicit ones by default, exponential ones at most 160 a side; 2,000 take 32 kB a point, a count and a bound each.',
  },
  maxExemplars: {
    kind: 'integer',
    env: 'HANOK_MAX_EXEMPLARS',
    default: 256,
    min: 0,
    max: 65_535,
    what: 'Exemplars of a metric point',
    beyond: 'further ones are left out, mark attributes-dropped',
    why: 'SDKs keep one a bucket, of exponential histograms 20.',
  },

  // One request.
  maxRecords: {
    kind: 'integer',
    env: 'HANOK_MAX_RECORDS',
    default: 500_000,
    min: 1_000,
    max: 10_000_000,
    what: 'Records of a request',
    beyond: 'further ones are rejected',
    why: 'An empty record takes two bytes on the wire and about a hundred as a row, so this bounds memory at 50 MB. Real requests have thousands.',
  },
  pastWindowMs: {
    kind: 'duration',
    env: 'HANOK_PAST_WINDOW',
    default: 30 * DAY,
    min: 60_000,
    max: 3_650 * DAY,
    what: "A record's age",
    beyond: 'older ones are filed at their arrival, with the time they claim beside, mark time-placed',
    why: 'A day is a partition: with the day ahead there are 32 at most, not thousands.',
  },
  futureWindowMs: {
    kind: 'duration',
    env: 'HANOK_FUTURE_WINDOW',
    default: DAY,
    min: 1_000,
    max: 365 * DAY,
    what: 'How far ahead of its arrival a record may be',
    beyond: 'those further ahead are filed at their arrival, mark time-placed',
    why: 'A clock set to local time is at most 14 hours ahead.',
  },

  // One tenant and day; docs/decisions/cardinality.md.
  maxNewSeries: {
    kind: 'integer',
    env: 'HANOK_MAX_NEW_SERIES',
    default: 1_000_000,
    min: 1,
    max: MOST,
    what: 'Metric series per tenant and day',
    beyond: 'points of further ones are rejected',
    why: 'A hundred hosts with their containers send some hundred thousand; counting a million takes 4 to 8 MB.',
  },
  maxMetrics: {
    kind: 'integer',
    env: 'HANOK_MAX_METRICS',
    default: 10_000,
    min: 1,
    max: MOST,
    what: 'Metric names per tenant and day',
    beyond: 'points of further ones are rejected',
    why: 'A host and its services send one or two thousand, and a list of names beyond ten thousand helps nobody.',
  },
  maxServices: {
    kind: 'integer',
    env: 'HANOK_MAX_SERVICES',
    default: 2_000,
    min: 1,
    max: 1_000_000,
    what: 'Service names per tenant and day',
    beyond: 'records of further ones are kept and counted under `(other services)`',
    why: 'Large companies run some hundreds.',
  },
  maxOperations: {
    kind: 'integer',
    env: 'HANOK_MAX_OPERATIONS',
    default: 1_000,
    min: 1,
    max: MOST,
    what: 'Span names per service and day',
    beyond: 'spans of further ones are kept and counted under `(other operations)`',
    why: 'A service with more has ids or addresses in its span names.',
  },
  maxOperationsOfAll: {
    kind: 'integer',
    env: 'HANOK_MAX_OPERATIONS_OF_ALL',
    default: 100_000,
    min: 1,
    max: MOST,
    what: 'Span names of all services of a tenant together, per day',
    beyond: 'spans of further ones are kept and counted under `(other operations)`',
    why: 'Each is a row a minute of the operations roll-up. A hundred services may reach HANOK_MAX_OPERATIONS.',
  },
  maxKeys: {
    kind: 'integer',
    env: 'HANOK_MAX_ATTRIBUTE_KEYS',
    default: 5_000,
    min: 1,
    max: MOST,
    what: 'Attribute keys per tenant, signal and day that are listed as fields',
    beyond: 'further ones stay on their records and can be searched, but are not suggested',
    why: 'The semantic conventions name about a thousand.',
  },
  maxResources: {
    kind: 'integer',
    env: 'HANOK_MAX_RESOURCES',
    default: 100_000,
    min: 1,
    max: MOST,
    what: 'Resources per tenant and day',
    beyond: 'records of further ones are rejected',
    why: 'Every pod and process is one: a thousand hosts that restart all they run a hundred times a day stay below.',
  },
  maxScopes: {
    kind: 'integer',
    env: 'HANOK_MAX_SCOPES',
    default: 10_000,
    min: 1,
    max: MOST,
    what: 'Instrumentation scopes per tenant and day',
    beyond: 'records of further ones are rejected',
    why: 'A scope is a library in one version: a hundred services with a hundred of their own reach it.',
  },
} as const satisfies Readonly<Record<string, Limit>>;

type Settings = { readonly [K in keyof typeof LIMITS]: Setting<(typeof LIMITS)[K]['kind'], number> };

function settingOf({ kind, env, default: fallback, min, max, what, beyond, why }: Limit): Setting {
  return { kind, env, default: fallback, min, max, why: `${what}. Beyond it: ${beyond}. ${why}` };
}

export const PIPELINE_CONFIG = Object.fromEntries(
  Object.entries(LIMITS).map(([name, limit]) => [name, settingOf(limit)]),
) as Settings;

export type IntakeLimits = Values<typeof PIPELINE_CONFIG>;

export const DEFAULT_LIMITS: IntakeLimits = Object.fromEntries(
  Object.entries(PIPELINE_CONFIG).map(([name, one]) => [name, one.default]),
) as IntakeLimits;
