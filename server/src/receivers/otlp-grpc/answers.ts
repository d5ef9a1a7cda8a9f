import { constants, type ServerHttp2Stream } from 'node:http2';
import type { HanokError } from '#base';
import { GRPC, grpcCodeOf } from '../answers/codes.ts';
import { errorText, statusProtobuf } from '../answers/status.ts';
import { percentEncoded } from './metadata.ts';

const ACCEPTS = 'identity,gzip,deflate,zstd';
const HEADERS = { ':status': 200, 'content-type': 'application/grpc', 'grpc-accept-encoding': ACCEPTS } as const;
const TRAILERS = { 'grpc-status': GRPC.OK } as const;

function sendTrailers(this: ServerHttp2Stream): void {
  this.sendTrailers(TRAILERS);
}

/** One uncompressed message and status OK. */
export function answerMessage(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (stream.destroyed || stream.closed) return;
  const frame = Buffer.allocUnsafe(5 + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.on('wantTrailers', sendTrailers);
  stream.end(frame);
}

/** Trailers only. When the sender has not finished, the stream is reset without error so that it stops (RFC 9113 §8.1). */
export function answerStatus(stream: ServerHttp2Stream, error: HanokError): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-accept-encoding': ACCEPTS,
      'grpc-status': grpcCodeOf(error),
      'grpc-message': percentEncoded(errorText(error)),
      'grpc-status-details-bin': statusProtobuf(error).toString('base64').replace(/=+$/, ''),
    },
    { endStream: true },
  );
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
}

/** For those who speak HTTP/2 but not gRPC. */
export function answerPlainHttp(stream: ServerHttp2Stream, status: number, text: string): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond({ ':status': status, 'content-type': 'text/plain; charset=utf-8' });
  stream.end(`${text}\n`);
  if (!stream.readableEnded) stream.resume();
}
