import type { ServerResponse } from 'node:http';
import type { StreamAnswer } from '#base';

export interface StreamOptions {
  /** Writes status and headers; called once, at the last moment at which the answer could still be an error. */
  readonly head: () => void;
  readonly heartbeatMs: number;
  /** Aborted when the client has gone or the instance closes. */
  readonly signal: AbortSignal;
  /** The last event when the signal was aborted while the client is there, so that it can say why; or undefined. */
  readonly lastEvent: () => string | undefined;
  /** Text to send when the source fails midway, or undefined to cut the connection so that the client notices. */
  readonly onError: (error: unknown) => string | undefined;
}

type Wake =
  | { readonly kind: 'chunk'; readonly result: IteratorResult<string | Uint8Array> }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'beat' | 'gone' | 'drained' };

/** A client that takes nothing for this many heartbeats is cut off. */
const STALLED_BEATS = 4;
/** How long a client has to take the last event. */
const LAST_MS = 500;

/**
 * Writes a streamed answer, pulling the next chunk only when the client has taken the last: memory holds one chunk.
 * Server-sent events get a comment when nothing else was sent for a heartbeat; each chunk must therefore be whole
 * events. Resolves when the answer is over, however it ended; the source's `return` has been called then. Rejects
 * with the source's error when that came before anything was sent.
 */
export async function writeStream(
  response: ServerResponse,
  answer: StreamAnswer,
  { head: writeHead, heartbeatMs, signal, lastEvent, onError }: StreamOptions,
): Promise<void> {
  const events = answer.contentType.startsWith('text/event-stream');
  const source = answer.chunks[Symbol.asyncIterator]();
  // One waker for everything that can happen next. Racing long-lived promises would keep a reaction per chunk.
  let wake: (what: Wake) => void = () => {};
  const onGone = () => wake({ kind: 'gone' });
  const onDrain = () => wake({ kind: 'drained' });
  /** A chunk that came while something else was waited for. */
  let arrived: Wake | undefined;
  const pull = () => {
    const settle = (what: Wake) => {
      arrived = what;
      wake(what);
    };
    source.next().then(
      (result) => settle({ kind: 'chunk', result }),
      (error: unknown) => settle({ kind: 'failed', error }),
    );
  };
  const wait = (wanted: 'chunk' | 'drain') =>
    new Promise<Wake>((resolve) => {
      const done = (what: Wake) => {
        clearTimeout(timer);
        wake = () => {};
        resolve(what);
      };
      const timer = setTimeout(() => done({ kind: 'beat' }), heartbeatMs);
      wake = (what) => {
        // While draining, a chunk stays in `arrived`.
        if (wanted === 'drain' && (what.kind === 'chunk' || what.kind === 'failed')) return;
        done(what);
      };
      if (signal.aborted || response.destroyed) done({ kind: 'gone' });
      else if (wanted === 'chunk' && arrived) done(arrived);
    });
  /** False when the client is gone. */
  const write = async (chunk: string | Uint8Array): Promise<boolean> => {
    if (response.destroyed || response.writableEnded) return false;
    if (response.write(chunk)) return true;
    for (let beats = 0; beats < STALLED_BEATS; beats++) {
      const { kind } = await wait('drain');
      if (kind === 'drained') return true;
      if (kind === 'gone') return false;
      if (!response.writableNeedDrain) return true;
    }
    response.destroy();
    return false;
  };

  signal.addEventListener('abort', onGone);
  response.on('drain', onDrain);
  response.on('close', onGone);
  let whole = true;
  let headed = false;
  const head = () => {
    if (headed) return;
    headed = true;
    writeHead();
    response.flushHeaders();
  };
  try {
    // Clients of server-sent events wait for the headers, possibly long before the first event.
    if (events) head();
    pull();
    for (;;) {
      const what = await wait('chunk');
      if (what.kind === 'gone') {
        // Nothing was sent and the client is there: why it ends can still be a proper answer.
        if (!headed && !response.destroyed) throw signal.reason;
        // An event stream may end between two events at any time; anything else must not look complete.
        whole = events;
        break;
      }
      if (what.kind === 'failed') {
        // Nothing was sent: the error can still be a proper answer.
        if (!headed) throw what.error;
        const text = onError(what.error);
        whole = text !== undefined && (await write(text));
        break;
      }
      if (what.kind === 'chunk') {
        arrived = undefined;
        head();
        if (what.result.done) break;
        if (!(await write(what.result.value))) break;
        pull();
      } else if (what.kind === 'beat') {
        if (events && !(await write(': beat\n\n'))) break;
      }
    }
  } finally {
    signal.removeEventListener('abort', onGone);
    response.off('drain', onDrain);
    response.off('close', onGone);
    // A source that is waiting cannot be returned from before it wakes; its signal does that. Not waited for.
    source.return?.()?.then(undefined, () => undefined);
    if (headed) {
      const last = signal.aborted && events && whole && !response.destroyed ? lastEvent() : undefined;
      if (last !== undefined) {
        response.end(last);
        // What a client does not take must not keep the connection of an ended session open.
        const cut = setTimeout(() => response.destroy(), LAST_MS);
        response.once('close', () => clearTimeout(cut));
      } else if (whole) response.end();
      else response.destroy();
    }
  }
}
