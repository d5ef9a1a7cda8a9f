import type { IngestActivityResponse } from '@hanok/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { apiUrl } from '../../api/client.ts';
import { ENDED, readEvents } from '../../api/event-stream.ts';
import { ingestActivityQuery, meQuery } from '../../api/queries.ts';

/** How the picture of the front activity comes in: pushed by the server, or asked for every few seconds. */
export type Feed = 'live' | 'polling';

const AGAIN_MS = 10_000;

/** The front activity as it is now. Where the stream cannot be had, or breaks, polling takes its place until it is back. */
export function useIngestActivity(tenant: string): {
  readonly data: IngestActivityResponse | undefined;
  readonly error: unknown;
  readonly feed: Feed;
  readonly refetch: () => void;
} {
  const client = useQueryClient();
  const [feed, setFeed] = useState<Feed>('polling');

  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    const connect = async () => {
      try {
        // `fetch` and not EventSource, which cannot send the tenant's header.
        const response = await fetch(apiUrl('/ingest-activity/stream'), {
          headers: { accept: 'text/event-stream', 'x-hanok-tenant': tenant },
          signal: abort.signal,
        });
        if (!response.ok || !response.body) throw new Error(`ingest-activity stream: ${response.status}`);
        for await (const event of readEvents(response.body)) {
          if (event.event === ENDED) void client.invalidateQueries({ queryKey: meQuery(tenant).queryKey });
          if (event.event !== 'message') continue;
          setFeed('live');
          const picture: IngestActivityResponse = JSON.parse(event.data);
          client.setQueryData(ingestActivityQuery(tenant, false).queryKey, picture);
        }
      } catch {
        // Whatever it was, polling shows it; the stream is tried again below.
      }
      if (abort.signal.aborted) return;
      setFeed('polling');
      timer = window.setTimeout(() => void connect(), AGAIN_MS);
    };
    void connect();
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, [client, tenant]);

  const { data, error, refetch } = useQuery(ingestActivityQuery(tenant, feed === 'polling'));
  return { data, error, feed, refetch: () => void refetch() };
}
