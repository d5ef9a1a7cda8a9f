/** Real senders: the official JavaScript SDK in a process of its own, and a real Collector. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installShop } from '../../demo/infra/install.mjs';
import { findCollector } from '../../scripts/collector.mjs';
import { eventually, freePorts, type Instance, root } from '../instance.ts';

const demo = join(root, 'demo');
export const GREETINGS = 20;

/** Path of the Collector; undefined when there is none, and then HANOK_REQUIRE_ALL makes the suite fail. */
export const collectorPath: string | undefined = findCollector();
if (collectorPath === undefined && process.env['HANOK_REQUIRE_ALL'] === '1')
  throw new Error('HANOK_REQUIRE_ALL=1 and no Collector: node scripts/collector.mjs makes one');

const plain = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };

/** Runs the greeter under the official auto-instrumentation to its end. */
export async function greet(
  service: string,
  protocol: 'grpc' | 'http/protobuf' | 'http/json',
  endpoint: string,
  key: string | undefined,
): Promise<void> {
  installShop();
  const child = spawn(join(root, 'node_modules', '.bin', 'node'), [join(root, 'e2e', 'real-clients', 'greeter.cjs')], {
    cwd: demo,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...plain,
      GREETINGS: String(GREETINGS),
      NODE_OPTIONS: '--require @opentelemetry/auto-instrumentations-node/register',
      OTEL_SERVICE_NAME: service,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=e2e',
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      ...(key === undefined ? {} : { OTEL_EXPORTER_OTLP_HEADERS: `x-hanok-key=${key}` }),
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,pino,runtime-node',
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_METRIC_EXPORT_TIMEOUT: '900',
      OTEL_SEMCONV_STABILITY_OPT_IN: 'http',
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`the greeter ended with ${code}:\n${output}`);
}

export interface Collector {
  /** OTLP/HTTP, on loopback, without a key. */
  readonly endpoint: string;
  /** Appends lines to a file that it tails as PM2's. */
  write(lines: readonly object[]): void;
  output(): string;
  stop(): Promise<void>;
}

/** Starts a Collector with the demo's configuration for one tenant. */
export async function openCollector(
  instance: Instance,
  tenant: string,
  protocol: 'grpc' | 'http',
  compression: 'gzip' | 'snappy' | 'zstd' = 'gzip',
): Promise<Collector> {
  const [otlp, health] = await freePorts(2);
  const folder = mkdtempSync(join(tmpdir(), 'hanok-collector-e2e-'));
  const config = (name: string) => ['--config', join(demo, 'collector', name)];
  const child: ChildProcess = spawn(
    collectorPath!,
    [...config('collector.yaml'), ...config(`exporter-${protocol}.yaml`)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...plain,
        TENANT: tenant,
        COMPRESSION: compression,
        ENVIRONMENT: 'e2e-host',
        HANOK_KEY: instance.tenant(tenant).ingestKey,
        HANOK_OTLP: protocol === 'grpc' ? instance.otlpGrpc : instance.otlpHttp,
        OTLP_PORT: String(otlp),
        HEALTH_PORT: String(health),
        PM2_LOGS: join(folder, '*.log'),
        STATE_DIR: join(folder, 'state'),
      },
    },
  );
  let output = '';
  child.stdout!.on('data', (chunk: Buffer) => (output += chunk));
  child.stderr!.on('data', (chunk: Buffer) => (output += chunk));
  const file = createWriteStream(join(folder, 'mailer-out.log'));
  const stop = async (): Promise<void> => {
    file.end();
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await ended;
      clearTimeout(late);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await eventually(`the Collector's health`, async () => {
      if (child.exitCode !== null) throw new Error(output);
      return (await fetch(`http://127.0.0.1:${health}/`)).ok;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoint: `http://127.0.0.1:${otlp}`,
    write: (lines) => {
      for (const line of lines) file.write(`${JSON.stringify(line)}\n`);
    },
    output: () => output,
    stop,
  };
}
