/**
 * What record `n` of a tenant and a signal is, to the last byte: made from the number alone, so that what comes back
 * can be compared without keeping it.
 */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

export const SIGNALS = ['logs', 'traces', 'metrics'] as const;
export type Signal = (typeof SIGNALS)[number];

const { Root } = createRequire(import.meta.url)('protobufjs') as typeof import('protobufjs');
const folder = join(import.meta.dirname, '..', '..', 'server', 'src', 'receivers', 'otlp', 'proto');
const root = new Root();
root.resolvePath = (_, target) => (target.startsWith('/') ? target : join(folder, target));
root.loadSync(['logs.proto', 'trace.proto', 'metrics.proto'].map((file) => join(folder, file)));
const TYPES = {
  logs: root.lookupType('opentelemetry.proto.logs.v1.ExportLogsServiceRequest'),
  traces: root.lookupType('opentelemetry.proto.trace.v1.ExportTraceServiceRequest'),
  metrics: root.lookupType('opentelemetry.proto.metrics.v1.ExportMetricsServiceRequest'),
};

const NANOS_PER_MS = 1_000_000n;
export const METRIC = 'torture.reading';
/** Distance of two points: fine enough for many, coarse enough that one answer (11,000 steps) holds a few thousand. */
export const METRIC_STEP_NANOS = 10n * NANOS_PER_MS;
const RECORD_STEP_NANOS = 1_000n;
/** Points lie this far before the run, so that they never meet its end. */
const METRIC_OFFSET_NANOS = 20n * 3_600_000n * NANOS_PER_MS;

/** One run's records: another run's do not match. */
export class Contents {
  readonly #seed: number;
  /** Unix nanoseconds of record 0. */
  readonly base: bigint;

  constructor(seed: number, beganMs: number) {
    this.#seed = seed;
    this.base = (BigInt(beganMs) / 1_000n) * 1_000n * NANOS_PER_MS;
  }

  sum(tenant: string, signal: Signal, n: number): number {
    return crc32(`${this.#seed}:${tenant}:${signal}:${n}`);
  }

  time(signal: Signal, n: number): bigint {
    return signal === 'metrics'
      ? this.base - METRIC_OFFSET_NANOS + BigInt(n) * METRIC_STEP_NANOS
      : this.base + BigInt(n) * RECORD_STEP_NANOS;
  }

  body(tenant: string, n: number): string {
    const sum = this.sum(tenant, 'logs', n);
    return `record ${n} of ${tenant} ${sum.toString(16)} ${'기와'.repeat(sum % 40)}`;
  }

  spanIds(tenant: string, n: number): { traceId: string; spanId: string } {
    const hash = createHash('sha256').update(`${this.#seed}:${tenant}:${n}`).digest('hex');
    return { traceId: hash.slice(0, 32), spanId: hash.slice(32, 48) };
  }

  /** Nanoseconds. */
  duration(tenant: string, n: number): bigint {
    return BigInt(this.sum(tenant, 'traces', n) % 1_000_000_000);
  }

  #attributes(tenant: string, signal: Signal, n: number) {
    return [
      { key: 'n', value: { intValue: String(n) } },
      { key: 'sum', value: { stringValue: this.sum(tenant, signal, n).toString(16) } },
    ];
  }

  #record(tenant: string, signal: Signal, n: number): object {
    const at = this.time(signal, n);
    if (signal === 'logs')
      return {
        timeUnixNano: String(at),
        severityNumber: 1 + (n % 24),
        body: { stringValue: this.body(tenant, n) },
        attributes: this.#attributes(tenant, signal, n),
      };
    if (signal === 'metrics') return { timeUnixNano: String(at), asInt: String(this.sum(tenant, signal, n)) };
    return {
      ...this.spanIds(tenant, n),
      name: `step ${n % 7}`,
      kind: 1 + (n % 5),
      startTimeUnixNano: String(at),
      endTimeUnixNano: String(at + this.duration(tenant, n)),
      attributes: this.#attributes(tenant, signal, n),
    };
  }

  /** An export request in the form of OTLP/JSON. */
  message(tenant: string, signal: Signal, numbers: readonly number[]): object {
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'torture' } }] };
    const records = numbers.map((n) => this.#record(tenant, signal, n));
    if (signal === 'logs') return { resourceLogs: [{ resource, scopeLogs: [{ logRecords: records }] }] };
    if (signal === 'traces') return { resourceSpans: [{ resource, scopeSpans: [{ spans: records }] }] };
    const metrics = [{ name: METRIC, gauge: { dataPoints: records } }];
    return { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] };
  }

  protobuf(tenant: string, signal: Signal, numbers: readonly number[]): Buffer {
    const type = TYPES[signal];
    const message = this.message(tenant, signal, numbers);
    return Buffer.from(type.encode(type.fromObject(withBytes(message))).finish());
  }
}

const IDS = new Set(['traceId', 'spanId']);

/** Ids are hex in JSON and bytes in protobuf. */
function withBytes(of: object): object {
  return JSON.parse(JSON.stringify(of), (key, value: unknown) =>
    IDS.has(key) && typeof value === 'string' ? Buffer.from(value, 'hex').toString('base64') : value,
  ) as object;
}
