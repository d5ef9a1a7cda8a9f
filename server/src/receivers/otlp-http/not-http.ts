import { STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { statusJson } from '../answers/status.ts';
import { fail } from '../errors.ts';
import type { Intake } from '../intake.ts';

/** HTTP/2 connection preface, RFC 9113 §3.4. */
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0');
const TLS_HANDSHAKE = 0x16;

/**
 * Answers those who do not speak HTTP/1.1 on the OTLP/HTTP port: most often a gRPC exporter with the wrong port, which is
 * told so in its own protocol.
 */
export function answerNonHttp(
  error: Error & { readonly code?: string; readonly rawPacket?: unknown },
  socket: Duplex,
  intake: Intake,
  grpcPort: number,
): void {
  const remote = socket instanceof Socket ? (socket.remoteAddress ?? '') : '';
  const head = { protocol: 'otlp-http', signal: null, remote, header: () => undefined } as const;
  socket.on('error', () => {});
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const first = error.rawPacket instanceof Uint8Array ? Buffer.from(error.rawPacket) : Buffer.alloc(0);
  if (first.subarray(0, HTTP2_PREFACE.length).equals(HTTP2_PREFACE)) {
    const text = `this is the OTLP/HTTP port; OTLP/gRPC is served on port ${grpcPort}`;
    intake.refuse(head, fail('receivers.wrong-protocol', text));
    socket.end(goAway(text));
    return;
  }
  if (first[0] === TLS_HANDSHAKE) {
    intake.refuse(head, fail('receivers.wrong-protocol', 'TLS on a port without TLS'));
    socket.destroy();
    return;
  }
  const refused = intake.refuse(head, refusalFor(error.code));
  const body = statusJson(refused);
  const lines = [
    `HTTP/1.1 ${refused.status} ${STATUS_CODES[refused.status]}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

function refusalFor(code: string | undefined) {
  if (code === 'HPE_HEADER_OVERFLOW') return fail('receivers.headers-too-large', 'the headers are too large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return fail('receivers.slow-body', 'the request did not arrive in time');
  return fail('receivers.malformed-request', `this is not an HTTP/1.1 request${code ? ` (${code})` : ''}`);
}

/** An empty SETTINGS frame and GOAWAY with HTTP_1_1_REQUIRED; gRPC clients show the debug text. RFC 9113 §6.8. */
function goAway(text: string): Buffer {
  const debug = Buffer.from(text);
  const frame = Buffer.alloc(9 + 9 + 8);
  frame[3] = 4;
  frame.writeUIntBE(8 + debug.length, 9, 3);
  frame[12] = 7;
  frame.writeUInt32BE(0, 18);
  frame.writeUInt32BE(0xd, 22);
  return Buffer.concat([frame, debug]);
}
