import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { ApiError } from '@hanok/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type HanokError, isHanokError, type Log } from '#base';
import { fail } from '../errors.ts';

const compress = promisify(gzip);
/** Below it a compressed answer saves no packet worth its CPU. */
const COMPRESS_FROM = 4_096;

/** Errors of the HTTP framework, by its codes, as ours. */
const FROM_FASTIFY: Readonly<Record<string, () => HanokError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => fail('edge.body-too-large', 'the body is larger than the API takes'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    fail('edge.content-type', 'the content type is not JSON', { at: 'content-type' }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    fail('edge.malformed-request', 'content-length does not fit the body', { at: 'content-length' }),
  FST_ERR_CTP_INVALID_JSON_BODY: () => fail('edge.invalid-json', 'the body is not JSON', { at: 'body' }),
  FST_ERR_BAD_URL: () => fail('edge.malformed-request', 'the path cannot be decoded', { at: 'path' }),
  FST_ERR_MAX_PARAM_LENGTH: () => fail('edge.not-found', 'there is nothing of that name'),
};

/** What the caller may see of any error; ours are logged whole and told in one constant sentence. */
export function toHanokError(error: unknown, log: Log, requestId: string): HanokError {
  if (isHanokError(error) && error.kind !== 'bug') return error;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    const known = FROM_FASTIFY[error.code];
    if (known) return known();
  }
  if (error instanceof SyntaxError && 'statusCode' in error && error.statusCode === 400)
    return fail('edge.invalid-json', 'the body is not JSON', { at: 'body' });
  log.error({ error: error instanceof Error ? error : String(error), requestId }, 'a request met a bug');
  return fail('edge.bug', 'something in Hanok is broken; the request was not carried out or not finished');
}

export function errorBody(error: HanokError, requestId: string): ApiError {
  return {
    error: {
      code: error.code,
      ...(error.reason === undefined ? {} : { reason: error.reason }),
      ...(error.values === undefined ? {} : { values: error.values }),
      message: error.message,
      ...(error.at === undefined ? {} : { at: error.at }),
      ...(error.fix === undefined ? {} : { fix: error.fix }),
      ...(error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter }),
      requestId,
    },
  };
}

export async function sendError(reply: FastifyReply, error: HanokError, requestId: string): Promise<FastifyReply> {
  if (error.retryAfter !== undefined) reply.header('retry-after', String(Math.ceil(error.retryAfter)));
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(error.status)
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify(errorBody(error, requestId)));
}

export async function sendJson(request: FastifyRequest, reply: FastifyReply, answer: unknown): Promise<FastifyReply> {
  const text = JSON.stringify(answer);
  reply.header('content-type', 'application/json; charset=utf-8').header('vary', 'accept-encoding');
  if (text.length < COMPRESS_FROM || !/\bgzip\b/.test(request.headers['accept-encoding'] ?? ''))
    return reply.send(text);
  const bytes = await compress(text, { level: constants.Z_BEST_SPEED });
  return reply.header('content-encoding', 'gzip').send(bytes);
}
