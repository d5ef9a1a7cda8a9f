/** `GET /api/v1/metrics/{name}/points`: points as they were sent, nothing rounded, summed or left out. */
import { z } from 'zod';
import { anyValue, attributes, mark, queryText, repeatedAttributes, resource, scope, stats, timeRange } from './api.ts';
import { metricType } from './metrics.ts';

/** A double: a number, or `{double}` for NaN, Infinity, -Infinity and -0. */
const double = z.union([z.number(), z.object({ double: z.string() })]);
/** An unsigned 64-bit integer: a number, or `{int}` beyond 2^53. */
const count = z.union([z.number(), z.object({ int: z.string() })]);

export const metricExemplar = z.object({
  timestamp: z.string(),
  /** The sender's time when it was absurdly far off. */
  originalTime: z.string().optional(),
  /** As `value` of a point. */
  value: anyValue,
  valueType: z.enum(['double', 'integer', 'none']),
  traceId: z.string().describe('32 hex digits, empty when none'),
  spanId: z.string().describe('16 hex digits, empty when none'),
  /** The sender's `filtered_attributes`. */
  attributes,
  repeatedAttributes,
});
export type MetricExemplar = z.infer<typeof metricExemplar>;

export const metricPoint = z.object({
  /** Id of its series in `series`. */
  series: z.string(),
  timestamp: z.string(),
  originalTime: z.string().optional(),
  /** Absent when none was sent. */
  startTime: z.string().optional(),
  flags: z.number(),
  /** Bit 0 of the flags: the sender says that it has no value here. */
  noRecordedValue: z.boolean(),
  /** For gauges and sums: a number, `{int}` beyond ±2^53, `{double}` for NaN, ±Infinity and -0, null for no value. */
  value: anyValue.optional(),
  valueType: z.enum(['double', 'integer', 'none']).optional(),
  histogram: z
    .object({
      count,
      sum: double.optional(),
      min: double.optional(),
      max: double.optional(),
      /** Upper bounds, inclusive; there is one more count than bounds, or neither. */
      explicitBounds: z.array(double),
      bucketCounts: z.array(count),
    })
    .optional(),
  exponentialHistogram: z
    .object({
      count,
      sum: double.optional(),
      min: double.optional(),
      max: double.optional(),
      scale: z.number(),
      zeroCount: count,
      zeroThreshold: double,
      positive: z.object({ offset: z.number(), bucketCounts: z.array(count) }),
      negative: z.object({ offset: z.number(), bucketCounts: z.array(count) }),
    })
    .optional(),
  summary: z
    .object({ count, sum: double, quantiles: z.array(z.object({ quantile: double, value: double })) })
    .optional(),
  exemplars: z.array(metricExemplar),
  marks: z.array(mark).optional(),
});
export type MetricPoint = z.infer<typeof metricPoint>;

export const metricSeries = z.object({
  id: z.string(),
  type: metricType,
  monotonic: z.boolean(),
  unit: z.string(),
  description: z.string(),
  /** The sender's `Metric.metadata`. */
  metadata: attributes,
  serviceName: z.string(),
  environment: z.string(),
  hostName: z.string(),
  businessId: z.string(),
  attributes,
  repeatedAttributes,
  resource,
  scope: scope.optional(),
});
export type MetricSeries = z.infer<typeof metricSeries>;

export const metricPointsRequest = timeRange.extend({
  query: queryText,
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().max(512).optional(),
  order: z.enum(['newest', 'oldest']).default('newest'),
});
export const metricPointsResponse = z.object({
  points: z.array(metricPoint),
  /** The series that the points name, each once. */
  series: z.array(metricSeries),
  cursor: z.string().nullable(),
  stats,
});
export type MetricPointsResponse = z.infer<typeof metricPointsResponse>;
