/** Shapes of the API about services and their operations. */
import { z } from 'zod';
import { spanKind, stats, timeRange } from './api.ts';

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
