import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/client.ts';
import { connection } from '../api/connection.ts';
import { lookAgain, mayPass } from '../api/look-again.ts';

const MOST_RETRIES = 2;

export function createQueryClient(): QueryClient {
  return new QueryClient({
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
}
