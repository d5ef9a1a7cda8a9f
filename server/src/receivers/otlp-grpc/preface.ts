import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { statusJson } from '../answers/status.ts';
import { fail } from '../errors.ts';
import type { Intake } from '../intake.ts';

/** RFC 9113 §3.4. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export interface PrefaceDeps {
  readonly intake: Intake;
  readonly timeoutMs: number;
  readonly httpPort: () => number;
}

/**
 * Looks at the first bytes of a connection and passes HTTP/2 on, with those bytes put back. Others get an answer they can read. A connection
 * that says nothing is closed after a while.
 */
export function sniff(socket: Socket, deps: PrefaceDeps, pass: (socket: Socket) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const timer = setTimeout(() => socket.destroy(), deps.timeoutMs).unref();
  const onError = () => socket.destroy();
  const onClose = () => clearTimeout(timer);
  const onData = (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    const first = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    const known = Math.min(length, PREFACE.length);
    const isHttp2 = first.subarray(0, known).equals(PREFACE.subarray(0, known));
    if (isHttp2 && length < PREFACE.length) return;
    clearTimeout(timer);
    socket.off('data', onData).off('close', onClose);
    if (!isHttp2) return refuseOther(socket, first, deps);
    // Node's session takes what is in the socket's buffer before it reads on by itself.
    socket.pause();
    socket.unshift(first);
    socket.off('error', onError);
    pass(socket);
  };
  socket.on('error', onError).on('close', onClose).on('data', onData);
}

function refuseOther(socket: Socket, first: Buffer, deps: PrefaceDeps): void {
  const head = {
    protocol: 'otlp-grpc',
    signal: null,
    remote: socket.remoteAddress ?? '',
    header: () => undefined,
  } as const;
  const isHttp1 = /^[A-Z]{3,8} [^\r\n]* HTTP\/1\.[01]\r?\n/.test(first.toString('latin1', 0, 2_048));
  const text = isHttp1
    ? `this is the OTLP/gRPC port; OTLP/HTTP is served on port ${deps.httpPort()}`
    : 'this is the OTLP/gRPC port, and these bytes are not HTTP/2 (TLS is not served here)';
  const error = deps.intake.refuse(head, fail('receivers.wrong-protocol', text));
  if (!isHttp1) {
    socket.destroy();
    return;
  }
  const body = statusJson(error);
  const lines = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
  socket.resume();
  socket.setTimeout(2_000, () => socket.destroy());
}
