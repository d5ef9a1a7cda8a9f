import type { MetricsQueryRequest } from '@hanok/contract';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { TimeRange } from '../time/range.ts';
import { ask } from './ask.ts';

/*
 * One factory per question to the server. The tenant is first in every key, so that a switch can drop all that
 * belongs to another one; `meta.ranged` marks answers that a refresh of the time range must ask again.
 */
const ranged = { meta: { ranged: true }, placeholderData: keepPreviousData } as const;

export const meQuery = (tenant?: string) =>
  queryOptions({
    queryKey: [tenant ?? null, 'me'],
    queryFn: ({ signal }) => ask('GET /api/v1/me', {}, { tenant, signal }),
    staleTime: 300_000,
  });

export const servicesQuery = (tenant: string, range: TimeRange, environment?: string) =>
  queryOptions({
    queryKey: [tenant, 'services', range, environment ?? null],
    queryFn: ({ signal }) => ask('GET /api/v1/services', { ...range, environment }, { tenant, signal }),
    ...ranged,
  });

export const serviceQuery = (tenant: string, range: TimeRange, service: string, environment?: string) =>
  queryOptions({
    queryKey: [tenant, 'service', service, range, environment ?? null],
    queryFn: ({ signal }) =>
      ask('GET /api/v1/services/:service', { service, ...range, environment }, { tenant, signal }),
    ...ranged,
  });

export const metricsQuery = (tenant: string, range: TimeRange, search: string) =>
  queryOptions({
    queryKey: [tenant, 'metrics', range, search],
    queryFn: ({ signal }) => ask('GET /api/v1/metrics', { ...range, search, limit: 2_000 }, { tenant, signal }),
    ...ranged,
  });

export const metricQuery = (tenant: string, range: TimeRange, metric: string) =>
  queryOptions({
    queryKey: [tenant, 'metric', metric, range],
    queryFn: ({ signal }) => ask('GET /api/v1/metrics/:name', { name: metric, ...range }, { tenant, signal }),
    ...ranged,
  });

export const metricsSeriesQuery = (tenant: string, request: MetricsQueryRequest) =>
  queryOptions({
    queryKey: [tenant, 'metrics-series', request],
    queryFn: ({ signal }) => ask('POST /api/v1/metrics/query', request, { tenant, signal }),
    ...ranged,
  });

export const keysQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, 'keys'],
    queryFn: ({ signal }) => ask('GET /api/v1/keys', {}, { tenant, signal }),
  });

export const storageQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, 'storage'],
    queryFn: ({ signal }) => ask('GET /api/v1/storage', {}, { tenant, signal }),
    refetchInterval: 15_000,
  });

/** Polled only while the event stream is not connected. */
export const ingestActivityQuery = (tenant: string, poll: boolean) =>
  queryOptions({
    queryKey: [tenant, 'ingest-activity'],
    queryFn: ({ signal }) => ask('GET /api/v1/ingest-activity', {}, { tenant, signal }),
    refetchInterval: poll ? 3_000 : false,
  });
