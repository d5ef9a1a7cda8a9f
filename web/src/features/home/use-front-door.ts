import type { FrontDoorResponse } from '@hanok/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { apiUrl } from '../../api/client.ts';
import { readEvents } from '../../api/event-stream.ts';
import { frontDoorQuery } from '../../api/queries.ts';

/** How the picture of the front door comes in: pushed by the server, or asked for every few seconds. */
export type Feed = 'live' | 'polling';

const AGAIN_MS = 10_000;

/** The front door as it is now. Where the stream cannot be had, or breaks, polling takes its place until it is back. */
export function useFrontDoor(tenant: string): {
  readonly data: FrontDoorResponse | undefined;
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
        const response = await fetch(apiUrl('/front-door/stream'), {
          headers: { accept: 'text/event-stream', 'x-hanok-tenant': tenant },
          signal: abort.signal,
        });
        if (!response.ok || !response.body) throw new Error(`front-door stream: ${response.status}`);
        for await (const event of readEvents(response.body)) {
          setFeed('live');
          const picture: FrontDoorResponse = JSON.parse(event.data);
          client.setQueryData(frontDoorQuery(tenant, false).queryKey, picture);
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

  const { data, error, refetch } = useQuery(frontDoorQuery(tenant, feed === 'polling'));
  return { data, error, feed, refetch: () => void refetch() };
}
