import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionRefusals } from '#base';
import { BodyWatch } from './body-watch.ts';
import type { ReceiversConfig } from './config.ts';
import type { ReceiversDeps } from './deps.ts';
import { type Emit, openEmit } from './emit.ts';
import { Intake } from './intake.ts';
import { openOtlpGrpc } from './otlp-grpc/server.ts';
import { openOtlpHttp } from './otlp-http/server.ts';
import type { Decoder } from './workers/decoder.ts';
import { openDecodePool } from './workers/pool.ts';

export interface Receivers {
  readonly httpPort: number;
  readonly grpcPort: number;
  /** Decode threads running; 0 when decoding happens on the main thread. */
  readonly decodeThreads: number;
  readonly emit: Emit;
  /** Takes nothing new, lets requests under way finish within the drain time, then cuts what is left. */
  close(): Promise<void>;
}

/** Which decoder works on the main thread and in the threads. Tests bring their own. */
export interface DecoderChoice {
  readonly threadModule: URL;
  readonly threadData: unknown;
  readonly inline: Decoder;
}

export async function openFrontEnds(
  config: ReceiversConfig,
  deps: ReceiversDeps,
  decoder: DecoderChoice,
): Promise<Receivers> {
  const { bind, clock, log, meter } = deps;
  await using opened = new AsyncDisposableStack();
  const pool = await openDecodePool(config, { clock, log, meter, ...decoder });
  opened.defer(() => pool.close());
  const intake = new Intake(config, deps, pool);
  const watch = new BodyWatch(config, clock);
  opened.defer(() => watch.close());
  let httpPort = config.httpPort;
  const refusedOn = (protocol: 'otlp-http' | 'otlp-grpc') => (refusals: ConnectionRefusals) =>
    intake.refusedConnections(protocol, refusals);
  const guards = {
    grpc: deps.connections.guard('otlp-grpc', refusedOn('otlp-grpc')),
    http: deps.connections.guard('otlp-http', refusedOn('otlp-http')),
  };
  const grpc = await openOtlpGrpc(config, { bind, guard: guards.grpc, intake, watch, httpPort: () => httpPort });
  opened.defer(() => grpc.close());
  const http = await openOtlpHttp(config, { bind, guard: guards.http, intake, watch, grpcPort: grpc.port });
  opened.defer(() => http.close());
  httpPort = http.port;
  const parts = opened.move();

  return {
    httpPort: http.port,
    grpcPort: grpc.port,
    decodeThreads: pool.threads,
    emit: openEmit(deps, pool),
    async close() {
      intake.beginClosing();
      http.stop();
      grpc.stop();
      const until = clock.monotonic() + config.drainMs;
      while (intake.open > 0 && clock.monotonic() < until) await sleep(10);
      // A moment more, for answers just written to leave.
      await sleep(10);
      await parts.disposeAsync();
    },
  };
}
