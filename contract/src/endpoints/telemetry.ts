import { z } from 'zod';
import {
  facetsRequest,
  facetsResponse,
  fieldsRequest,
  fieldsResponse,
  fieldValuesRequest,
  fieldValuesResponse,
  heatmapRequest,
  heatmapResponse,
  histogramRequest,
  histogramResponse,
  logsContextRequest,
  logsContextResponse,
  logsSearchRequest,
  logsSearchResponse,
  logsTailRequest,
  traceRequest,
  traceResponse,
  tracesSearchRequest,
  tracesSearchResponse,
} from '../api.ts';
import { ingestActivityResponse, storageResponse } from '../ingest-and-storage.ts';
import { metricPointsRequest, metricPointsResponse } from '../metric-points.ts';
import {
  metricName,
  metricRequest,
  metricResponse,
  metricsQueryRequest,
  metricsQueryResponse,
  metricsRequest,
  metricsResponse,
} from '../metrics.ts';
import { serviceRequest, serviceResponse, servicesRequest, servicesResponse } from '../services.ts';
import { endpoint } from './endpoint.ts';

/** A tenant's telemetry: searched, counted, drawn. */
export const TELEMETRY_ENDPOINTS = {
  'POST /api/v1/logs/search': endpoint({
    permission: 'logs.read',
    summary: 'Search logs, page by page',
    input: logsSearchRequest,
    output: logsSearchResponse,
  }),
  'POST /api/v1/logs/context': endpoint({
    permission: 'logs.read',
    summary: 'The rows before and after one log',
    input: logsContextRequest,
    output: logsContextResponse,
  }),
  'GET /api/v1/logs/tail': endpoint({
    permission: 'logs.read',
    summary:
      'Matching logs as they arrive, as server-sent events: the last 100 as row, then ready, then row, dropped, error',
    input: logsTailRequest,
    output: 'stream',
  }),
  'POST /api/v1/logs/histogram': endpoint({
    permission: 'logs.read',
    summary: 'Count matching logs over time, stacked by a field',
    input: histogramRequest,
    output: histogramResponse,
  }),
  'POST /api/v1/logs/facets': endpoint({
    permission: 'logs.read',
    summary: 'Most frequent values of fields among matching logs',
    input: facetsRequest,
    output: facetsResponse,
  }),
  'POST /api/v1/traces/search': endpoint({
    permission: 'traces.read',
    summary: 'Search spans, page by page',
    input: tracesSearchRequest,
    output: tracesSearchResponse,
  }),
  'POST /api/v1/traces/heatmap': endpoint({
    permission: 'traces.read',
    summary: 'Durations of matching spans over time',
    input: heatmapRequest,
    output: heatmapResponse,
  }),
  'POST /api/v1/traces/histogram': endpoint({
    permission: 'traces.read',
    summary: 'Count matching spans over time, stacked by a field',
    input: histogramRequest,
    output: histogramResponse,
  }),
  'POST /api/v1/traces/facets': endpoint({
    permission: 'traces.read',
    summary: 'Most frequent values of fields among matching spans',
    input: facetsRequest,
    output: facetsResponse,
  }),
  'GET /api/v1/traces/:traceId': endpoint({
    permission: 'traces.read',
    summary: 'All spans of one trace, in start order',
    input: traceRequest.extend({ traceId: z.string().max(64) }),
    output: traceResponse,
  }),
  'GET /api/v1/services': endpoint({
    permission: 'services.read',
    summary: 'Services with rate, errors and latency of what they were asked to do; those that went silent too',
    input: servicesRequest,
    output: servicesResponse,
  }),
  'GET /api/v1/services/:service': endpoint({
    permission: 'services.read',
    summary: 'One service: rate, errors and durations over time, and its operations',
    input: serviceRequest.extend({ service: z.string().min(1).max(1_024) }),
    output: serviceResponse,
  }),
  'GET /api/v1/metrics': endpoint({
    permission: 'metrics.read',
    summary: 'Metrics seen in a time range',
    input: metricsRequest,
    output: metricsResponse,
  }),
  'GET /api/v1/metrics/:name': endpoint({
    permission: 'metrics.read',
    summary: 'One metric and what it can be grouped by',
    // Names hold dots and slashes: the last part of the path, percent-encoded.
    input: metricRequest.extend({ name: metricName }),
    output: metricResponse,
  }),
  'GET /api/v1/metrics/:name/points': endpoint({
    permission: 'metrics.read',
    summary: 'Points of a metric as they were sent, with buckets, exemplars, start times and flags',
    input: metricPointsRequest.extend({ name: metricName }),
    output: metricPointsResponse,
  }),
  'POST /api/v1/metrics/query': endpoint({
    permission: 'metrics.read',
    summary: 'A metric over time, grouped and aggregated',
    input: metricsQueryRequest,
    output: metricsQueryResponse,
  }),
  'GET /api/v1/fields': endpoint({
    permission: 'fields.read',
    summary: 'Fields that can be asked for, most frequent first',
    input: fieldsRequest,
    output: fieldsResponse,
  }),
  'GET /api/v1/fields/values': endpoint({
    permission: 'fields.read',
    summary: 'Values of one field, most frequent first',
    input: fieldValuesRequest,
    output: fieldValuesResponse,
  }),
  'GET /api/v1/storage': endpoint({
    permission: 'storage.read',
    summary: 'What the tenant keeps, table by table, and the space that is left',
    input: z.object({}),
    output: storageResponse,
  }),
  'GET /api/v1/ingest-activity': endpoint({
    permission: 'ingest.read',
    summary: 'What arrived and what was refused, and why; of tenant hanok also what came with unknown credentials',
    input: z.object({}),
    output: ingestActivityResponse,
  }),
  'GET /api/v1/ingest-activity/stream': endpoint({
    permission: 'ingest.read',
    summary: 'The same, once a second while something changes, as server-sent events; the data of each is the whole',
    input: z.object({}),
    output: 'stream',
  }),
} as const;
