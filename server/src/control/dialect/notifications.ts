import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Clock, Log } from '#base';
import type { AccessChange } from '../access/feed.ts';

/**
 * Changes of access between processes on one PostgreSQL, by LISTEN and NOTIFY on a connection of its own. A message is
 * delivered when its transaction commits. A connection that is lost is opened again, and then everything is decided anew.
 */
export interface Notifications {
  message(changes: readonly AccessChange[]): { readonly channel: string; readonly payload: string };
  listen(heard: (changes: readonly AccessChange[]) => void): void;
  /** Unix milliseconds; undefined while messages are heard. */
  awaySince(): number | undefined;
  close(): Promise<void>;
}

const CHANNEL = 'hanok_access';
/** PostgreSQL takes less than 8,000 bytes in one message. */
const MOST_BYTES = 7_900;
const ANYTHING: readonly AccessChange[] = [{ kind: 'anything' }];
const RETRY_MS = 250;
const MOST_RETRY_MS = 5_000;
/** A connection cut without a word answers nothing: a question this often finds that within twice the time. */
const ASK_EVERY_MS = 5_000;

interface Message {
  /** The process that committed: it knows already. */
  readonly from: string;
  readonly changes: readonly AccessChange[];
}

export function openNotifications(connection: pg.ClientConfig, clock: Clock, log: Log): Notifications {
  const self = randomUUID();
  let heard: (changes: readonly AccessChange[]) => void = () => {};
  let client: pg.Client | undefined;
  let away: number | undefined;
  let closed = false;
  let retryMs = RETRY_MS;
  let timer: NodeJS.Timeout | undefined;

  const onMessage = (payload: string | undefined) => {
    let message: Message | undefined;
    try {
      message = JSON.parse(payload ?? '') as Message;
    } catch {
      // Whoever else writes to the channel of this database may have changed anything.
    }
    if (message?.from === self) return;
    heard(Array.isArray(message?.changes) ? message.changes : ANYTHING);
  };

  const lost = (of: pg.Client, error: unknown) => {
    if (client !== of || closed) return;
    client = undefined;
    clearTimeout(timer);
    if (away === undefined) {
      away = clock.now();
      log.warn(
        { error },
        'the control database cannot be reached: what is known of it stays in use, changes are refused',
      );
    }
    of.removeAllListeners('notification');
    of.end().catch(() => undefined);
    timer = setTimeout(connect, retryMs);
    timer.unref();
    retryMs = Math.min(2 * retryMs, MOST_RETRY_MS);
  };

  const ask = (of: pg.Client) => {
    timer = setTimeout(() => {
      of.query({ text: 'select 1', query_timeout: ASK_EVERY_MS } as pg.QueryConfig).then(
        () => client === of && ask(of),
        (error: unknown) => lost(of, error),
      );
    }, ASK_EVERY_MS);
    timer.unref();
  };

  const connect = () => {
    const next = new pg.Client({ ...connection, application_name: 'hanok listener' });
    client = next;
    next.on('notification', ({ payload }) => onMessage(payload));
    next.on('error', (error) => lost(next, error));
    next.on('end', () => lost(next, new Error('the connection ended')));
    (async () => {
      await next.connect();
      await next.query(`listen ${CHANNEL}`);
    })().then(
      () => {
        if (client !== next) return;
        retryMs = RETRY_MS;
        if (away !== undefined) log.info({ awayMs: clock.now() - away }, 'the control database is back');
        away = undefined;
        heard(ANYTHING);
        ask(next);
      },
      (error: unknown) => lost(next, error),
    );
  };

  return {
    message(changes) {
      const payload = JSON.stringify({ from: self, changes } satisfies Message);
      return {
        channel: CHANNEL,
        payload:
          Buffer.byteLength(payload) <= MOST_BYTES
            ? payload
            : JSON.stringify({ from: self, changes: ANYTHING } satisfies Message),
      };
    },
    listen(listener) {
      heard = listener;
      connect();
    },
    awaySince: () => away,
    async close() {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
