import type { MeResponse } from '@hanok/contract';
import { type QueryClient, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { enterColoursOf } from '../theme/service-colours.ts';
import { meQuery } from './queries.ts';

let current: string | undefined;

/** Nothing of one tenant may be seen in another one's screens, not even for a frame: the whole cache goes. */
export function enterTenant(tenant: string, client: QueryClient): void {
  if (current !== undefined && current !== tenant) {
    void client.cancelQueries();
    client.clear();
  }
  if (current !== tenant) enterColoursOf(tenant);
  current = tenant;
}

/** The tenant of the path; every screen below `/t/:tenant` has one. */
export function useTenant(): string {
  return useParams({ from: '/t/$tenant' }).tenant;
}

/** Who is signed in. Loaded before any screen of a tenant is drawn. */
export function useMe(): MeResponse | undefined {
  return useQuery(meQuery(useTenant())).data;
}
