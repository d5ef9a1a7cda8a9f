import { createServer, type Socket } from 'node:net';
import type { ConnectionGuard, GuardedConnection } from '#base';
import { fail } from '../errors.ts';
import { listen } from '../listen.ts';
import { type CallConfig, type CallDeps, serveCall } from './call.ts';
import { GrpcConnection } from './connection.ts';
import { sniff } from './preface.ts';

export interface OtlpGrpcConfig extends CallConfig {
  readonly grpcPort: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxStreams: number;
}

export interface OtlpGrpcDeps extends CallDeps {
  readonly bind: string;
  readonly guard: ConnectionGuard;
}

export interface OtlpGrpc {
  readonly port: number;
  /** Takes no new connections or calls (GOAWAY); calls under way go on. */
  stop(): void;
  /** Resolves when all connections are closed; those still open are cut. */
  close(): Promise<void>;
}

/** How often connections are charged for what they read: a flood runs unseen for no longer. */
const CHECK_EVERY_MS = 50;

export async function openOtlpGrpc(config: OtlpGrpcConfig, deps: OtlpGrpcDeps): Promise<OtlpGrpc> {
  const { intake, guard } = deps;
  const sockets = new Set<Socket>();
  const connections = new Set<GrpcConnection>();
  const now = () => intake.clock.monotonic();
  let stopped = false;

  const serve = (socket: Socket, guarded: GuardedConnection, remote: string) => {
    const head = { protocol: 'otlp-grpc', signal: null, remote, header: () => undefined } as const;
    const connection: GrpcConnection = new GrpcConnection(socket, guarded, config, {
      now,
      onCall: (stream, raw) => serveCall(stream, raw, origin, config, deps),
      onClose: () => connections.delete(connection),
      onBroken: (what) =>
        void intake.refuse(
          head,
          fail('receivers.malformed-request', `the connection broke the rules of HTTP/2: ${what}`, { reason: 'http2' }),
        ),
      onFlood: () =>
        void intake.refuse(
          head,
          fail(
            'receivers.flood',
            `${remote} keeps the server busy with what brings nothing; its connection was ended`,
            {
              reason: 'connections.ended',
              values: { remote },
            },
          ),
        ),
    });
    const origin = {
      remote,
      prove: () => connection.prove(),
      accepted: () => connection.accepted(),
    };
    connections.add(connection);
    if (stopped) connection.close();
  };
  const preface = { intake, timeoutMs: config.headersTimeoutMs, httpPort: deps.httpPort };
  const server = createServer({ noDelay: true }, (socket) => {
    const guarded = guard.of(socket);
    // Refused.
    if (!guarded || socket.destroyed) return;
    const remote = socket.remoteAddress ?? '';
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const begin = () => {
      if (!socket.destroyed) sniff(socket, preface, (one) => serve(one, guarded, remote));
    };
    if (guarded.slowedMs === 0) return begin();
    socket.on('error', () => {});
    setTimeout(begin, guarded.slowedMs).unref();
  });
  guard.watch(server);
  const port = await listen(server, config.grpcPort, deps.bind, 'OTLP/gRPC');
  server.on('error', () => {});
  const checks = setInterval(() => {
    const at = now();
    for (const connection of connections) connection.check(at);
  }, CHECK_EVERY_MS).unref();

  let closed: Promise<void> | undefined;
  const stop = () => {
    stopped = true;
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
