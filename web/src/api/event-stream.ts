import { connection } from './connection.ts';

/** Reads server-sent events from a fetch body (EventSource cannot send headers). WHATWG HTML §9.2. */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

/** Sent last when the right a stream was opened with is gone: the session ended, or the role or tenant changed. */
export const ENDED = 'ended';

/** Silence, in milliseconds, after which a stream is doubted: two heartbeats of the server's default and a bit. */
const DOUBTED_MS = 35_000;

/** Whatever comes is an answer of the server; a long silence, or an end that nobody announced, is a reason to ask whether it is there. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = '';
  let event = '';
  let data: string[] = [];
  let id: string | undefined;
  let heard = Date.now();
  const doubt = setInterval(() => {
    if (Date.now() - heard >= DOUBTED_MS) connection.suspect();
  }, DOUBTED_MS / 2);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return connection.suspect();
      heard = Date.now();
      connection.answered();
      buffer += decoder.decode(value, { stream: true });
      let from = 0;
      for (;;) {
        const end = buffer.slice(from).search(/\r\n|\n|\r(?!$)/);
        if (end < 0) break;
        const line = buffer.slice(from, from + end);
        from += end + (buffer.startsWith('\r\n', from + end) ? 2 : 1);
        if (line === '') {
          if (data.length > 0) yield { event: event || 'message', data: data.join('\n'), id };
          event = '';
          data = [];
          continue;
        }
        const colon = line.indexOf(':');
        if (colon === 0) continue;
        const field = colon < 0 ? line : line.slice(0, colon);
        const rest = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
        if (field === 'data') data.push(rest);
        else if (field === 'event') event = rest;
        else if (field === 'id') id = rest;
      }
      buffer = buffer.slice(from);
    }
  } finally {
    clearInterval(doubt);
    void reader.cancel().catch(() => {});
  }
}
