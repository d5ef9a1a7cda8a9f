import type { ApiError as ErrorBody, Hint, LogRow, TailDropped, TailReady } from '@hanok/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { ApiError, errorBody } from '../../api/client.ts';
import { ENDED, readEvents } from '../../api/event-stream.ts';
import { meQuery } from '../../api/queries.ts';
import { sessionEnded } from '../../api/session.ts';
import { beginAttempt, openStream, pauseBeforeNext } from '../../api/streams.ts';
import { isVisible, onVisibility } from '../../api/visibility.ts';
import { Ring } from './ring.ts';

/** Newest lines kept; older ones fall off. */
const CAPACITY = 5_000;
const RETRY_MS = 2_000;
/** Ends a tail whose query would end the next one too. */
const TOO_SLOW = 'query.tail-too-slow';

export interface Tail {
  /** Newest first; stands still while `following` is false. */
  readonly rows: readonly LogRow[];
  /** Arrived since the list stood still. */
  readonly waiting: number;
  /** Lines per second over the last five seconds. */
  readonly rate: number;
  /** Lines the server left out to keep up. */
  readonly skipped: number;
  /** `refused`: the server will not answer this query, and asking again would not help. */
  readonly state: 'off' | 'open' | 'lost' | 'refused';
  /** Why it was refused. */
  readonly error: Error | undefined;
  readonly hints: readonly Hint[] | undefined;
  /** Unix milliseconds. While the tab was hidden it gave its connection back; of what came meanwhile only the last lines are here. */
  readonly hidden: { readonly fromMs: number; readonly toMs: number } | undefined;
  readonly follow: () => void;
}

/**
 * Lines as the server pushes them. Rows are drawn once per animation frame at most, whatever the rate, and not at all
 * while the reader has scrolled away (`following` false).
 */
export function useTail(options: {
  readonly on: boolean;
  readonly tenant: string;
  readonly query: string;
  readonly following: boolean;
}): Tail {
  const { on, tenant, query, following } = options;
  const client = useQueryClient();
  const ring = useRef(new Ring<LogRow>(CAPACITY));
  const [view, setView] = useState<Omit<Tail, 'follow'>>({
    rows: [],
    waiting: 0,
    rate: 0,
    skipped: 0,
    state: 'off',
    error: undefined,
    hints: undefined,
    hidden: undefined,
  });
  const follows = useRef(following);
  follows.current = following;
  const waiting = useRef(0);

  useEffect(() => {
    if (!on) {
      setView((before) => ({ ...before, state: 'off' }));
      return;
    }
    const stop = new AbortController();
    ring.current.clear();
    waiting.current = 0;
    let skipped = 0;
    let state: Tail['state'] = 'open';
    let error: Error | undefined;
    let hints: readonly Hint[] | undefined;
    let hidden: Tail['hidden'];
    let batch: LogRow[] = [];
    let frame = 0;
    const arrivals: Array<{ readonly at: number; readonly count: number }> = [];
    const rate = () => {
      const since = performance.now() - 5_000;
      while (arrivals[0] && arrivals[0].at < since) arrivals.shift();
      return arrivals.reduce((sum, one) => sum + one.count, 0) / 5;
    };
    const show = () => {
      frame = 0;
      // Several workers decode at once: within what came together, time decides.
      ring.current.push(batch.sort(byTime));
      batch = [];
      if (follows.current) waiting.current = 0;
      setView((before) => ({
        rows: follows.current ? ring.current.newestFirst() : before.rows,
        waiting: waiting.current,
        rate: rate(),
        skipped,
        state,
        error,
        hints,
        hidden,
      }));
    };
    const schedule = () => {
      if (frame === 0) frame = requestAnimationFrame(show);
    };
    const calm = setInterval(schedule, 1_000);

    const listen = async () => {
      while (!stop.signal.aborted) {
        const hiddenFrom = await untilVisible(stop.signal);
        if (stop.signal.aborted) return;
        if (hiddenFrom !== undefined) hidden = { fromMs: hiddenFrom, toMs: Date.now() };
        const attempt = beginAttempt(stop.signal);
        // Others of this browser's tabs may need the connection while nobody looks at this one.
        const leave = onVisibility((visible) => {
          if (!visible) attempt.abort();
        });
        try {
          const response = await openStream('/logs/tail', { tenant, search: { query }, signal: attempt.signal });
          if (response.status === 401) {
            sessionEnded();
            return;
          }
          if (response.status >= 400 && response.status < 500 && response.status !== 429) {
            error = await errorOf(response);
            state = 'refused';
            schedule();
            return;
          }
          if (!response.ok || !response.body) throw new Error(String(response.status));
          state = 'open';
          schedule();
          // Each connection begins with the last lines; after a break most of them are here already.
          let begun = false;
          const here = new Set([...ring.current.newestFirst(), ...batch].map((row) => row.id));
          for await (const event of readEvents(response.body)) {
            if (event.event === ENDED) {
              // Asking who one is leads to the login page when nobody is signed in any more.
              void client.invalidateQueries({ queryKey: meQuery(tenant).queryKey });
            } else if (event.event === 'row') {
              const row = JSON.parse(event.data) as LogRow;
              if (!begun && here.has(row.id)) continue;
              batch.push(row);
              waiting.current++;
              if (begun) arrivals.push({ at: performance.now(), count: 1 });
            } else if (event.event === 'ready') {
              begun = true;
              ({ hints } = JSON.parse(event.data) as TailReady);
            } else if (event.event === 'dropped') {
              const { matching, unseen } = JSON.parse(event.data) as TailDropped;
              skipped += matching + unseen;
            } else if (event.event === 'error') {
              const fault = JSON.parse(event.data) as ErrorBody['error'];
              if (fault.code !== TOO_SLOW) break;
              error = new ApiError(response.status, fault, '');
              state = 'refused';
              schedule();
              return;
            }
            schedule();
          }
        } catch {
          if (stop.signal.aborted) return;
        } finally {
          leave();
          attempt.end();
        }
        if (!isVisible()) continue;
        state = 'lost';
        schedule();
        await pauseBeforeNext(RETRY_MS, stop.signal);
      }
    };
    void listen();
    return () => {
      stop.abort();
      clearInterval(calm);
      cancelAnimationFrame(frame);
    };
  }, [client, on, tenant, query]);

  return {
    ...view,
    follow: () => {
      waiting.current = 0;
      setView((before) => ({ ...before, rows: ring.current.newestFirst(), waiting: 0 }));
    },
  };
}

/** Waits while the tab is hidden; since when, if it had to. Ends early with `stop`. */
async function untilVisible(stop: AbortSignal): Promise<number | undefined> {
  if (isVisible()) return undefined;
  const from = Date.now();
  await new Promise<void>((resolve) => {
    const leave = onVisibility((visible) => visible && done());
    const done = () => {
      leave();
      resolve();
    };
    stop.addEventListener('abort', done, { once: true });
  });
  return from;
}

/** Nanoseconds as decimal strings: of equal length the order of texts is the order of numbers. */
export function byTime(a: Pick<LogRow, 'timestamp'>, b: Pick<LogRow, 'timestamp'>): number {
  return (
    a.timestamp.length - b.timestamp.length || (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0)
  );
}

async function errorOf(response: Response): Promise<ApiError> {
  const body = await response.json().catch(() => undefined);
  return new ApiError(response.status, errorBody(body, response), '');
}
