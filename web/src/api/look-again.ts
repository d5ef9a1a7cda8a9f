import type { Query } from '@tanstack/react-query';
import { ApiError } from './client.ts';
import { connection } from './connection.ts';

/** Trouble that may pass: no connection, a gateway, an engine restarting. Answers about the question itself are final. */
export function mayPass(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status === 429 || error.status >= 502);
}

const AGAIN_MS = 5_000;

type Asked = Pick<Query, 'state'>;

/**
 * When a question is asked again by itself: every so often, and soon where the last answer is still shown because the next one
 * failed for a reason that may pass. A server that starts answers before its stores do. While it is away the probe asks.
 */
export const lookAgain =
  (every: number | false) =>
  ({ state }: Asked): number | false => {
    if (connection.current().away) return false;
    return state.data !== undefined && mayPass(state.error) ? AGAIN_MS : every;
  };
