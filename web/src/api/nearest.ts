import type { LogsSearchResponse, TracesSearchResponse } from '@hanok/contract';
import { nanosToMillis } from '@hanok/contract/time';
import { queryOptions } from '@tanstack/react-query';
import type { TimeRange } from '../time/range.ts';
import { callApi } from './client.ts';

export type TraceView = 'spans' | 'roots' | 'entries';

interface Asked {
  readonly query: string;
  readonly range: TimeRange;
  /** Traces only. */
  readonly view?: TraceView | undefined;
}

/** When the newest match of a range happened, in Unix milliseconds; `null` when there is none. */
export const newestMatchQuery = (tenant: string, signalName: 'logs' | 'traces', asked: Asked) =>
  queryOptions({
    queryKey: [tenant, 'newest-match', signalName, asked],
    queryFn: async ({ signal }): Promise<number | null> => {
      const body = { ...asked.range, query: asked.query, limit: 1, order: 'newest' };
      if (signalName === 'logs') {
        const { rows } = await callApi<LogsSearchResponse>('/logs/search', { tenant, signal, body });
        return rows[0] ? nanosToMillis(BigInt(rows[0].timestamp)) : null;
      }
      const { rows } = await callApi<TracesSearchResponse>('/traces/search', {
        tenant,
        signal,
        body: { ...body, view: asked.view ?? 'spans' },
      });
      return rows[0] ? nanosToMillis(BigInt(rows[0].startTime)) : null;
    },
    meta: { ranged: true },
    // It is asked beside an answer that is there already; trying again would only keep the person waiting.
    retry: false,
  });
