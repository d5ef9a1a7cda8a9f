import type {
  FacetsRequest,
  HeatmapRequest,
  HistogramRequest,
  LogsContextRequest,
  LogsSearchRequest,
  TracesSearchRequest,
} from '@hanok/contract';
import { infiniteQueryOptions, keepPreviousData, type QueryClient, queryOptions } from '@tanstack/react-query';
import type { TimeRange } from '../time/range.ts';
import { ask } from './ask.ts';
import type { CompletionSource } from './completion.ts';

/** Questions about logs and traces; the tenant is first in every key, as in `queries.ts`. */
const ranged = { meta: { ranged: true }, placeholderData: keepPreviousData } as const;

export const logsQuery = (tenant: string, request: LogsSearchRequest) =>
  infiniteQueryOptions({
    queryKey: [tenant, 'logs', request],
    queryFn: ({ signal, pageParam }) =>
      ask('POST /api/v1/logs/search', { ...request, ...(pageParam ? { cursor: pageParam } : {}) }, { tenant, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.cursor,
    ...ranged,
  });

export const contextQuery = (tenant: string, request: LogsContextRequest) =>
  queryOptions({
    queryKey: [tenant, 'log-context', request],
    queryFn: ({ signal }) => ask('POST /api/v1/logs/context', request, { tenant, signal }),
    staleTime: 60_000,
  });

export const histogramQuery = (tenant: string, signalName: 'logs' | 'traces', request: HistogramRequest) =>
  queryOptions({
    queryKey: [tenant, 'histogram', signalName, request],
    queryFn: ({ signal }) => ask(`POST /api/v1/${signalName}/histogram`, request, { tenant, signal }),
    ...ranged,
  });

export const facetsQuery = (tenant: string, signalName: 'logs' | 'traces', request: FacetsRequest) =>
  queryOptions({
    queryKey: [tenant, 'facets', signalName, request],
    queryFn: ({ signal }) => ask(`POST /api/v1/${signalName}/facets`, request, { tenant, signal }),
    ...ranged,
  });

/** Names that records of the range have, the most frequent first. */
export const fieldsQuery = (tenant: string, signalName: 'logs' | 'traces', range: TimeRange) =>
  queryOptions({
    queryKey: [tenant, 'all-fields', signalName, range],
    queryFn: ({ signal }) =>
      ask('GET /api/v1/fields', { ...range, signal: signalName, limit: 1_000 }, { tenant, signal }),
    staleTime: 60_000,
  });

export const tracesQuery = (tenant: string, request: TracesSearchRequest) =>
  infiniteQueryOptions({
    queryKey: [tenant, 'traces', request],
    queryFn: ({ signal, pageParam }) =>
      ask(
        'POST /api/v1/traces/search',
        { ...request, ...(pageParam ? { cursor: pageParam } : {}) },
        { tenant, signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.cursor,
    ...ranged,
  });

export const heatmapQuery = (tenant: string, request: HeatmapRequest) =>
  queryOptions({
    queryKey: [tenant, 'heatmap', request],
    queryFn: ({ signal }) => ask('POST /api/v1/traces/heatmap', request, { tenant, signal }),
    ...ranged,
  });

/** `around` (Unix nanoseconds) lets the store look in one place only. */
export const traceQuery = (tenant: string, traceId: string, around: string | undefined) =>
  queryOptions({
    queryKey: [tenant, 'trace', traceId],
    queryFn: ({ signal }) =>
      ask(
        'GET /api/v1/traces/:traceId',
        {
          traceId,
          ...(around === undefined ? {} : { from: String(BigInt(around) - HOUR), to: String(BigInt(around) + HOUR) }),
        },
        { tenant, signal },
      ),
    staleTime: 30_000,
  });

const HOUR = 3_600_000_000_000n;

/** Completion from what the tenant sent within the range, remembered for a minute. */
export function completionSource(
  client: QueryClient,
  tenant: string,
  signalName: 'logs' | 'traces' | 'metrics',
  range: TimeRange,
): CompletionSource {
  return {
    fields: async (prefix) =>
      (
        await client.fetchQuery({
          queryKey: [tenant, 'fields', signalName, range, prefix],
          queryFn: ({ signal }) =>
            ask('GET /api/v1/fields', { ...range, signal: signalName, prefix, limit: 40 }, { tenant, signal }),
          staleTime: 60_000,
        })
      ).fields,
    values: async (field, prefix) =>
      (
        await client.fetchQuery({
          queryKey: [tenant, 'field-values', signalName, range, field, prefix],
          queryFn: ({ signal }) =>
            ask(
              'GET /api/v1/fields/values',
              { ...range, signal: signalName, field, prefix, limit: 40 },
              { tenant, signal },
            ),
          staleTime: 60_000,
        })
      ).values,
  };
}
