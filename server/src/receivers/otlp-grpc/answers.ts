import type { OutgoingHttpHeaders } from 'node:http2';
import type { HanokError } from '#base';
import { GRPC, grpcCodeOf } from '../answers/codes.ts';
import { errorText, retryInfo, statusProtobuf } from '../answers/status.ts';
import type { CallStream } from './call-stream.ts';
import { percentEncoded } from './metadata.ts';

const HEADERS: OutgoingHttpHeaders = Object.freeze({ ':status': 200, 'content-type': 'application/grpc' });
/** For a sender that was refused: perhaps it used one that is not among them. */
const ENCODINGS: OutgoingHttpHeaders = Object.freeze({
  'grpc-accept-encoding': 'identity,gzip,deflate,zstd,snappy',
});
const TRAILERS: OutgoingHttpHeaders = Object.freeze({ 'grpc-status': String(GRPC.OK) });
const EMPTY_MESSAGE = Buffer.alloc(5);

/** One uncompressed message and status OK. */
export function answerMessage(stream: CallStream, message: Uint8Array): void {
  let frame = EMPTY_MESSAGE;
  if (message.length > 0) {
    frame = Buffer.allocUnsafe(5 + message.length);
    frame[0] = 0;
    frame.writeUInt32BE(message.length, 1);
    frame.set(message, 5);
  }
  stream.respond(HEADERS, frame, TRAILERS);
}

/**
 * Trailers only. How long to wait is in the details of the status, where the Collector and the SDKs of Go and Java look for it,
 * and once more by itself, where the exporter of Python does.
 */
export function answerStatus(stream: CallStream, error: HanokError): void {
  const retry = retryInfo(error);
  stream.respond({
    ...HEADERS,
    ...ENCODINGS,
    'grpc-status': String(grpcCodeOf(error)),
    'grpc-message': percentEncoded(errorText(error)),
    'grpc-status-details-bin': binary(statusProtobuf(error)),
    ...(retry && { 'google.rpc.retryinfo-bin': binary(Uint8Array.from(retry)) }),
  });
}

/** A binary header, without padding as gRPC asks for. */
function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

/** For those who speak HTTP/2 but not gRPC. */
export function answerPlainHttp(stream: CallStream, status: number, text: string): void {
  stream.respond({ ':status': status, 'content-type': 'text/plain; charset=utf-8' }, Buffer.from(`${text}\n`));
}
