import { apiUrl, type CallOptions } from './client.ts';
import { connection } from './connection.ts';

/** Opens an event stream. `fetch` and not EventSource, which cannot send the tenant's header. What it meets is told to the connection state. */
export async function openStream(
  path: string,
  { tenant, search, signal }: Pick<CallOptions, 'search'> & { readonly tenant: string; readonly signal: AbortSignal },
): Promise<Response> {
  const watched = connection.watch();
  try {
    const response = await fetch(apiUrl(path, search), {
      credentials: 'same-origin',
      headers: { accept: 'text/event-stream', 'x-hanok-tenant': tenant },
      signal,
    });
    if (response.status < 502) connection.answered();
    else connection.suspect();
    return response;
  } catch (error) {
    if (!signal.aborted) connection.suspect();
    throw error;
  } finally {
    watched();
  }
}

export interface Attempt {
  readonly signal: AbortSignal;
  readonly abort: () => void;
  /** To be called when it is over, however it ended. */
  readonly end: () => void;
}

/**
 * One attempt at a stream. Its signal ends with `stop`, and when the server is found to be away: a connection that broke
 * without a word would else be waited on for ever.
 */
export function beginAttempt(stop: AbortSignal): Attempt {
  const attempt = new AbortController();
  const abort = () => attempt.abort();
  const leave = connection.subscribe(() => {
    if (connection.current().away) abort();
  });
  stop.addEventListener('abort', abort);
  if (stop.aborted) abort();
  return {
    signal: attempt.signal,
    abort,
    end: () => {
      leave();
      stop.removeEventListener('abort', abort);
    },
  };
}

/** Waits before the next attempt: `ms`, and as long as the server is away until it answers again. Ends early with `stop`. */
export function pauseBeforeNext(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      leave();
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(() => {
      if (!connection.current().away) done();
    }, ms);
    const leave = connection.onBack(done);
    stop.addEventListener('abort', done);
    if (stop.aborted) done();
  });
}
