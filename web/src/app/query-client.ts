import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/client.ts';
import { connection } from '../api/connection.ts';
import { lookAgain, mayPass } from '../api/look-again.ts';
import { onRefusal } from '../api/rights.ts';

const MOST_RETRIES = 2;

export function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: (error) => onRefusal(client, error) }),
    mutationCache: new MutationCache({ onError: (error) => onRefusal(client, error) }),
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        gcTime: 300_000,
        refetchOnWindowFocus: false,
        refetchInterval: lookAgain(false),
        // While the server is away the probe asks for all of them; its return asks everything anew.
        retry: (failures, error) => failures < MOST_RETRIES && mayPass(error) && !connection.current().away,
        retryDelay: (failures, error) =>
          error instanceof ApiError && error.retryAfter ? error.retryAfter * 1_000 : 600 * 2 ** failures,
      },
    },
  });
  return client;
}
