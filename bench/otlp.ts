/** Requests for benchmarks, encoded with the official definitions: logs of about 360 bytes, spans with ten attributes, scrapes. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { Root } = createRequire(import.meta.url)('protobufjs') as typeof import('protobufjs');
const folder = join(import.meta.dirname, '..', 'server', 'src', 'receivers', 'otlp', 'proto');
const root = new Root();
root.resolvePath = (_, target) => (target.startsWith('/') ? target : join(folder, target));
root.loadSync(['logs.proto', 'trace.proto', 'metrics.proto'].map((file) => join(folder, file)));
const LogsData = root.lookupType('opentelemetry.proto.logs.v1.ExportLogsServiceRequest');
const TracesData = root.lookupType('opentelemetry.proto.trace.v1.ExportTraceServiceRequest');
const MetricsData = root.lookupType('opentelemetry.proto.metrics.v1.ExportMetricsServiceRequest');

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const int = (key: string, intValue: number) => ({ key, value: { intValue } });

/** Deterministic bytes that do not compress, as real ids do not. */
function id(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state & 0xff;
  }
  bytes[0]! |= 1;
  return bytes;
}

const SERVICES = ['checkout', 'payment', 'catalog', 'inventory', 'mailer', 'front', 'search', 'recommendation'];
const resource = (n: number) => ({
  attributes: [
    text('service.name', SERVICES[n % SERVICES.length]!),
    text('service.version', '2.14.3'),
    text('deployment.environment.name', 'production'),
    text('host.name', `node-${n % 40}.internal`),
    text('k8s.namespace.name', 'shop'),
    text('k8s.pod.name', `pod-${n % 64}`),
  ],
});
const VERBS = ['reserved', 'charged', 'shipped', 'declined', 'refunded', 'queued', 'retried', 'expired'];

/** One LogsData of `count` records, the `nth` of its series, around `now` (Unix nanoseconds). */
export function encodeLogs(count: number, nth: number, now: bigint): Uint8Array {
  const logRecords = Array.from({ length: count }, (_, i) => {
    const n = nth * count + i;
    return {
      timeUnixNano: String(now - BigInt(n % 600_000) * 1_000_000n),
      observedTimeUnixNano: String(now),
      severityNumber: n % 50 === 0 ? 17 : n % 9 === 0 ? 13 : 9,
      severityText: n % 50 === 0 ? 'ERROR' : n % 9 === 0 ? 'WARN' : 'INFO',
      body: {
        stringValue: `order ${100_000 + (n % 70_000)} ${VERBS[n % VERBS.length]} for customer ${n % 9_973} in ${n % 811} ms, cart has ${n % 17} items, gateway answered ${n % 7}`,
      },
      attributes: [
        text('http.route', `/orders/${n % 40}`),
        text('http.request.method', n % 3 ? 'GET' : 'POST'),
        int('http.response.status_code', n % 50 === 0 ? 500 : 200),
        text('thread.name', `worker-${n % 16}`),
        int('order.items', n % 17),
        text('customer.tier', n % 5 ? 'standard' : 'gold'),
      ],
      traceId: id(16, n),
      spanId: id(8, n + 7),
      flags: 1,
    };
  });
  return LogsData.encode(
    LogsData.fromObject({
      resourceLogs: [{ resource: resource(nth), scopeLogs: [{ scope: { name: 'shop' }, logRecords }] }],
    }),
  ).finish();
}

export function encodeSpans(count: number, nth: number, now: bigint): Uint8Array {
  const spans = Array.from({ length: count }, (_, i) => {
    const n = nth * count + i;
    const start = now - BigInt(n % 600_000) * 1_000_000n;
    return {
      traceId: id(16, Math.floor(n / 8)),
      spanId: id(8, n + 13),
      ...(n % 8 === 0 ? {} : { parentSpanId: id(8, n + 12) }),
      name: n % 8 === 0 ? `POST /orders/${n % 40}` : n % 2 ? 'SELECT orders' : `call ${SERVICES[n % SERVICES.length]}`,
      kind: n % 8 === 0 ? 2 : 3,
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(start + BigInt(1_000_000 + (n % 977) * 131_071)),
      attributes: [
        text('http.route', `/orders/${n % 40}`),
        text('http.request.method', 'POST'),
        int('http.response.status_code', n % 50 === 0 ? 500 : 200),
        text('server.address', 'db.internal'),
        int('server.port', 5432),
        text('db.system', 'postgresql'),
        text('db.statement', `SELECT * FROM orders WHERE id = $1 AND region = ${n % 12}`),
        text('net.peer.name', `10.0.${n % 8}.${n % 250}`),
        text('thread.name', `worker-${n % 16}`),
        int('retry', n % 3),
      ],
      ...(n % 50 === 0 ? { status: { code: 2, message: 'deadline exceeded' } } : {}),
    };
  });
  return TracesData.encode(
    TracesData.fromObject({
      resourceSpans: [{ resource: resource(nth), scopeSpans: [{ scope: { name: 'shop' }, spans }] }],
    }),
  ).finish();
}

/** Processes that are scraped in turns: request `n` is scrape `n / SCRAPED` of process `n % SCRAPED`. */
export const SCRAPED = 20;
const SCRAPE_NANOS = 15_000_000_000n;
const ROUTES = 12;
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/**
 * One scrape: `count` points, one for each series of one process, the same series in every scrape of that process, fifteen
 * seconds apart and beginning an hour before `now`. Of ten points four are gauges, five counters and one is a histogram
 * of fourteen bounds; a metric has a dozen points that differ in one or two attributes.
 */
export function encodeSamples(count: number, nth: number, now: bigint): Uint8Array {
  const tick = Math.floor(nth / SCRAPED);
  const time = String(now - 3_600_000_000_000n + BigInt(tick) * SCRAPE_NANOS);
  const startTimeUnixNano = String(now - 7_200_000_000_000n);
  const metrics = [];
  for (let from = 0; from < count; from += ROUTES) {
    const nthMetric = from / ROUTES;
    const points = Math.min(ROUTES, count - from);
    const each = <T>(make: (i: number) => T) => Array.from({ length: points }, (_, i) => make(i));
    const kind = nthMetric % 10;
    if (kind < 4)
      metrics.push({
        name: `runtime.memory.pool_${nthMetric}.usage`,
        unit: 'By',
        description: 'Bytes in use',
        gauge: {
          dataPoints: each((i) => ({
            timeUnixNano: time,
            asDouble: 1e6 * (i + 1) + Math.round(5e5 * Math.sin(tick / 7 + i + nth)),
            attributes: [text('pool', `generation-${i}`)],
          })),
        },
      });
    else if (kind < 9)
      metrics.push({
        name: `http.server.requests_${nthMetric}`,
        unit: '{request}',
        description: 'Requests served',
        sum: {
          aggregationTemporality: 2,
          isMonotonic: true,
          dataPoints: each((i) => ({
            timeUnixNano: time,
            startTimeUnixNano,
            asInt: String(tick * (17 + i) + ((tick * i) % 5)),
            attributes: [text('http.route', `/orders/${i}`), int('http.response.status_code', i % 4 ? 200 : 500)],
          })),
        },
      });
    else
      metrics.push({
        name: `http.server.request.duration_${nthMetric}`,
        unit: 's',
        description: 'Time from the first byte in to the last byte out',
        histogram: {
          aggregationTemporality: 2,
          dataPoints: each((i) => {
            const bucketCounts = Array.from({ length: BOUNDS.length + 1 }, (_, b) => (tick + 1) * ((i + b * b) % 23));
            const total = bucketCounts.reduce((sum, one) => sum + one, 0);
            return {
              timeUnixNano: time,
              startTimeUnixNano,
              count: String(total),
              sum: total * 0.0731,
              min: 0.0011,
              max: 9.7,
              explicitBounds: BOUNDS,
              bucketCounts: bucketCounts.map(String),
              attributes: [text('http.route', `/orders/${i}`), text('http.request.method', i % 3 ? 'GET' : 'POST')],
            };
          }),
        },
      });
  }
  return MetricsData.encode(
    MetricsData.fromObject({
      resourceMetrics: [{ resource: resource(nth % SCRAPED), scopeMetrics: [{ scope: { name: 'runtime' }, metrics }] }],
    }),
  ).finish();
}
