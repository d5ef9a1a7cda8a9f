import { fork } from 'node:child_process';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import type { Instance } from '../../e2e/instance.ts';
import { encodeLogs, encodeSamples, encodeSpans } from '../otlp.ts';
import type { Order, Outcome, Run } from './generator.ts';
import type { Target } from './lanes.ts';

export type Signal = 'logs' | 'spans' | 'samples';
export type Transport = 'http' | 'grpc';
export const SIGNALS: readonly Signal[] = ['logs', 'spans', 'samples'];

const ENCODERS = { logs: encodeLogs, spans: encodeSpans, samples: encodeSamples } as const;
const PATHS: Readonly<Record<Signal, Readonly<Record<Transport, string>>>> = {
  logs: { http: '/v1/logs', grpc: '/opentelemetry.proto.collector.logs.v1.LogsService/Export' },
  spans: { http: '/v1/traces', grpc: '/opentelemetry.proto.collector.trace.v1.TraceService/Export' },
  samples: { http: '/v1/metrics', grpc: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export' },
};

/** Different requests of `perRequest` records each, encoded and compressed as senders do (level 1, like Go's default speed). */
export function makeBodies(signal: Signal, requests: number, perRequest: number, now: bigint): Uint8Array[] {
  const encode = ENCODERS[signal];
  return Array.from({ length: requests }, (_, i) => gzipSync(encode(perRequest, i, now), { level: 1 }));
}

/** Where requests of a tenant go. */
export function targetOf(instance: Instance, tenant: string, signal: Signal, transport: Transport): Target {
  const url = new URL(transport === 'http' ? instance.otlpHttp : `http://${instance.otlpGrpc}`);
  const { ingestKey: key } = instance.tenant(tenant);
  return { host: url.hostname, port: Number(url.port), key, path: PATHS[signal][transport] };
}

/** Another process that sends, so that its work can be told from the server's and its pauses are not the bench's. */
export interface Generator {
  /** Gives it bodies to send, once. */
  give(set: string, bodies: readonly Uint8Array[]): Promise<void>;
  run(run: Run): Promise<Outcome>;
  /** Ends the run that is under way, which gives what it has. */
  cut(): void;
  close(): void;
}

const BODIES_PER_MESSAGE = 100;

export function openGenerator(): Generator {
  const child = fork(new URL('./generator.ts', import.meta.url), { serialization: 'advanced' });
  const gone = once(child, 'exit').then(() => {
    throw new Error('the load generator ended');
  });
  gone.catch(() => undefined);
  const ask = async (order: Order): Promise<unknown> => {
    const answer = new Promise<unknown>((resolve) => child.once('message', resolve));
    child.send(order);
    return Promise.race([answer, gone]);
  };
  return {
    async give(set, bodies) {
      for (let i = 0; i < bodies.length; i += BODIES_PER_MESSAGE)
        await ask({ kind: 'bodies', set, bodies: bodies.slice(i, i + BODIES_PER_MESSAGE) });
    },
    async run(run) {
      const answer = (await ask({ kind: 'run', run })) as Outcome | { readonly error: string };
      if ('error' in answer) throw new Error(answer.error);
      return answer;
    },
    cut: () => void child.send({ kind: 'cut' } satisfies Order),
    close: () => child.disconnect(),
  };
}

/** Throws unless everything was acknowledged. */
export function unrefused(outcome: Outcome): Outcome {
  if (Object.keys(outcome.refused).length > 0)
    throw new Error(`refused, by status: ${JSON.stringify(outcome.refused)}`);
  return outcome;
}

/**
 * Records a second if both cores had been ours: the generator's CPU seconds are taken off the core seconds that the wall
 * time had, and the rate in what is left is put to all cores. Only of use when the cores were busy throughout.
 */
export function withoutGenerator(records: number, seconds: number, generatorCpu: number, cores: number): number {
  return (records / (seconds * cores - generatorCpu)) * cores;
}
