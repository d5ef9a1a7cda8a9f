import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { connect as dial } from 'node:net';

/** The sending side: plain requests, and the ways in which senders misbehave. */

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The server closed the connection with or after the answer. */
  readonly closed: boolean;
}

export interface HttpRequest {
  readonly base: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly send: 'whole' | 'chunked' | 'slow' | 'break-off' | 'endless';
}

const SLOW_BYTE_MS = 1_000;
const BLOCK = Buffer.alloc(64 * 1024);

/** Undefined when the sender broke off itself. */
export function sendHttp({ base, path, method, headers, body, send }: HttpRequest): Promise<HttpAnswer | undefined> {
  return new Promise((resolve, reject) => {
    const declared: Record<string, string> =
      send === 'chunked' || send === 'endless' ? {} : { 'content-length': String(body.length) };
    const sent = httpRequest(new URL(path, base), { method, agent: false, headers: { ...declared, ...headers } });
    let timer: NodeJS.Timeout | undefined;
    let answered = false;
    sent.on('response', (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      const settle = (closed: boolean) => {
        clearInterval(timer);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks), closed });
        sent.destroy();
      };
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        if (send !== 'endless') return settle(response.headers.connection === 'close');
        sent.once('close', () => settle(true));
        setTimeout(() => settle(false), 10_000).unref();
      });
      response.on('error', () => {});
    });
    sent.on('error', (error) => {
      clearInterval(timer);
      if (!answered) reject(error);
    });
    switch (send) {
      case 'whole':
      case 'chunked':
        sent.end(body);
        break;
      case 'slow': {
        let at = 0;
        timer = setInterval(() => sent.write(body.subarray(at, ++at)), SLOW_BYTE_MS);
        break;
      }
      case 'break-off':
        sent.write(body.subarray(0, body.length >> 1), () => {
          setTimeout(() => {
            answered = true;
            sent.destroy();
            resolve(undefined);
          }, 50);
        });
        break;
      case 'endless':
        timer = setInterval(() => sent.write(BLOCK), 1);
        break;
    }
  });
}

export interface GrpcAnswer {
  readonly code: number;
  readonly message: string;
  readonly details: Buffer;
  /** The answer's message, without its prefix. */
  readonly body: Buffer;
}

export interface GrpcRequest {
  readonly base: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** With their prefixes. */
  readonly frames: Uint8Array;
  readonly send: 'whole' | 'slow' | 'break-off';
}

export function frame(message: Uint8Array, flag: number): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

export async function sendGrpc({ base, path, headers, frames, send }: GrpcRequest): Promise<GrpcAnswer | undefined> {
  // Megabytes: the client's own limit must not be what a large body meets first.
  const session = connect(base, { maxSessionMemory: 1_000 });
  session.on('error', () => {});
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    let heard: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on('error', () => {});
    stream.on('response', (one) => (heard = one));
    stream.on('trailers', (one) => (heard = { ...heard, ...one }));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    let timer: NodeJS.Timeout | undefined;
    if (send === 'whole') stream.end(frames);
    else if (send === 'slow') {
      let at = 0;
      timer = setInterval(() => stream.write(frames.subarray(at, ++at)), SLOW_BYTE_MS);
    } else {
      stream.write(frames.subarray(0, frames.length >> 1));
      await new Promise((resolve) => setTimeout(resolve, 50));
      stream.close(constants.NGHTTP2_CANCEL);
    }
    await once(stream, 'close');
    clearInterval(timer);
    if (send === 'break-off') return undefined;
    return {
      code: Number(heard['grpc-status'] ?? -1),
      message: decodeURIComponent(String(heard['grpc-message'] ?? '')),
      details: Buffer.from(String(heard['grpc-status-details-bin'] ?? ''), 'base64'),
      body: Buffer.concat(chunks).subarray(5),
    };
  } finally {
    session.destroy();
  }
}

/** Opens and resets calls until the server ends the connection; false when it never does. */
export async function floodResets(
  base: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<boolean> {
  const session: ClientHttp2Session = connect(base);
  let ended = false;
  session.on('error', () => {});
  session.on('close', () => (ended = true));
  session.on('goaway', () => (ended = true));
  for (let round = 0; round < 200 && !ended; round++) {
    for (let i = 0; i < 100 && !session.destroyed && !session.closed; i++) {
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        ...headers,
      });
      stream.on('error', () => {});
      stream.close(constants.NGHTTP2_CANCEL);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  session.destroy();
  return ended;
}

/** Speaks HTTP/1.1 to the gRPC port; the status of the answer, or 0. */
export async function speakHttp1(base: string): Promise<number> {
  const { hostname, port } = new URL(base);
  const socket = dial(Number(port), hostname);
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => (text += chunk));
  socket.write('POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n');
  await once(socket, 'close');
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
}
