import { createServer, type Socket } from 'node:net';
import type { Log } from '#base';
import { listen } from '../listen.ts';
import { type CallConfig, type CallDeps, refuseHeaders, serveCall } from './call.ts';
import { Connection } from './http2/connection.ts';
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
  readonly log: Log;
}

export interface OtlpGrpc {
  readonly port: number;
  /** Takes no new connections or calls (GOAWAY); calls under way go on. */
  stop(): void;
  /** Resolves when all connections are closed; those still open are cut. */
  close(): Promise<void>;
}

const HEADERS_MOST = 16 * 1024;

export async function openOtlpGrpc(config: OtlpGrpcConfig, deps: OtlpGrpcDeps): Promise<OtlpGrpc> {
  const sockets = new Set<Socket>();
  const connections = new Set<Connection>();
  const limits = { ...config, maxHeaderBytes: HEADERS_MOST };
  const serve = (socket: Socket) => {
    const remote = socket.remoteAddress ?? '';
    const connection = new Connection(socket, limits, {
      now: () => deps.intake.clock.monotonic(),
      onStream: (stream) => serveCall(stream, remote, config, deps),
      onHeadersTooLarge: (stream) => refuseHeaders(stream, remote, deps),
      onClose: () => connections.delete(connection),
      onFault: (error) => deps.log.error({ error: String(error) }, 'a gRPC connection met a fault of ours'),
    });
    connections.add(connection);
  };
  const strangers = { intake: deps.intake, timeoutMs: config.headersTimeoutMs, httpPort: deps.httpPort };
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    sniff(socket, strangers, serve);
  });
  server.maxConnections = config.maxConnections;
  const port = await listen(server, config.grpcPort, deps.bind, 'OTLP/gRPC');
  server.on('error', () => {});
  const checks = setInterval(
    () => {
      for (const connection of connections) connection.check();
    },
    Math.max(20, Math.min(1_000, config.headersTimeoutMs / 4)),
  ).unref();

  let closed: Promise<void> | undefined;
  const stop = () => {
    closed ??= new Promise((resolve) => server.close(() => resolve()));
    for (const connection of connections) connection.close();
  };
  return {
    port,
    stop,
    async close() {
      stop();
      clearInterval(checks);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
