import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import { listen } from '../listen.ts';
import { type CallConfig, type CallDeps, serveCall } from './call.ts';
import { sniff } from './preface.ts';

export interface OtlpGrpcConfig extends CallConfig {
  readonly grpcPort: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxConnections: number;
  readonly maxStreams: number;
}

export interface OtlpGrpcDeps extends CallDeps {
  readonly bind: string;
}

export interface OtlpGrpc {
  readonly port: number;
  /** Takes no new connections or calls (GOAWAY); calls under way go on. */
  stop(): void;
  /** Resolves when all connections are closed; those still open are cut. */
  close(): Promise<void>;
}

/** Bytes a sender may have on the way per call and per connection before it must wait for us to read. */
const STREAM_WINDOW = 1024 ** 2;
const SESSION_WINDOW = 8 * 1024 ** 2;
const HEADERS_MOST = 16 * 1024;

export async function openOtlpGrpc(config: OtlpGrpcConfig, deps: OtlpGrpcDeps): Promise<OtlpGrpc> {
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<Socket>();
  const http2 = openHttp2(config, deps, sessions);
  const server = createServer({ noDelay: true, pauseOnConnect: false }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    sniff(
      socket,
      { intake: deps.intake, timeoutMs: config.headersTimeoutMs, httpPort: deps.httpPort },
      (known) => void http2.emit('connection', known),
    );
  });
  server.maxConnections = config.maxConnections;
  const port = await listen(server, config.grpcPort, deps.bind, 'OTLP/gRPC');
  server.on('error', () => {});
  let closed: Promise<void> | undefined;
  const stop = () => {
    closed ??= new Promise((resolve) => server.close(() => resolve()));
    for (const session of sessions) session.close();
  };
  return {
    port,
    stop,
    async close() {
      stop();
      for (const session of sessions) session.destroy();
      // A session that was closed gracefully would wait for the other side to end its half.
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function openHttp2(config: OtlpGrpcConfig, deps: OtlpGrpcDeps, sessions: Set<ServerHttp2Session>): Http2Server {
  const http2 = createHttp2Server({
    settings: {
      maxConcurrentStreams: config.maxStreams,
      initialWindowSize: STREAM_WINDOW,
      maxHeaderListSize: HEADERS_MOST,
      enablePush: false,
    },
    maxHeaderListPairs: 64,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    // Rapid reset (CVE-2023-44487): a burst of cancelled calls is normal, a steady stream of them is not.
    streamResetBurst: 500,
    streamResetRate: 50,
  });
  http2.on('session', (session) => {
    sessions.add(session);
    session.setLocalWindowSize(SESSION_WINDOW);
    session.setTimeout(config.idleTimeoutMs, () => session.close());
    session.on('error', () => {});
    session.on('close', () => sessions.delete(session));
    const remote = session.socket.remoteAddress ?? '';
    session.on('stream', (stream, headers) => serveCall(stream, headers, remote, config, deps));
  });
  // Faults of a connection end that connection and nothing else.
  http2.on('sessionError', () => {});
  http2.on('error', () => {});
  return http2;
}
