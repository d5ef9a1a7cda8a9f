import { nanosToMillis } from '@hanok/contract/time';
import { queryOptions } from '@tanstack/react-query';
import type { TimeRange } from '../time/range.ts';
import { ask } from './ask.ts';

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
      const newest = { ...asked.range, query: asked.query, limit: 1, order: 'newest' } as const;
      if (signalName === 'logs') {
        const { rows } = await ask('POST /api/v1/logs/search', newest, { tenant, signal });
        return rows[0] ? nanosToMillis(BigInt(rows[0].timestamp)) : null;
      }
      const { rows } = await ask(
        'POST /api/v1/traces/search',
        { ...newest, view: asked.view ?? 'spans' },
        { tenant, signal },
      );
      return rows[0] ? nanosToMillis(BigInt(rows[0].startTime)) : null;
    },
    meta: { ranged: true },
    // It is asked beside an answer that is there already; trying again would only keep the person waiting.
    retry: false,
  });
