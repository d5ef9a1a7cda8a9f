/** Telemetry of the official SDK, straight and through a real Collector, arrives whole, once, in the right instance. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Instance, openInstance } from './instance.ts';
import { type Collector, collectorPath, GREETINGS, greet, openCollector } from './real-clients/clients.ts';

let instance: Instance;
const tokens = new Map<string, string>();
const range = { from: 'now-1h', to: 'now+5m' };

interface SpanRow {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly kind: string;
  readonly environment: string;
  readonly attributes: Record<string, unknown>;
}
interface LogRow {
  readonly body: unknown;
  readonly severityText: string;
  readonly serviceName: string;
  readonly environment: string;
  readonly hostName: string;
  readonly businessId: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly timestamp: string;
  readonly attributes: Record<string, unknown>;
}

const spansOf = async (tenant: string, service: string) =>
  (
    await instance.api<{ rows: SpanRow[] }>(tokens.get(tenant)!, 'POST', '/api/v1/traces/search', {
      ...range,
      query: `service.name:"${service}"`,
      limit: 1_000,
    })
  ).rows;
const logsOf = async (tenant: string, service: string) =>
  (
    await instance.api<{ rows: LogRow[] }>(tokens.get(tenant)!, 'POST', '/api/v1/logs/search', {
      ...range,
      query: `service.name:"${service}"`,
      limit: 1_000,
    })
  ).rows;

beforeAll(async () => {
  instance = await openInstance();
  for (const { id, admin } of instance.bootstrap.tenants) tokens.set(id, await instance.login(admin));
});
afterAll(async () => instance?.dispose());

/** What twenty greetings must have become, wherever they went through. */
async function expectGreetings(tenant: string, other: string, service: string): Promise<void> {
  const spans = await eventually(`spans of ${service}`, async () => {
    const found = await spansOf(tenant, service);
    return found.length >= 2 * GREETINGS && found;
  });
  expect(spans).toHaveLength(2 * GREETINGS);
  const servers = spans.filter((span) => span.kind === 'server');
  const clients = new Map(spans.filter((span) => span.kind === 'client').map((span) => [span.spanId, span]));
  expect(servers).toHaveLength(GREETINGS);
  for (const span of servers) {
    expect(clients.get(span.parentSpanId)?.traceId).toBe(span.traceId);
    expect(span.environment).toBe('e2e');
    expect(span.attributes['http.response.status_code']).toBe(200);
  }

  const logs = await eventually(`logs of ${service}`, async () => {
    const found = await logsOf(tenant, service);
    return found.length >= GREETINGS && found;
  });
  expect(logs).toHaveLength(GREETINGS);
  for (const log of logs) {
    expect(log).toMatchObject({ severityText: 'warn', environment: 'e2e', businessId: tenant });
    expect(log.body).toMatch(/^greeting guest-\d+ 안녕하세요$/);
    const server = servers.find((span) => span.traceId === log.traceId);
    expect(server?.spanId).toBe(log.spanId);
  }

  const heap = await eventually(`metrics of ${service}`, async () => {
    const { metrics } = await instance.api<{ metrics: Array<{ name: string; services: string[] }> }>(
      tokens.get(tenant)!,
      'GET',
      '/api/v1/metrics?from=now-1h&to=now%2B5m&limit=1000',
    );
    return metrics.find((metric) => metric.name === 'v8js.memory.heap.used' && metric.services.includes(service));
  });
  expect(heap.services).toContain(service);

  expect(await spansOf(other, service)).toEqual([]);
  expect(await logsOf(other, service)).toEqual([]);
}

describe('the official SDK, straight', () => {
  it.each([
    ['grpc', 'tenant-a', 'tenant-b'],
    ['http/protobuf', 'tenant-b', 'tenant-a'],
    ['http/json', 'tenant-a', 'tenant-b'],
  ] as const)('%s for %s', async (protocol, tenant, other) => {
    const service = `straight-${protocol.replace('/', '-')}`;
    const endpoint = protocol === 'grpc' ? `http://${instance.otlpGrpc}` : instance.otlpHttp;
    await greet(service, protocol, endpoint, instance.tenant(tenant).ingestKey);
    await expectGreetings(tenant, other, service);
  });
});

describe.skipIf(collectorPath === undefined).each([
  ['grpc', 'tenant-a', 'tenant-b'],
  ['http', 'tenant-b', 'tenant-a'],
] as const)('through a real Collector that sends by %s for %s', (protocol, tenant, other) => {
  let collector: Collector;
  beforeAll(async () => {
    collector = await openCollector(instance, tenant, protocol);
  });
  afterAll(async () => collector?.stop());

  it('greetings arrive, without a key on the host’s own programs', async () => {
    const service = `collected-${protocol}`;
    await greet(service, 'http/protobuf', collector.endpoint, undefined);
    await expectGreetings(tenant, other, service);
  });

  it('the file that PM2 writes arrives, its wrapper taken off', async () => {
    const service = `pm2-${protocol}`;
    const at = new Date();
    const pm2 = (message: string, type = 'out') => ({
      message: `${message}\n`,
      timestamp: at.toISOString(),
      type,
      process_id: 0,
      app_name: service,
    });
    const traceId = `${protocol === 'grpc' ? 'a' : 'b'}`.repeat(32);
    const pino = { level: 40, time: at.getTime(), msg: '주문 지연', orderId: 7, trace_id: traceId };
    collector.write([
      pm2(JSON.stringify({ ...pino, span_id: 'c'.repeat(16), trace_flags: '01' })),
      pm2('a plain line'),
      pm2('TypeError: cannot read it', 'err'),
    ]);
    const rows = await eventually('three lines', async () => {
      const found = await logsOf(tenant, service);
      return found.length >= 3 && found;
    });
    expect(rows).toHaveLength(3);
    const body = (text: string) => rows.find((row) => row.body === text);
    expect(body('주문 지연')).toMatchObject({
      ...{ severityText: 'warn', traceId, spanId: 'c'.repeat(16), businessId: tenant, environment: 'e2e-host' },
      timestamp: `${at.getTime()}000000`,
      attributes: { orderId: 7 },
    });
    expect(body('a plain line')).toMatchObject({ severityText: 'info' });
    expect(body('TypeError: cannot read it')).toMatchObject({ severityText: 'error' });
    for (const row of rows) expect(row.hostName).not.toBe('');
    expect(await logsOf(other, service)).toEqual([]);
  });

  it('the Collector itself complains of nothing', () => {
    expect(collector.output()).not.toMatch(/\terror\t/);
  });
});

describe.skipIf(collectorPath === undefined).each([
  ['grpc', 'snappy', 'tenant-a', 'tenant-b'],
  ['http', 'snappy', 'tenant-b', 'tenant-a'],
  ['grpc', 'zstd', 'tenant-b', 'tenant-a'],
] as const)('through a real Collector that sends by %s in %s', (protocol, compression, tenant, other) => {
  it('greetings arrive', async () => {
    const collector = await openCollector(instance, tenant, protocol, compression);
    try {
      const service = `${compression}-${protocol}`;
      await greet(service, 'http/protobuf', collector.endpoint, undefined);
      await expectGreetings(tenant, other, service);
      expect(collector.output()).not.toMatch(/\terror\t/);
    } finally {
      await collector.stop();
    }
  });
});
