import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Signal } from '@hanok/contract';
import type { ConnectionGuard } from '#base';
import type { BodyWatch } from '../body-watch.ts';
import { fail } from '../errors.ts';
import { repeatedHeaderError } from '../headers.ts';
import type { AdmittedRequest, Intake, RequestHead, Sender } from '../intake.ts';
import { listen } from '../listen.ts';
import { codingOf } from '../workers/inflate.ts';
import { answerError, answerJson, answerSuccess, encodingOf } from './answers.ts';
import { readBody, SenderGone } from './body.ts';
import { Cors } from './cors.ts';
import { linger } from './linger.ts';
import { answerNonHttp } from './not-http.ts';

export interface OtlpHttpConfig {
  readonly httpPort: number;
  readonly maxWireBytes: number;
  readonly maxInflatedBytes: number;
  readonly bodyTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly corsOrigins: string;
}

export interface OtlpHttpDeps {
  readonly bind: string;
  readonly guard: ConnectionGuard;
  readonly intake: Intake;
  readonly watch: BodyWatch;
  /** For the texts that point lost gRPC clients there. */
  readonly grpcPort: number;
}

export interface OtlpHttp {
  readonly port: number;
  /** Takes no new connections and closes the idle ones. */
  stop(): void;
  /** Resolves when all connections are closed; those still open are cut. */
  close(): Promise<void>;
}

const SIGNAL_OF: ReadonlyMap<string, Signal> = new Map([
  ['/v1/logs', 'logs'],
  ['/v1/traces', 'traces'],
  ['/v1/metrics', 'metrics'],
]);
const HEADERS_MOST = 16 * 1024;

export async function openOtlpHttp(config: OtlpHttpConfig, deps: OtlpHttpDeps): Promise<OtlpHttp> {
  const front = new Front(config, deps);
  const server = createServer(
    {
      maxHeaderSize: HEADERS_MOST,
      headersTimeout: config.headersTimeoutMs,
      // The body has a watch of its own; this is the net below it.
      requestTimeout: config.headersTimeoutMs + config.bodyTimeoutMs + 5_000,
      keepAliveTimeout: config.idleTimeoutMs,
      connectionsCheckingInterval: Math.max(50, Math.min(1_000, config.headersTimeoutMs / 4)),
      noDelay: true,
    },
    (request, response) => void front.serve(request, response, false),
  );
  deps.guard.watch(server);
  server.on('checkContinue', (request, response) => void front.serve(request, response, true));
  server.on('clientError', (error, socket) => answerNonHttp(error, socket, deps.intake, deps.grpcPort));
  const port = await listen(server, config.httpPort, deps.bind, 'OTLP/HTTP');
  server.on('error', () => {});

  return {
    port,
    stop() {
      front.closing = true;
      server.close();
      server.closeIdleConnections();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class Front {
  closing = false;
  readonly #config: OtlpHttpConfig;
  readonly #deps: OtlpHttpDeps;
  readonly #cors: Cors;

  constructor(config: OtlpHttpConfig, deps: OtlpHttpDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#cors = new Cors(config.corsOrigins);
  }

  /** Never rejects. */
  async serve(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Promise<void> {
    // Without a listener a reset connection would be an uncaught error.
    request.on('error', () => {});
    response.on('error', () => {});
    const connection = this.#deps.guard.of(request.socket);
    connection?.begin();
    response.on('close', () => connection?.finish());
    if (this.closing) response.shouldKeepAlive = false;
    const path = request.url?.split('?', 1)[0] ?? '/';
    const signal = SIGNAL_OF.get(path);
    const allowedOrigin = this.#cors.mark(request, response);
    if (request.method === 'OPTIONS' && signal && allowedOrigin) return this.#cors.answerPreflight(response);
    if ((path === '/' || path === '/health') && (request.method === 'GET' || request.method === 'HEAD'))
      return answerJson(response, this.#greeting());

    const { intake } = this.#deps;
    const head: RequestHead = {
      protocol: 'otlp-http',
      signal: signal ?? null,
      remote: request.socket.remoteAddress ?? '',
      header: (name) => {
        const value = request.headers[name];
        return Array.isArray(value) ? value.join(', ') : value;
      },
    };
    const encoding = encodingOf(request.headers['content-type']);
    let sender: Sender | undefined;
    let admitted: AdmittedRequest | undefined;
    try {
      if (!signal) throw fail('receivers.route', `nothing is served at ${printable(path)}`);
      if (request.method !== 'POST') throw fail('receivers.method', `${request.method} is not allowed here`);
      const repeated = repeatedHeaderError(request.rawHeaders);
      if (repeated) throw repeated;
      const found = intake.authorise(head);
      sender = found instanceof Promise ? await found : found;
      // Whoever left while a token was verified is not waited for: nothing would tell that their body never comes.
      if (request.destroyed) throw new SenderGone();
      connection?.prove();
      if (!encoding)
        throw fail('receivers.content-type', 'the content-type is missing or not one of OTLP', { at: 'content-type' });
      const coding = codingOf(request.headers['content-encoding']);
      if (!coding)
        throw fail('receivers.content-encoding', 'the content-encoding is not known', { at: 'content-encoding' });
      const { maxWireBytes, maxInflatedBytes } = this.#config;
      const limit = coding === 'identity' ? maxInflatedBytes : Math.min(maxWireBytes, maxInflatedBytes);
      const declared = lengthOf(request.headers['content-length']);
      if (declared !== undefined && declared > limit)
        throw fail('receivers.too-large', `the body of ${declared} bytes is larger than ${limit} bytes`);
      admitted = intake.admit(head, signal, sender, coding, declared);
      if (expectsContinue) response.writeContinue();
      const bytes = await readBody(request, { limit, declared, room: admitted, watch: this.#deps.watch });
      const partial = await admitted.store({ bytes, encoding, coding });
      if (this.closing) response.shouldKeepAlive = false;
      answerSuccess(response, signal, encoding, partial);
    } catch (cause) {
      if (cause instanceof SenderGone) {
        admitted?.leave();
        return;
      }
      const error = intake.refuse(head, cause, sender, admitted);
      // A sender that waits for "100 Continue" will not send its body now, and nobody can tell what comes next.
      if (expectsContinue && !admitted) response.shouldKeepAlive = false;
      else linger(request, response);
      if (!response.headersSent) answerError(response, encoding, error);
    }
  }

  #greeting() {
    return {
      service: 'hanok',
      status: this.closing ? 'closing' : 'ok',
      accepts: [...SIGNAL_OF.keys()].map((path) => `POST ${path}`),
      contentTypes: ['application/x-protobuf', 'application/json'],
      contentEncodings: ['gzip', 'deflate', 'zstd', 'snappy', 'identity'],
      grpcPort: this.#deps.grpcPort,
      hint: 'Set OTEL_EXPORTER_OTLP_ENDPOINT to this address and send your key as authorization: Bearer KEY.',
    };
  }
}

function lengthOf(header: string | undefined): number | undefined {
  return header === undefined ? undefined : Number(header);
}

/** A path is the sender's text; it goes into a message only in a short and harmless form. */
function printable(path: string): string {
  return JSON.stringify(path.slice(0, 100));
}
