/**
 * Shapes of the HTTP API under /api/v1, shared by the server (validation, OpenAPI) and the browser (types only).
 * Instants are decimal strings of Unix nanoseconds; durations are numbers of nanoseconds.
 */
import { z } from 'zod';
import { network } from './access/shapes.ts';
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

/** How many of something, with a default and a bound. */
export const limit = (fallback: number, most: number) => z.coerce.number().int().min(1).max(most).default(fallback);

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

// ---- identity and tenancy --------------------------------------------------------------------------------

export const loginRequest = z.object({ email: z.string().min(3).max(254), password: z.string().min(1).max(1_024) });

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
