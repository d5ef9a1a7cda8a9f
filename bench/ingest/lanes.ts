import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';

/** One request at a time; `send` resolves with the status (0: no answer, the connection ended). */
export interface Lane {
  send(request: Buffer): Promise<number>;
  close(): void;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly key: string;
  /** Path of the HTTP request, or of the gRPC method. */
  readonly path: string;
}

/** Everything a request has on the wire, made once, so that sending it again costs one write. */
export function httpRequest(target: Target, gzipped: Uint8Array): Buffer {
  const head =
    `POST ${target.path} HTTP/1.1\r\nhost: ${target.host}:${target.port}\r\nauthorization: Bearer ${target.key}\r\n` +
    'user-agent: OTel-OTLP-Exporter-JavaScript/0.301.0\r\n' +
    `content-type: application/x-protobuf\r\ncontent-encoding: gzip\r\ncontent-length: ${gzipped.byteLength}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), gzipped]);
}

/** A message as gRPC frames it: compressed, with its length. */
export function grpcRequest(gzipped: Uint8Array): Buffer {
  const message = Buffer.alloc(5 + gzipped.byteLength);
  message[0] = 1;
  message.writeUInt32BE(gzipped.byteLength, 1);
  message.set(gzipped, 5);
  return message;
}

/** A connection that was not used for so long may be being closed by the server, which waits 10 s for a first request. */
const IDLE_MOST_MS = 5_000;

/**
 * Reads only what it needs of an answer, as the load generator's time is taken from the same cores. A connection that was
 * closed between two requests, or idle for long, is made anew, as senders with a pool do.
 */
class HttpLane implements Lane {
  readonly #target: Target;
  #socket: Socket | undefined;
  #usedAt = 0;
  #text = '';
  #done: ((status: number) => void) | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connectTcp(this.#target.port, this.#target.host, () => {
        this.#socket = socket;
        this.#usedAt = performance.now();
        resolve();
      });
      socket.setNoDelay(true);
      socket.setEncoding('latin1');
      socket.on('data', (chunk: string) => {
        if (socket === this.#socket) this.#take(chunk);
      });
      socket.on('error', reject);
      socket.on('close', () => {
        if (socket !== this.#socket) return;
        this.#socket = undefined;
        this.#end(0);
      });
    });
  }

  async send(request: Buffer): Promise<number> {
    if (this.#socket && performance.now() - this.#usedAt > IDLE_MOST_MS) {
      const idle = this.#socket;
      this.#socket = undefined;
      this.#text = '';
      idle.destroy();
    }
    if (!this.#socket) await this.connect();
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#socket?.write(request);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #take(chunk: string): void {
    this.#text += chunk;
    const head = this.#text.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#text)?.[1] ?? 0);
    if (this.#text.length < head + 4 + length) return;
    const status = Number(this.#text.slice(9, 12));
    this.#text = '';
    this.#end(status);
  }

  #end(status: number): void {
    const done = this.#done;
    if (!done) return;
    this.#usedAt = performance.now();
    this.#done = undefined;
    done(status);
  }
}

class GrpcLane implements Lane {
  readonly #session: ClientHttp2Session;
  readonly #headers: Record<string, string>;

  constructor(session: ClientHttp2Session, target: Target) {
    this.#session = session;
    this.#headers = {
      ':method': 'POST',
      ':path': target.path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-encoding': 'gzip',
      'user-agent': 'OTel-OTLP-Exporter-JavaScript/0.301.0',
      authorization: `Bearer ${target.key}`,
    };
  }

  send(message: Buffer): Promise<number> {
    if (this.#session.destroyed) return Promise.resolve(0);
    return new Promise((resolve) => {
      const stream = this.#session.request(this.#headers);
      let status: unknown;
      stream.on('response', (headers) => (status = headers['grpc-status']));
      stream.on('trailers', (headers) => (status = headers['grpc-status']));
      stream.on('error', () => undefined);
      // Only `grpc-status: 0` is an acknowledgement; said as HTTP does, so that both transports are judged alike.
      stream.on('close', () => resolve(status === '0' ? 200 : status === undefined ? 0 : 1_000 + Number(status)));
      stream.resume();
      stream.end(message);
    });
  }

  close(): void {
    this.#session.close();
  }
}

/** gRPC senders keep few connections; more calls share one. */
const CALLS_PER_SESSION = 8;

export async function openLanes(transport: 'http' | 'grpc', target: Target, count: number): Promise<Lane[]> {
  if (transport === 'http')
    return Promise.all(
      Array.from({ length: count }, async () => {
        const lane = new HttpLane(target);
        await lane.connect();
        return lane;
      }),
    );
  const sessions = await Promise.all(
    Array.from(
      { length: Math.ceil(count / CALLS_PER_SESSION) },
      () =>
        new Promise<ClientHttp2Session>((resolve, reject) => {
          const session = connectHttp2(`http://${target.host}:${target.port}`);
          session.once('error', reject);
          session.once('connect', () => resolve(session));
        }),
    ),
  );
  return Array.from({ length: count }, (_, i) => new GrpcLane(sessions[i % sessions.length]!, target));
}
