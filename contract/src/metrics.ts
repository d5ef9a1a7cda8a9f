/** Shapes of the API about metrics. */
import { z } from 'zod';
import { limit, queryText, stats, timeRange } from './api.ts';

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
