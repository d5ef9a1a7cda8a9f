import type { MeResponse } from '@hanok/contract';
import { type Query, type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ApiError, isRightLost } from './client.ts';
import { isClosed } from './may.ts';
import { meQuery } from './queries.ts';
import { sessionEnded } from './session.ts';

/** The code of a refusal that says: this tenant is not open to the operator (any more). */
const ACCESS_NEEDED = 'edge.access-needed';
/** The browser's clock may be ahead of the server's: it asks again after this long until the server agrees. */
const AGAIN_MS = 2_000;
/** Timers of browsers hold no more than 31 bits of milliseconds. */
const LONGEST_MS = 2_147_483_647;

/** How long to wait before asking who one is, when rights end at `until` (nanoseconds since 1970). */
export function waitUntil(until: string, now: number): number {
  const left = Number(BigInt(until) / 1_000_000n) - now;
  return Math.min(LONGEST_MS, Math.max(left + 250, AGAIN_MS));
}

/**
 * Asks what the reader may do in the tenant now, and shows what follows from it. What was read before must not be found in
 * memory by whoever opens the tenant again: when it has closed, all of it goes. What failed meanwhile is asked again.
 */
export async function refreshRights(client: QueryClient, tenant: string): Promise<void> {
  const { queryKey } = meQuery(tenant);
  await client.refetchQueries({ queryKey });
  const error = client.getQueryState(queryKey)?.error;
  // Removed from the tenant: as whoever is signed out, they sign in to what they belong to.
  if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return sessionEnded();
  const me = client.getQueryData<MeResponse>(queryKey);
  const isOfTenant = ({ queryKey: [first, second] }: Query) => first === tenant && second !== 'me';
  if (me && isClosed(me)) client.removeQueries({ predicate: isOfTenant });
  else
    await client.refetchQueries({
      type: 'active',
      predicate: (query) =>
        isOfTenant(query) && query.state.error instanceof ApiError && isRightLost(query.state.error),
    });
}

/** An operator's access ends by itself: at that moment the browser asks again, without a click. */
export function useRightsUntil(tenant: string, me: MeResponse | undefined): void {
  const client = useQueryClient();
  const until = me?.tenant?.until;
  useEffect(() => {
    if (!until) return;
    let timer = window.setTimeout(look, waitUntil(until, Date.now()));
    function look(): void {
      void refreshRights(client, tenant);
      timer = window.setTimeout(look, AGAIN_MS);
    }
    return () => window.clearTimeout(timer);
  }, [client, tenant, until]);
}

/**
 * A refusal for want of access leads to the closed tenant, whatever was asked: an error box would not say what to do. The
 * same for what was being answered when a right ended.
 */
export function onRefusal(client: QueryClient, error: unknown): void {
  if (!(error instanceof ApiError) || (error.code !== ACCESS_NEEDED && !isRightLost(error))) return;
  // A tenant that is known to be closed has told it already.
  for (const query of client.getQueryCache().findAll({ predicate: ({ queryKey }) => queryKey[1] === 'me' })) {
    const [tenant] = query.queryKey;
    const me = query.state.data as MeResponse | undefined;
    if (typeof tenant === 'string' && query.isActive() && query.state.fetchStatus === 'idle' && me && !isClosed(me))
      void refreshRights(client, tenant);
  }
}
