import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/client.ts';
import { connection } from '../api/connection.ts';

const MOST_RETRIES = 2;

/** Trouble that may pass: no connection, a gateway, an engine restarting. Answers about the question itself are final. */
function mayPass(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 502);
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        gcTime: 300_000,
        refetchOnWindowFocus: false,
        // While the server is away the probe asks for all of them; its return asks everything anew.
        retry: (failures, error) => failures < MOST_RETRIES && mayPass(error) && !connection.current().away,
        retryDelay: (failures, error) =>
          error instanceof ApiError && error.retryAfter ? error.retryAfter * 1_000 : 600 * 2 ** failures,
      },
    },
  });
}
