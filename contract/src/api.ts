/**
 * Shapes of the HTTP API under /api/v1, shared by the server (validation, OpenAPI) and the browser (types only).
 * Instants are decimal strings of Unix nanoseconds; durations are numbers of nanoseconds.
 */
import { z } from 'zod';
import { network } from './access/shapes.ts';
import { retentionDays } from './limits.ts';
import { MARKS } from './marks.ts';
import { displayName } from './names.ts';

// ---- time range and paging -------------------------------------------------------------------------------

/** Accepts what `parseInstant` reads: nanosecond digits, ISO 8601, `now-15m`. */
export const instant = z.union([z.string().min(1).max(64), z.number()]);

export const timeRange = z.object({
  from: instant.default('now-1h').describe('Start, inclusive'),
  to: instant.default('now').describe('End, exclusive'),
});

export const queryText = z
  .string()
  .max(16_384)
  .default('')
  .describe('Search in the language of docs/query-language.md');

const limit = (fallback: number, most: number) => z.coerce.number().int().min(1).max(most).default(fallback);

/** `query.unknown-field`: nobody sent `field` in this range; `nearest` are the names most like it, with commas. */
export const hint = z.object({ code: z.string(), values: z.record(z.string(), z.union([z.string(), z.number()])) });
export type Hint = z.infer<typeof hint>;

export const stats = z.object({
  /** What the store read for the answer. Of a tenant with a store to itself: in a shared one it counts neighbours' rows. */
  rowsRead: z.number().optional(),
  bytesRead: z.number().optional(),
  elapsedMs: z.number(),
  /** Set when a budget cut the answer short; the rows are right but not all. */
  partial: z
    .object({
      code: z.string(),
      message: z.string(),
      reason: z.string().optional(),
      values: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    })
    .optional(),
  /** What the asker may want to know although the question could be answered. */
  hints: z.array(hint).optional(),
});
export type Stats = z.infer<typeof stats>;

// ---- values ----------------------------------------------------------------------------------------------

/**
 * An attribute value as JSON: string, boolean, number (a double always with a fraction or an exponent, `1.0`, an integer
 * never; minus zero as `{double: "-0"}`); 64-bit integers beyond 2^53 as decimal strings inside
 * `{int}`, bytes as `{bytes: base64}`, non-finite doubles as `{double: "NaN"}`; arrays and objects nest.
 */
export type AnyValue =
  | string
  | number
  | boolean
  | null
  | { readonly int: string }
  | { readonly double: string }
  | { readonly bytes: string }
  | readonly AnyValue[]
  | { readonly kv: ReadonlyArray<readonly [string, AnyValue]> };
export const anyValue: z.ZodType<AnyValue> = z.unknown() as unknown as z.ZodType<AnyValue>;

/** Attributes by key; for a key sent twice the first value, the further ones are in `repeatedAttributes`. */
export const attributes = z.record(z.string(), anyValue);
export type Attributes = Record<string, AnyValue>;
/** Further values of keys that were sent more than once, in the order sent; absent when there are none. */
export const repeatedAttributes = z.array(z.tuple([z.string(), anyValue])).optional();

export const entityRef = z.object({
  schemaUrl: z.string(),
  type: z.string(),
  idKeys: z.array(z.string()),
  descriptionKeys: z.array(z.string()),
});

export const resource = z.object({
  id: z.string(),
  attributes,
  repeatedAttributes,
  droppedAttributesCount: z.number().optional(),
  schemaUrl: z.string().optional(),
  entityRefs: z.array(entityRef).optional(),
});
export type Resource = z.infer<typeof resource>;

export const scope = z.object({
  name: z.string(),
  version: z.string().optional(),
  attributes: attributes.optional(),
  repeatedAttributes,
  droppedAttributesCount: z.number().optional(),
  schemaUrl: z.string().optional(),
});
export type Scope = z.infer<typeof scope>;

/** What Hanok changed or noticed on a record while taking it in; empty when nothing. */
export const mark = z.enum(MARKS);

// ---- logs ------------------------------------------------------------------------------------------------

export const severity = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'unspecified']);
export type Severity = z.infer<typeof severity>;

export const logRow = z.object({
  /** Opaque, stable; usable with /logs/context. */
  id: z.string(),
  timestamp: z.string(),
  observedTimestamp: z.string(),
  originalTime: z.string().optional(),
  severityText: severity,
  severityNumber: z.number(),
  /** The severity text as it was sent; absent when none was. */
  severityOriginal: z.string().optional(),
  serviceName: z.string(),
  environment: z.string(),
  hostName: z.string(),
  businessId: z.string(),
  body: anyValue,
  eventName: z.string().optional(),
  attributes,
  repeatedAttributes,
  droppedAttributesCount: z.number().optional(),
  resource,
  scope: scope.optional(),
  traceId: z.string().describe('32 hex digits, empty when none'),
  spanId: z.string().describe('16 hex digits, empty when none'),
  flags: z.number(),
  marks: z.array(mark).optional(),
});
export type LogRow = z.infer<typeof logRow>;

export const logsSearchRequest = timeRange.extend({
  query: queryText,
  limit: limit(100, 1_000),
  cursor: z.string().max(512).optional(),
  order: z.enum(['newest', 'oldest']).default('newest'),
});
export const logsSearchResponse = z.object({ rows: z.array(logRow), cursor: z.string().nullable(), stats });
export type LogsSearchRequest = z.input<typeof logsSearchRequest>;
export type LogsSearchResponse = z.infer<typeof logsSearchResponse>;

/**
 * `GET /logs/tail`: server-sent events. The last 100 matching lines as `row` with a `LogRow`, in the order of their time;
 * `ready` with a `TailReady`; then what arrives: `row`, in the order of time within each batch, and `dropped` with a
 * `TailDropped` at most once a second; comments as heartbeats. `error` with a `TailError` is the last event of a tail that
 * cannot go on.
 */
export const logsTailRequest = z.object({ query: queryText });
export const tailReady = z.object({
  /** Lines sent before it. */
  lines: z.number(),
  /** False when there may be others among the last: the store, or the journal's memory, did not have them in time. */
  whole: z.boolean(),
  hints: z.array(hint).optional(),
});
export type TailReady = z.infer<typeof tailReady>;
/** As an error of the API; `query.tail-lost` may be tried again at once, `query.tail-too-slow` not with this query. */
export const tailError = z.object({
  code: z.string(),
  message: z.string(),
  reason: z.string().optional(),
  values: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  fix: z.string().optional(),
});
export type TailError = z.infer<typeof tailError>;
export const tailDropped = z.object({
  /** Matching rows left out since the last event, because more came than a tail is sent. */
  matching: z.number(),
  /** Rows not even looked at, because this tail could not keep up. */
  unseen: z.number(),
});
export type TailDropped = z.infer<typeof tailDropped>;

/** Rows before and after one row, in time order, of the same resource (default), service, host, trace, or all. */
export const logsContextRequest = z.object({
  id: z.string().max(512),
  scope: z.enum(['resource', 'service', 'host', 'trace', 'all']).default('resource'),
  before: limit(25, 500),
  after: limit(25, 500),
});
export const logsContextResponse = z.object({
  before: z.array(logRow),
  row: logRow.nullable(),
  after: z.array(logRow),
  stats,
});
export type LogsContextRequest = z.input<typeof logsContextRequest>;
export type LogsContextResponse = z.infer<typeof logsContextResponse>;

// ---- histogram and facets (logs and traces) --------------------------------------------------------------

export const histogramRequest = timeRange.extend({
  query: queryText,
  /** Buckets wanted; the server picks a round step that gives at most this many. */
  buckets: limit(60, 500),
  /** Stack by a field, for example `severity_text` or `service.name`; the rest becomes `other`. */
  by: z.string().max(256).optional(),
});
export const histogramResponse = z.object({
  start: z.string(),
  /** Nanoseconds, decimal string. */
  step: z.string(),
  series: z.array(z.object({ key: z.string(), counts: z.array(z.number()) })),
  total: z.number(),
  stats,
});
export type HistogramRequest = z.input<typeof histogramRequest>;
export type HistogramResponse = z.infer<typeof histogramResponse>;

export const facetsRequest = timeRange.extend({
  query: queryText,
  /** Traces: which spans are counted, as `traces/search` lists them. */
  view: z.enum(['spans', 'roots', 'entries']).default('spans'),
  fields: z.array(z.string().max(256)).max(24).optional(),
  limit: limit(10, 100),
});
/** Counted without the query's own filters on the field, so that its other values can be chosen too. */
export const facet = z.object({
  field: z.string(),
  values: z.array(z.object({ value: z.string(), count: z.number() })),
  /** More values exist than were returned. */
  more: z.boolean(),
});
export const facetsResponse = z.object({
  facets: z.array(facet),
  /** 1 when every row was counted; below 1 the counts are scaled up from this share. */
  sampled: z.number(),
  stats,
});
export type FacetsRequest = z.input<typeof facetsRequest>;
export type FacetsResponse = z.infer<typeof facetsResponse>;

// ---- fields for completion -------------------------------------------------------------------------------

export const signalName = z.enum(['logs', 'traces', 'metrics']);

export const fieldsRequest = timeRange.extend({
  signal: signalName,
  prefix: z.string().max(256).default(''),
  limit: limit(50, 1_000),
});
export const fieldInfo = z.object({
  /** As typed in a query: `service.name`, `http.route`, `resource.k8s.pod.name`. */
  name: z.string(),
  source: z.enum(['field', 'attribute', 'resource', 'scope']),
  type: z.enum(['string', 'number', 'boolean', 'bytes', 'list', 'time', 'duration']),
  count: z.number(),
});
export const fieldsResponse = z.object({ fields: z.array(fieldInfo) });
export type FieldInfo = z.infer<typeof fieldInfo>;
export type FieldsResponse = z.infer<typeof fieldsResponse>;

export const fieldValuesRequest = timeRange.extend({
  signal: signalName,
  field: z.string().min(1).max(256),
  prefix: z.string().max(256).default(''),
  limit: limit(20, 200),
});
export const fieldValuesResponse = z.object({ values: z.array(z.object({ value: z.string(), count: z.number() })) });
export type FieldValuesResponse = z.infer<typeof fieldValuesResponse>;

// ---- traces ----------------------------------------------------------------------------------------------

export const spanKind = z.enum(['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']);
export const statusCode = z.enum(['unset', 'ok', 'error']);

export const spanEvent = z.object({
  time: z.string(),
  name: z.string(),
  attributes,
  repeatedAttributes,
  droppedAttributesCount: z.number().optional(),
});
export const spanLink = z.object({
  traceId: z.string(),
  spanId: z.string(),
  traceState: z.string().optional(),
  flags: z.number().optional(),
  attributes,
  repeatedAttributes,
  droppedAttributesCount: z.number().optional(),
});

export const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().describe('Empty for a root'),
  name: z.string(),
  kind: spanKind,
  startTime: z.string(),
  endTime: z.string(),
  /** End minus start in nanoseconds; 0, marked `end-before-start`, when the end was not sent or lies before the start. */
  duration: z.number(),
  statusCode,
  statusMessage: z.string().optional(),
  traceState: z.string().optional(),
  flags: z.number(),
  serviceName: z.string(),
  environment: z.string(),
  hostName: z.string(),
  businessId: z.string(),
  attributes,
  repeatedAttributes,
  droppedAttributesCount: z.number().optional(),
  events: z.array(spanEvent),
  droppedEventsCount: z.number().optional(),
  links: z.array(spanLink),
  droppedLinksCount: z.number().optional(),
  resource,
  scope: scope.optional(),
  marks: z.array(mark).optional(),
});
export type Span = z.infer<typeof span>;

/** `GET /traces/{traceId}`: the whole trace, up to `limit` spans in start order. */
export const traceRequest = z.object({
  /** A hint that makes old traces quick to find; without it all partitions' indexes are asked. */
  from: instant.optional(),
  to: instant.optional(),
  limit: limit(10_000, 50_000),
});
export const traceResponse = z.object({
  traceId: z.string(),
  spans: z.array(span),
  /** How many spans the store has; more than `spans.length` when the limit cut. */
  total: z.number(),
  stats,
});
export type TraceResponse = z.infer<typeof traceResponse>;

/** A span in a list: no events, links or resource. */
export const spanRow = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string(),
  name: z.string(),
  kind: spanKind,
  startTime: z.string(),
  duration: z.number(),
  statusCode,
  serviceName: z.string(),
  environment: z.string(),
  hostName: z.string(),
  attributes,
});
export type SpanRow = z.infer<typeof spanRow>;

export const tracesSearchRequest = timeRange.extend({
  query: queryText,
  limit: limit(50, 1_000),
  cursor: z.string().max(512).optional(),
  order: z.enum(['newest', 'oldest', 'slowest']).default('newest'),
  /** `spans`: every matching span. `roots`: matching spans that have no parent. `entries`: roots, servers, consumers. */
  view: z.enum(['spans', 'roots', 'entries']).default('spans'),
});
export const tracesSearchResponse = z.object({ rows: z.array(spanRow), cursor: z.string().nullable(), stats });
export type TracesSearchRequest = z.input<typeof tracesSearchRequest>;
export type TracesSearchResponse = z.infer<typeof tracesSearchResponse>;

/** Latency over time as a matrix. Row r covers durations [bounds[r], bounds[r+1]) in nanoseconds. */
export const heatmapRequest = timeRange.extend({
  query: queryText,
  view: z.enum(['spans', 'roots', 'entries']).default('spans'),
  columns: limit(60, 300),
});
export const heatmapResponse = z.object({
  start: z.string(),
  step: z.string(),
  bounds: z.array(z.number()),
  /** counts[row][column]; `errors` likewise, the failing share of the same cells. */
  counts: z.array(z.array(z.number())),
  errors: z.array(z.array(z.number())),
  stats,
});
export type HeatmapRequest = z.input<typeof heatmapRequest>;
export type HeatmapResponse = z.infer<typeof heatmapResponse>;

// ---- services --------------------------------------------------------------------------------------------

/** Durations are kept as counts of ranges that grow by an eighth of a power of two. */
const quantile = z
  .number()
  .describe('Nanoseconds, within 5 % of the true quantile; never more than the longest duration where that is known');

const red = {
  requests: z.number(),
  /** Requests per second over the range. */
  rate: z.number(),
  errors: z.number(),
  /** 0 to 1. */
  errorRate: z.number(),
  p50: quantile,
  p95: quantile,
  p99: quantile,
};
export const sparklines = z.object({
  requests: z.array(z.number()),
  errors: z.array(z.number()),
  p95: z.array(z.number()),
});

export const serviceRow = z.object({
  name: z.string(),
  environments: z.array(z.string()),
  /** When its newest span began: the end of that minute, for nothing finer is kept. */
  lastSeen: z.string(),
  /** The range reaches until now, and nothing came for longer than `SILENT_AFTER_MS`. Such a service is listed with no requests. */
  silent: z.boolean(),
  ...red,
  /** The last minutes of the range: what it is like now, where the range has an hour of yesterday's trouble in it. */
  recent: z.object({ seconds: z.number(), requests: z.number(), errors: z.number() }),
  series: sparklines,
});
export type ServiceRow = z.infer<typeof serviceRow>;

/** A service that sends logs and no spans: known by what it says, not by what it was asked. */
export const logServiceRow = z.object({
  name: z.string(),
  environments: z.array(z.string()),
  /** The time of its newest record. */
  lastSeen: z.string(),
  /** As of a service with spans. */
  silent: z.boolean(),
  /** Log records in the range. */
  records: z.number(),
  /** Records per second over the range, as far as it has passed. */
  rate: z.number(),
  /** Records of level error or fatal. */
  errors: z.number(),
});
export type LogServiceRow = z.infer<typeof logServiceRow>;

/** A service of which nothing came for so long is silent, not well. Five minutes: five exports of the slowest default (60 s). */
export const SILENT_AFTER_MS = 300_000;
/** Services that were seen so long before the range are listed as silent. */
export const REMEMBERED_MS = 86_400_000;
export const servicesRequest = timeRange.extend({ environment: z.string().max(256).optional() });
/** What the counts cover, nanoseconds: whole minutes, and no time that has not come yet. Rates are over it. */
const covered = { coveredFrom: z.string(), coveredTo: z.string() };

export const servicesResponse = z.object({
  services: z.array(serviceRow),
  /** Services that send logs and no spans, those that went silent too; the most talkative first. */
  logServices: z.array(logServiceRow),
  start: z.string(),
  step: z.string(),
  ...covered,
  stats,
});
export type ServicesResponse = z.infer<typeof servicesResponse>;

export const operationRow = z.object({
  name: z.string(),
  kind: spanKind,
  entry: z.boolean(),
  ...red,
  /** Share of the service's total span time, 0 to 1. */
  timeShare: z.number(),
});
export type OperationRow = z.infer<typeof operationRow>;
export const serviceRequest = timeRange.extend({ environment: z.string().max(256).optional() });
export const serviceSeries = z.object({
  requests: z.array(z.number()),
  errors: z.array(z.number()),
  p50: z.array(z.number()),
  p95: z.array(z.number()),
  p99: z.array(z.number()),
});
export type ServiceSeries = z.infer<typeof serviceSeries>;

export const serviceResponse = z.object({
  service: serviceRow.omit({ series: true }).nullable(),
  /** Figures of a service that sends logs and no spans; `service` is null then. */
  logs: logServiceRow.nullable(),
  operations: z.array(operationRow),
  /** At least 60 points where the service has few enough spans to be counted finer than a minute. */
  series: serviceSeries,
  start: z.string(),
  step: z.string(),
  /** What the points cover; finer than minutes where the step is. */
  seriesFrom: z.string(),
  seriesTo: z.string(),
  ...covered,
  stats,
});
export type ServiceResponse = z.infer<typeof serviceResponse>;

// ---- metrics ---------------------------------------------------------------------------------------------

export const metricType = z.enum(['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary']);
export const temporality = z.enum(['unspecified', 'delta', 'cumulative']);

export const metricInfo = z.object({
  name: z.string(),
  type: metricType,
  /** What values are given in: of the units that its senders use, the one of most series. */
  unit: z.string(),
  /** All units that its senders use; values of the others are converted to `unit`. */
  units: z.array(z.string()),
  description: z.string(),
  temporality,
  monotonic: z.boolean(),
  /** Series seen in the range. */
  series: z.number(),
  services: z.array(z.string()),
  lastSeen: z.string(),
  /** What the explorer uses when nothing is chosen. */
  defaultAggregate: z.string(),
});
export type MetricInfo = z.infer<typeof metricInfo>;
export const metricsRequest = timeRange.extend({ search: z.string().max(256).default(''), limit: limit(200, 2_000) });
export const metricsResponse = z.object({
  /** One per name. `forms` is how many kinds, temporalities and units are sent under it. */
  metrics: z.array(metricInfo.extend({ forms: z.number() })),
  stats,
});
export type MetricListed = MetricsResponse['metrics'][number];
export type MetricsResponse = z.infer<typeof metricsResponse>;

/** As long as intake keeps one unless told otherwise (HANOK_MAX_VALUE): every metric that is listed can be asked for. */
export const metricName = z
  .string()
  .min(1)
  .max(64 * 1_024);
export const metricRequest = timeRange;
export const metricResponse = z.object({
  metric: metricInfo.nullable(),
  /** Every form that the name is sent in (type, temporality, unit), the one shown unless asked otherwise first. */
  forms: z.array(metricInfo),
  /** What the explorer groups by when nothing is chosen. */
  defaultGroupBy: z.array(z.string()),
  /** What every answer is grouped by, asked for or not: figures over all of its values say nothing. */
  keptApart: z.array(z.string()),
  attributes: z.array(
    z.object({
      name: z.string(),
      source: z.enum(['attribute', 'resource', 'field']),
      values: z.number(),
      sample: z.array(z.string()),
    }),
  ),
  stats,
});
export type MetricResponse = z.infer<typeof metricResponse>;

export const metricAggregate = z.enum([
  'avg',
  'sum',
  'min',
  'max',
  'count',
  'last',
  'rate',
  'increase',
  'p50',
  'p90',
  'p95',
  'p99',
]);
export const metricsQueryRequest = timeRange.extend({
  metric: metricName,
  /** `type:`, `temporality:`, `monotonic:` and `unit:` choose among the forms of one name. */
  query: queryText,
  /** Absent: what the semantic conventions keep apart, such as `state`; see `defaultGroupBy`. */
  groupBy: z.array(z.string().max(256)).max(8).optional(),
  /** Absent: `rate` for counters, `sum` for other sums, `p95` for histograms, `avg` otherwise. */
  aggregate: metricAggregate.optional(),
  /** Nanoseconds, decimal string; absent: picked so that a series has at most `points`. */
  step: z
    .string()
    .regex(/^\d{1,19}$/)
    .optional(),
  /** Nanoseconds, decimal string, rounded up to whole steps; absent: the step, and at least four intervals. */
  window: z
    .string()
    .regex(/^\d{1,19}$/)
    .optional(),
  points: limit(240, 2_000),
  /** Series returned, largest first; the rest is counted in `moreSeries`. */
  limit: limit(50, 500),
});
export const metricsQueryResponse = z.object({
  metric: metricInfo.nullable(),
  /** Other forms of the name that the query leaves open and this answer does not show. */
  otherForms: z.array(metricInfo),
  aggregate: metricAggregate,
  /** What was asked for, the default, and what is kept apart in any case. */
  groupBy: z.array(z.string()),
  unit: z.string(),
  start: z.string(),
  step: z.string(),
  /** Nanoseconds between a series' points, as the slower series send; 0 when unknown. */
  interval: z.string(),
  /** Nanoseconds that a value looks back over, ending with its step. */
  window: z.string(),
  /** The first step that had not ended when this was answered, or that the range cuts; the number of steps when all had. */
  incompleteFrom: z.number(),
  series: z.array(
    z.object({
      labels: z.record(z.string(), z.string()),
      /** One value per step, null where there is no data. */
      values: z.array(z.number().nullable()),
    }),
  ),
  moreSeries: z.number(),
  /** Points of one series come from several processes at once: its sums are not to be trusted. */
  mixedWriters: z.boolean(),
  exemplars: z
    .array(z.object({ timestamp: z.string(), value: z.number(), traceId: z.string(), spanId: z.string() }))
    .optional(),
  stats,
});
export type MetricsQueryRequest = z.input<typeof metricsQueryRequest>;
export type MetricsQueryResponse = z.infer<typeof metricsQueryResponse>;

// ---- identity and tenancy --------------------------------------------------------------------------------

export const loginRequest = z.object({ email: z.string().min(3).max(254), password: z.string().min(1).max(1_024) });
export const loginResponse = z.object({ token: z.string(), expiresAt: z.string() });

export const keyRow = z.object({
  id: z.string(),
  name: z.string(),
  /** First characters, to recognise it by. The whole key is shown once, when made. */
  prefix: z.string(),
  createdAt: z.string(),
  lastUsedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
  /** From then on it is refused; null: never. */
  expiresAt: z.string().nullable(),
  /** From where it may be used; empty: from anywhere. */
  networks: z.array(z.string()),
  /** The key that was made in its place, which goes on when this one expires. */
  replacedBy: z.string().nullable(),
});
export type KeyRow = z.infer<typeof keyRow>;
export const keysResponse = z.object({ keys: z.array(keyRow) });
export const keyCreateRequest = z.object({
  name: displayName,
  networks: z.array(network).max(32).default([]).describe('From where it may be used; empty: from anywhere'),
  expiresInDays: z.number().int().min(1).max(3_650).nullable().default(null).describe('Null: never'),
});
export const keyRotateRequest = z.object({
  overlapHours: z
    .number()
    .int()
    .min(0)
    .max(720)
    .default(24)
    .describe('How long the key that is replaced is good beside the new one'),
});
export const keyCreateResponse = z.object({ key: keyRow, secret: z.string() });
export type KeyCreateResponse = z.infer<typeof keyCreateResponse>;

const auditFacts = z.record(z.string(), z.unknown());
export const auditRow = z.object({
  /** The number of the entry within its chain, from 1 on, without gaps. */
  seq: z.number(),
  at: z.string(),
  actor: z.string(),
  /** Where the request came from; empty for what the instance does by itself. */
  remote: z.string(),
  /** The tenant that it concerns. */
  tenant: z.string().nullable(),
  action: z.string(),
  target: z.string(),
  outcome: z.enum(['ok', 'denied', 'failed']),
  /** In the words of who did it. */
  reason: z.string().nullable(),
  requestId: z.string().nullable(),
  /** How what was changed was before, and how it is after; null where there was, or is, nothing. */
  before: auditFacts.nullable(),
  after: auditFacts.nullable(),
  detail: auditFacts,
  hash: z.string(),
});
export type AuditRow = z.infer<typeof auditRow>;
/** Filters may leave a page short, or empty: older entries follow while `cursor` is not null. */
export const auditResponse = z.object({ rows: z.array(auditRow), cursor: z.string().nullable() });
export const auditRequest = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().max(32).optional().describe('From an earlier answer; older entries follow'),
  action: z.string().max(128).optional().describe('Beginning of the action, as in `user.`'),
  actor: z.string().max(256).optional().describe("Somewhere in the actor's name"),
  target: z.string().max(256).optional().describe('Somewhere in what it was done to'),
  outcome: z.enum(['ok', 'denied', 'failed']).optional(),
  from: z
    .string()
    .regex(/^\d{1,20}$/)
    .optional()
    .describe('Instant, Unix nanoseconds, inclusive'),
  to: z
    .string()
    .regex(/^\d{1,20}$/)
    .optional()
    .describe('Instant, Unix nanoseconds, inclusive'),
  text: z.string().max(256).optional().describe('Words; each must be somewhere in the entry'),
});

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
