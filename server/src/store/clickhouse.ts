import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { basename, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { BODY_FILE, STATEMENTS } from './engine/protocol.ts';

export type Endpoint =
  /** An engine of ours; with `spoolDir` (its own) large bodies are handed over as files instead of through the socket. */
  { readonly socketPath: string; readonly spoolDir?: string } | { readonly url: URL };

export interface Statement {
  readonly sql: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly queryId?: string;
  /** Data of an INSERT; sent as it is. */
  readonly body?: readonly Uint8Array[];
  readonly signal?: AbortSignal;
}

/** The store refused a statement, with ClickHouse's code for why. */
export class StoreException extends Error {
  readonly exceptionCode: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'StoreException';
    this.exceptionCode = code;
  }
}

/** The statement did not reach a store, or its answer did not come back whole. */
export class StoreUnreachable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StoreUnreachable';
  }
}

interface Sent {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly body?: readonly Uint8Array[];
  /** Id of the statement, for `system.query_log` and for cancelling it. */
  readonly queryId?: string;
  readonly signal: AbortSignal | undefined;
  /** The answer comes when it is done, not as it is made. */
  readonly whole: boolean;
  readonly agent: HttpAgent | false;
}

/** An engine is always running beside us. From a server no answer at all within this means the network. */
const IDLE_MS = 10 * 60_000;

/** Less than this in such a time, of an answer that has begun, is not an engine at work. */
const TRICKLE_BYTES = 1_024;
const TRICKLE_MS = 1_000;

/** An engine that answers a ping has read whatever was sent to it this long before the ping. */
const READ_WITHIN_MS = 250;

/** Below this a file costs more than sending. */
const SPOOL_FROM_BYTES = 256 * 1024;
const CHUNKS_PER_WRITE = 512;
const PONG = 'Ok.\n';
/** What the text of an exception, or the answer to a ping, may have. */
const MOST_ERROR_BYTES = 64 * 1024;

/** A client of ClickHouse's HTTP interface, the same for an engine process (a Unix socket) and a server (a URL). */
export class ClickHouse {
  readonly #endpoint: Endpoint;
  readonly #agent: HttpAgent;
  readonly #isUp: () => boolean;
  /** Statements of which no answer has begun, and when they were sent whole (`performance.now()`). */
  readonly #unanswered = new Map<ClientRequest, { readonly queryId: string; readonly sentAt: number }>();

  /** `isUp` is asked first, so that nothing waits on a store that is known to be away. */
  constructor(endpoint: Endpoint, isUp: () => boolean = () => true) {
    this.#endpoint = endpoint;
    this.#isUp = isUp;
    const options = { keepAlive: true, maxSockets: 64, maxFreeSockets: 8, timeout: IDLE_MS };
    this.#agent =
      'url' in endpoint && endpoint.url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Cuts every connection, those in use too: their statements end with StoreUnreachable. The next one connects anew. */
  drop(): void {
    this.#agent.destroy();
  }

  /**
   * Over a connection of its own, so that it also finds out whether a connection can still be made. Ends the statements
   * that an engine which answers knows nothing of: it never got them, or their answers were lost.
   */
  async ping(signal: AbortSignal): Promise<void> {
    const sentAt = performance.now();
    const path = 'socketPath' in this.#endpoint ? `/ping?${STATEMENTS}` : '/ping';
    const response = await this.#send({ path, method: 'GET', signal, whole: true, agent: false });
    const text = (await collect(response, MOST_ERROR_BYTES)).toString('utf8');
    const code = exceptionCodeOf(response);
    if (code > 0) throw new StoreException(code, text.trim());
    if (response.statusCode !== 200 || !text.startsWith(PONG))
      throw new StoreUnreachable(`a ping was answered by ${response.statusCode} and ${text.length} characters`);
    const statements = text.slice(PONG.length);
    if (statements === '') return;
    const known = new Set(readLine<unknown[]>(statements));
    // What lies in our sockets is read first.
    await turn();
    for (const [request, statement] of this.#unanswered)
      if (statement.sentAt < sentAt - READ_WITHIN_MS && !known.has(statement.queryId))
        request.destroy(new StoreUnreachable('the engine knows nothing of the statement'));
  }

  /**
   * The answer's body. Throws StoreException or StoreUnreachable; the signal's reason when it aborts. An answer is
   * believed only when it names this very statement and says how it ends: what stands at a broken engine's socket
   * must neither confirm an insert nor pass half an answer for a whole one.
   */
  async run(statement: Statement): Promise<IncomingMessage> {
    if (!this.#isUp()) throw new StoreUnreachable('the engine is not ready');
    const queryId = statement.queryId ?? randomUUID();
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(statement.params ?? {})) search.set(`param_${name}`, value);
    for (const [name, value] of Object.entries(statement.settings ?? {})) search.set(name, String(value));
    search.set('query_id', queryId);
    let body: readonly Uint8Array[] = [Buffer.from(statement.sql)];
    let spooled: string | undefined;
    if (statement.body) {
      search.set('query', statement.sql);
      body = statement.body;
      spooled = await this.#spool(body);
      if (spooled !== undefined) {
        search.set(BODY_FILE, basename(spooled));
        body = [];
      }
    }
    // Anything but a stream is answered when it is done.
    const whole = statement.body !== undefined || statement.settings?.['wait_end_of_query'] === 1;
    const { signal } = statement;
    const sent = this.#send({ path: `/?${search}`, method: 'POST', body, queryId, signal, whole, agent: this.#agent });
    const response = await sent.finally(() => {
      // The engine has removed it, unless it never got to know of it.
      if (spooled !== undefined) void rm(spooled, { force: true }).catch(() => undefined);
    });
    const code = exceptionCodeOf(response);
    if (code > 0) {
      const text = await collect(response, MOST_ERROR_BYTES).catch(() => Buffer.alloc(0));
      throw new StoreException(code, text.toString('utf8').slice(0, 4_000).trim());
    }
    const { 'content-length': length, 'transfer-encoding': encoding, 'x-clickhouse-query-id': echo } = response.headers;
    if (response.statusCode === 200 && echo === queryId && (length !== undefined || encoding !== undefined))
      return response;
    response.destroy();
    throw new StoreUnreachable(`status ${response.statusCode}, which is not an answer to this statement`);
  }

  /** Runs a statement whose answer does not matter. */
  async execute(statement: Statement): Promise<void> {
    await collect(await this.run(statement));
  }

  /** Rows of a small answer, every value as JSON gives it; 64-bit integers as strings. */
  async rows(statement: Statement): Promise<unknown[][]> {
    const response = await this.run({
      ...statement,
      settings: {
        output_format_json_quote_64bit_integers: 1,
        ...statement.settings,
        default_format: 'JSONCompactEachRow',
        wait_end_of_query: 1,
      },
    });
    const lines = (await collect(response)).toString('utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => readLine<unknown[]>(line));
  }

  /** Writes a large body where the engine reads it; undefined when it should be sent. */
  async #spool(body: readonly Uint8Array[]): Promise<string | undefined> {
    if (!('socketPath' in this.#endpoint) || this.#endpoint.spoolDir === undefined) return undefined;
    if (body.reduce((sum, chunk) => sum + chunk.byteLength, 0) < SPOOL_FROM_BYTES) return undefined;
    const path = join(this.#endpoint.spoolDir, `body-${randomUUID()}`);
    try {
      const file = await open(path, 'wx', 0o600);
      try {
        for (let at = 0; at < body.length; at += CHUNKS_PER_WRITE) {
          const chunks = body.slice(at, at + CHUNKS_PER_WRITE);
          const { bytesWritten } = await file.writev(chunks);
          if (bytesWritten !== chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)) throw new Error('short write');
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      await rm(path, { force: true }).catch(() => undefined);
      throw new StoreUnreachable('the insert could not be written for the engine', error);
    }
    return path;
  }

  #send({ path, method, body = [], queryId, signal, whole, agent }: Sent): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const size = body.reduce((sum, chunk) => sum + chunk.byteLength, 0);
      const headers: Record<string, string | number> = { 'content-length': size };
      const endpoint = this.#endpoint;
      const common = { path, method, headers, agent, ...(signal ? { signal } : {}) };
      let request: ClientRequest;
      if ('url' in endpoint) {
        const { url } = endpoint;
        if (url.username) headers['X-ClickHouse-User'] = decodeURIComponent(url.username);
        if (url.password) headers['X-ClickHouse-Key'] = decodeURIComponent(url.password);
        const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
        request = send({
          ...common,
          hostname: url.hostname,
          port: url.port,
          path: url.pathname.replace(/\/$/, '') + path,
        });
      } else request = httpRequest({ ...common, socketPath: endpoint.socketPath });
      request.on('error', (error) =>
        reject(
          signal?.aborted ? signal.reason : new StoreUnreachable(`the store is not reached: ${error.message}`, error),
        ),
      );
      request.on('response', resolve);
      if (queryId !== undefined) {
        const unanswered = this.#unanswered;
        const wait = () => unanswered.set(request, { queryId, sentAt: performance.now() });
        request.once('finish', wait);
        for (const end of ['response', 'close'])
          request.once(end, () => {
            // An answer may come before all was sent.
            request.off('finish', wait);
            unanswered.delete(request);
          });
      }
      if ('socketPath' in endpoint && whole) endTrickle(request);
      for (const chunk of body) request.write(chunk);
      request.end();
    });
  }
}

/**
 * What an engine of ours says when it is done comes as fast as memory gives it. An answer that has begun and of which next
 * to nothing follows is a broken engine's, and would hold its question, and that question's turn, until its time is up.
 */
function endTrickle(request: ClientRequest): void {
  request.once('socket', (socket) => {
    const before = socket.bytesRead;
    let seen = before;
    const watch = setInterval(() => {
      // Behind what lies in the socket: we may have stood still ourselves.
      setImmediate(() => {
        const trickles = seen > before && socket.bytesRead - seen < TRICKLE_BYTES;
        seen = socket.bytesRead;
        if (trickles && !request.closed) request.destroy(new StoreUnreachable('an answer trickles'));
      });
    }, TRICKLE_MS);
    request.once('close', () => clearInterval(watch));
  });
}

/** A body of at most `most` bytes; StoreUnreachable when it breaks off or is longer. */
export async function collect(response: IncomingMessage, most = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).byteLength;
      if (bytes > most) break;
    }
  } catch (error) {
    throw new StoreUnreachable('the answer broke off', error);
  }
  if (bytes > most) throw new StoreUnreachable(`the answer is longer than ${most} bytes`);
  return Buffer.concat(chunks);
}

/** One line, an array or an object, of an answer in a JSON format; an engine in its right mind sends nothing else. */
export function readLine<T extends object>(line: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new StoreUnreachable('the answer is not JSON', error);
  }
  if (typeof value !== 'object' || value === null) throw new StoreUnreachable('the answer has a line that is no row');
  return value as T;
}

/** 0 when there is none. */
function exceptionCodeOf(response: IncomingMessage): number {
  const code = Number(response.headers['x-clickhouse-exception-code'] ?? 0);
  return Number.isSafeInteger(code) && code > 0 ? code : 0;
}
