import type { HanokError } from '#base';
import { GRPC, grpcCodeOf } from '../answers/codes.ts';
import { errorText, statusProtobuf } from '../answers/status.ts';
import { encodeFields } from './http2/hpack.ts';
import type { IncomingStream } from './http2/stream.ts';
import { percentEncoded } from './metadata.ts';

const COMMON = [
  { name: ':status', value: '200' },
  { name: 'content-type', value: 'application/grpc' },
  { name: 'grpc-accept-encoding', value: 'identity,gzip,deflate,zstd' },
] as const;
const HEADERS = encodeFields(COMMON);
const TRAILERS = encodeFields([{ name: 'grpc-status', value: String(GRPC.OK) }]);
const EMPTY_MESSAGE = Buffer.alloc(5);

/** One uncompressed message and status OK. */
export function answerMessage(stream: IncomingStream, message: Uint8Array): void {
  let frame = EMPTY_MESSAGE;
  if (message.length > 0) {
    frame = Buffer.allocUnsafe(5 + message.length);
    frame[0] = 0;
    frame.writeUInt32BE(message.length, 1);
    frame.set(message, 5);
  }
  stream.respond(HEADERS, frame, TRAILERS);
}

/** Trailers only. */
export function answerStatus(stream: IncomingStream, error: HanokError): void {
  stream.respond(
    encodeFields([
      ...COMMON,
      { name: 'grpc-status', value: String(grpcCodeOf(error)) },
      { name: 'grpc-message', value: percentEncoded(errorText(error)) },
      { name: 'grpc-status-details-bin', value: statusProtobuf(error).toString('base64').replace(/=+$/, '') },
    ]),
  );
}

/** For those who speak HTTP/2 but not gRPC. */
export function answerPlainHttp(stream: IncomingStream, status: number, text: string): void {
  const type = { name: 'content-type', value: 'text/plain; charset=utf-8' };
  stream.respond(encodeFields([{ name: ':status', value: String(status) }, type]), Buffer.from(`${text}\n`));
}
