import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { type ConnectionGuard, exposition, type Log, type Meter, repeatedHeader } from '#base';
import { fail } from '../errors.ts';
import { sendJson } from './answer.ts';
import { type Parts, publicReadiness, wholeReadiness } from './health.ts';
import { errorHandler } from './mount.ts';
import { publicSamples } from './public-metrics.ts';
import { securityHeaders } from './security-headers.ts';
import { StaticFiles } from './static-files.ts';

export interface ServerDeps {
  readonly log: Log;
  readonly meter: Meter;
  readonly ready: () => Parts;
  readonly staticDir: string | undefined;
  /** The description of the API, as JSON text. */
  readonly openApi: () => string;
  readonly tls: boolean;
  readonly trustProxy: string;
  /** May a request with this Host header be answered? */
  readonly answersTo: (host: string | undefined) => boolean;
  readonly bodyLimit: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly guard: ConnectionGuard;
  /** Ids that tell nothing: a count would tell everybody how much the others ask. */
  readonly newRequestId: () => string;
  /** Is this request from an operator? Never throws. */
  readonly mayReadInstance: (request: FastifyRequest) => Promise<boolean>;
}

const REQUEST_TIMEOUT_MS = 60_000;
/**
 * What Node takes of a request's line and headers, said so that it stays. A part of a path may fill it: names of metrics
 * and services are parts of paths, and each route says itself how long its own may be.
 */
const HEADERS_MOST = 16 * 1_024;
const FORWARDED = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'] as const;

/** From this machine itself, not handed on by a proxy that runs on it. */
function isLocal({ socket, headers }: FastifyRequest): boolean {
  const address = socket.remoteAddress ?? '';
  return /^(?:127\.|::1$|::ffff:127\.)/.test(address) && !FORWARDED.some((name) => headers[name] !== undefined);
}

export function makeServer(deps: ServerDeps): FastifyInstance {
  const { log, meter, tls } = deps;
  const proxies = deps.trustProxy
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  const server = fastify({
    logger: false,
    trustProxy: proxies.length > 0 ? proxies : false,
    bodyLimit: deps.bodyLimit,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: deps.idleTimeoutMs,
    http: {
      maxHeaderSize: HEADERS_MOST,
      headersTimeout: deps.headersTimeoutMs,
      connectionsCheckingInterval: Math.max(50, Math.min(1_000, deps.headersTimeoutMs / 4)),
    },
    routerOptions: { maxParamLength: HEADERS_MOST },
    // A HEAD of a stream would run it.
    exposeHeadRoutes: false,
    genReqId: deps.newRequestId,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    frameworkErrors: (error, request, reply) => {
      void errorHandler(log)(error, request, reply);
    },
    clientErrorHandler: (_error, socket) => {
      if (socket.writable)
        socket.end(
          'HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{"error":{"code":"edge.malformed-request","message":"the request breaks HTTP"}}',
        );
    },
  });

  // JSON only; an empty body is no body, whatever its type says.
  server.removeAllContentTypeParsers();
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body, done);
  });

  const constant = securityHeaders(tls);
  const { guard } = deps;
  guard.watch(server.server);
  server.server.on('request', ({ socket }, response) => {
    const connection = guard.of(socket);
    connection?.begin();
    response.on('close', () => connection?.finish());
  });
  let told = proxies.length > 0;
  server.addHook('onRequest', async (request, reply) => {
    if (!told && request.headers['x-forwarded-for'] !== undefined) {
      told = true;
      log.warn(
        { setting: 'HANOK_TRUST_PROXY', from: request.socket.remoteAddress },
        'a request carries x-forwarded-for and no proxy is declared: all its clients count as one. If there is a proxy, name its address in HANOK_TRUST_PROXY',
      );
    }
    reply.headers(constant).header('x-request-id', request.id);
    const repeated = repeatedHeader(request.raw.rawHeaders);
    if (repeated !== undefined)
      throw fail('edge.repeated-header', `the header ${repeated} comes twice`, {
        at: repeated,
        values: { header: repeated },
      });
    if (!deps.answersTo(request.headers.host))
      throw fail('edge.unknown-host', 'this Hanok does not answer to that host name', { at: 'host' });
    if (request.url.startsWith('/api/') || request.url.startsWith('/health/') || request.url === '/metrics')
      reply.header('cache-control', 'no-store');
  });
  server.setErrorHandler(errorHandler(log));

  server.get('/health/live', async (request, reply) => sendJson(request, reply, { live: true }));
  server.get('/health/ready', async (request, reply) => {
    const parts = deps.ready();
    const answer = (await deps.mayReadInstance(request)) ? wholeReadiness(parts) : publicReadiness(parts);
    return sendJson(request, reply.code(answer.ready ? 200 : 503), answer);
  });
  server.get('/metrics', async (request, reply) => {
    const operator = await deps.mayReadInstance(request);
    if (!operator && !isLocal(request)) throw fail('edge.forbidden', 'metrics are for operators and for this machine');
    const samples = operator ? meter.samples() : publicSamples(meter.samples());
    return reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(exposition(samples));
  });
  server.get('/api/v1/openapi.json', async (_request, reply) =>
    reply.header('content-type', 'application/json; charset=utf-8').send(deps.openApi()),
  );

  const files = new StaticFiles(deps.staticDir);
  server.setNotFoundHandler(async (request, reply) => {
    const page = request.method === 'GET' || request.method === 'HEAD';
    if (!page || /^\/(?:api|health|metrics)(?:[/?]|$)/.test(request.url))
      throw fail('edge.not-found', 'there is no such route');
    return files.send(request, reply);
  });
  return server;
}
