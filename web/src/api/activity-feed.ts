import type { IngestActivityResponse } from '@hanok/contract';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { create } from 'zustand';
import { ENDED, readEvents } from './event-stream.ts';
import { ingestActivityQuery } from './queries.ts';
import { refreshRights } from './rights.ts';
import { type FeedDeps, followShared, type News } from './shared-feed.ts';
import { beginAttempt, openStream, pauseBeforeNext } from './streams.ts';
import { useMe } from './tenant.ts';
import { isVisible, onVisibility } from './visibility.ts';

/** How the picture of the ingest activity comes in: pushed by the server, or asked for every few seconds. */
export type Feed = 'live' | 'polling';

const AGAIN_MS = 10_000;

const useFeedState = create<{ readonly feed: Feed }>(() => ({ feed: 'polling' }));

export const useFeed = (): Feed => useFeedState((state) => state.feed);

/**
 * Keeps the ingest activity of the tenant current while the tab is in sight, by one stream for all tabs of the person.
 * Nothing is asked while it is not `wanted`. Where the stream cannot be had, or breaks, polling takes its place until it is back.
 */
export function useActivityFeed(tenant: string, wanted: boolean): void {
  const client = useQueryClient();
  const person = useMe()?.email;
  useEffect(() => {
    if (person === undefined || !wanted) return;
    let following: AbortController | undefined;
    const follow = (visible: boolean) => {
      if (!visible) {
        following?.abort();
        following = undefined;
        useFeedState.setState({ feed: 'polling' });
      } else if (!following) {
        following = new AbortController();
        followShared(`hanok.ingest-activity ${tenant} ${person}`, feedDeps(tenant), following.signal, (news) =>
          take(client, tenant, news),
        );
      }
    };
    follow(isVisible());
    const leave = onVisibility(follow);
    return () => {
      leave();
      follow(false);
    };
  }, [client, tenant, person, wanted]);
}

function take(client: QueryClient, tenant: string, news: News): void {
  if (news.kind === 'picture') {
    useFeedState.setState({ feed: 'live' });
    const picture: IngestActivityResponse = JSON.parse(news.text);
    client.setQueryData(ingestActivityQuery(tenant, false).queryKey, picture);
  } else {
    useFeedState.setState({ feed: 'polling' });
    // Asking who one is leads to the login page when nobody is signed in any more, and to the closed tenant when it is.
    if (news.kind === 'ended') void refreshRights(client, tenant);
    // Another tab noticed it; whether the server is there shows with the next question of this one.
    else void client.invalidateQueries({ queryKey: ingestActivityQuery(tenant, false).queryKey });
  }
}

function feedDeps(tenant: string): FeedDeps {
  return {
    locks: navigator.locks,
    openChannel: (name) => new BroadcastChannel(name),
    listen: (stop, tell) => listen(tenant, stop, tell),
  };
}

async function listen(tenant: string, stop: AbortSignal, tell: (news: News) => void): Promise<void> {
  while (!stop.aborted) {
    const attempt = beginAttempt(stop);
    try {
      const response = await openStream('/ingest-activity/stream', { tenant, signal: attempt.signal });
      if (!response.ok || !response.body) throw new Error(`ingest-activity stream: ${response.status}`);
      for await (const event of readEvents(response.body)) {
        if (event.event === ENDED) tell({ kind: 'ended' });
        else if (event.event === 'message') tell({ kind: 'picture', text: event.data });
      }
    } catch {
      // Whatever it was, polling shows it; the stream is tried again below.
    } finally {
      attempt.end();
    }
    if (stop.aborted) return;
    tell({ kind: 'lost' });
    await pauseBeforeNext(AGAIN_MS, stop);
  }
}
