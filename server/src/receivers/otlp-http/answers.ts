import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Signal } from '@hanok/contract';
import type { HanokError } from '#base';
import { retrySeconds } from '../answers/codes.ts';
import { type Partial, responseJson, responseProtobuf } from '../answers/export-response.ts';
import { statusJson, statusProtobuf } from '../answers/status.ts';
import type { Encoding } from '../workers/decoder.ts';

/** Exactly these, without parameters: the Collector reads the answer only when the type matches to the letter. */
const CONTENT_TYPES: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** Parameters such as charset are tolerated. */
export function encodingOf(contentType: string | undefined): Encoding | undefined {
  const end = contentType?.indexOf(';') ?? -1;
  const type = (end < 0 ? contentType : contentType?.slice(0, end))?.trim().toLowerCase();
  if (type === CONTENT_TYPES.protobuf) return 'protobuf';
  return type === CONTENT_TYPES.json ? 'json' : undefined;
}

export function answerSuccess(response: ServerResponse, signal: Signal, encoding: Encoding, partial: Partial): void {
  const body = encoding === 'json' ? responseJson(signal, partial) : responseProtobuf(partial);
  response.writeHead(200, { 'content-type': CONTENT_TYPES[encoding], 'content-length': body.length });
  response.end(body);
}

/** A `google.rpc.Status`, in the request's encoding when that is known, else JSON, which people can read. */
export function answerError(response: ServerResponse, encoding: Encoding | undefined, error: HanokError): void {
  const headers: OutgoingHttpHeaders = {};
  const wait = retrySeconds(error);
  if (wait !== undefined) headers['retry-after'] = String(wait);
  if (error.status === 401) headers['www-authenticate'] = 'Bearer realm="hanok"';
  if (error.status === 405) headers['allow'] = 'POST';
  if (error.code === 'receivers.content-encoding') headers['accept-encoding'] = 'gzip, deflate, zstd, snappy, identity';
  const body = encoding === 'protobuf' ? statusProtobuf(error) : statusJson(error);
  headers['content-type'] = CONTENT_TYPES[encoding ?? 'json'];
  headers['content-length'] = body.length;
  response.writeHead(error.status, headers);
  response.end(body);
}

export function answerJson(response: ServerResponse, content: object): void {
  const body = Buffer.from(JSON.stringify(content));
  response.writeHead(200, { 'content-type': CONTENT_TYPES.json, 'content-length': body.length });
  response.end(body);
}
