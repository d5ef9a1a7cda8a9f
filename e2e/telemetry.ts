/** A small shop's hour of telemetry as OTLP/JSON: traces with a slow query, their logs, and metrics. Deterministic. */
import type { Instance } from './instance.ts';

const value = (one: unknown) =>
  typeof one === 'number'
    ? Number.isInteger(one)
      ? { intValue: String(one) }
      : { doubleValue: one }
    : { stringValue: String(one) };
const attributes = (record: Record<string, unknown>) =>
  Object.entries(record).map(([key, one]) => ({ key, value: value(one) }));
const hex = (n: number, digits: number) =>
  (BigInt(n + 1) * 0x9e3779b97f4a7c15n).toString(16).padStart(digits, '0').slice(-digits).replace(/^0/, 'f');

export interface Sent {
  readonly slowTrace: string;
  readonly traces: number;
}

const SERVICES = ['front', 'orders', 'payment', 'inventory', 'mailer'] as const;

export async function sendShop(instance: Instance, tenant: string, traces = 240, now = Date.now()): Promise<Sent> {
  const { ingestKey } = instance.tenant(tenant);
  const spans = new Map<string, unknown[]>(SERVICES.map((name) => [name, []]));
  const logs = new Map<string, unknown[]>(SERVICES.map((name) => [name, []]));
  let slowTrace = '';
  for (let i = 0; i < traces; i++) {
    const slow = i % 40 === 7;
    const failed = i % 23 === 5;
    const traceId = hex(i, 32).padStart(32, 'a');
    if (slow) slowTrace = traceId;
    const at = now - 3_000_000 + Math.floor((i / traces) * 2_950_000);
    const nanos = (offset: number) => `${BigInt(at) * 1_000_000n + BigInt(Math.round(offset * 1e6))}`;
    const query = slow ? 1_800 + (i % 7) * 60 : 12 + (i % 9);
    const total = query + 40;
    const add = (
      service: string,
      n: number,
      parent: number,
      name: string,
      kind: number,
      from: number,
      long: number,
      extra: Record<string, unknown>,
      status = 0,
      message = '',
    ) => {
      spans.get(service)!.push({
        traceId,
        spanId: hex(i * 10 + n, 16),
        ...(parent < 0 ? {} : { parentSpanId: hex(i * 10 + parent, 16) }),
        name,
        kind,
        startTimeUnixNano: nanos(from),
        endTimeUnixNano: nanos(from + long),
        attributes: attributes(extra),
        status: { code: status, message },
        ...(status === 2
          ? {
              events: [
                {
                  timeUnixNano: nanos(from + long),
                  name: 'exception',
                  attributes: attributes({ 'exception.type': 'PaymentDeclined', 'exception.message': message }),
                },
              ],
            }
          : {}),
      });
    };
    const log = (service: string, n: number, offset: number, severity: string, body: string) =>
      logs.get(service)!.push({
        timeUnixNano: nanos(offset),
        severityText: severity,
        body: { stringValue: body },
        traceId,
        spanId: hex(i * 10 + n, 16),
        attributes: attributes({ 'order.id': 4_000 + i, customer: `c-${i % 37}` }),
      });
    add(
      'front',
      0,
      -1,
      'POST /checkout',
      2,
      0,
      total,
      { 'http.route': '/checkout', 'http.request.method': 'POST', 'http.response.status_code': failed ? 502 : 200 },
      failed ? 2 : 0,
      failed ? 'upstream failed' : '',
    );
    add('front', 1, 0, 'POST', 3, 2, total - 4, { 'server.address': 'orders', 'http.request.method': 'POST' });
    add('orders', 2, 1, 'POST /orders', 2, 4, total - 8, {
      'http.route': '/orders',
      'http.response.status_code': failed ? 502 : 201,
    });
    add('orders', 3, 2, 'SELECT stock', 3, 8, query, {
      'db.system': 'postgresql',
      'db.statement': slow
        ? 'SELECT * FROM stock s, pg_sleep(2) WHERE s.sku = $1 FOR UPDATE'
        : 'SELECT * FROM stock WHERE sku = $1',
    });
    add(
      'payment',
      4,
      2,
      'POST /charge',
      2,
      12 + query,
      14,
      { 'http.route': '/charge', 'http.response.status_code': failed ? 402 : 200 },
      failed ? 2 : 0,
      failed ? 'card declined' : '',
    );
    add('inventory', 5, 2, 'reserve', 1, 27 + query, 3, { sku: `sku-${i % 12}` });
    if (i % 3 === 0)
      add('mailer', 6, 2, 'orders.created process', 5, total + 20, 30, {
        'messaging.system': 'rabbitmq',
        'messaging.destination.name': 'orders.created',
      });
    log('front', 0, 1, 'info', `POST /checkout 주문 ${4_000 + i} 접수`);
    log(
      'orders',
      3,
      8 + query,
      slow ? 'warn' : 'debug',
      slow ? `느린 쿼리: SELECT stock took ${query} ms` : `stock read in ${query} ms`,
    );
    if (failed) log('payment', 4, 26 + query, 'error', `결제 실패: card declined for order ${4_000 + i}`);
    if (i % 3 === 0) log('mailer', 6, total + 40, 'info', `{"level":30,"msg":"mail sent","order":${4_000 + i}}`);
  }
  const resource = (service: string) => ({
    attributes: attributes({
      'service.name': service,
      'host.name': `vm-${service.length % 3}`,
      'deployment.environment.name': 'production',
      'service.version': '1.4.2',
    }),
  });
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(instance.otlpHttp + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ingestKey}` },
      body: JSON.stringify(body),
    });
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  };
  await post('/v1/traces', {
    resourceSpans: SERVICES.map((name) => ({
      resource: resource(name),
      scopeSpans: [{ scope: { name: 'shop', version: '1' }, spans: spans.get(name) }],
    })),
  });
  await post('/v1/logs', {
    resourceLogs: SERVICES.map((name) => ({
      resource: resource(name),
      scopeLogs: [{ scope: { name: 'shop' }, logRecords: logs.get(name) }],
    })),
  });
  const points = (make: (i: number) => object) =>
    Array.from({ length: 50 }, (_, i) => ({
      timeUnixNano: `${BigInt(now - (50 - i) * 60_000) * 1_000_000n}`,
      startTimeUnixNano: `${BigInt(now - 3_600_000) * 1_000_000n}`,
      ...make(i),
    }));
  await post('/v1/metrics', {
    resourceMetrics: SERVICES.slice(0, 3).map((name, s) => ({
      resource: resource(name),
      scopeMetrics: [
        {
          scope: { name: 'runtime' },
          metrics: [
            {
              name: 'process.memory.usage',
              unit: 'By',
              description: 'Resident memory',
              gauge: {
                dataPoints: points((i) => ({
                  asInt: String(90_000_000 + s * 20_000_000 + i * 400_000 * (s === 1 ? 4 : 1)),
                })),
              },
            },
            {
              name: 'http.server.requests',
              unit: '{request}',
              sum: {
                aggregationTemporality: 2,
                isMonotonic: true,
                dataPoints: points((i) => ({
                  asInt: String(i * (30 + s * 12) + (i % 5)),
                  attributes: attributes({ 'http.route': '/orders' }),
                })),
              },
            },
            {
              name: 'http.server.request.duration',
              unit: 's',
              histogram: {
                aggregationTemporality: 2,
                dataPoints: points((i) => ({
                  count: String(100 * (i + 1)),
                  sum: 12.5 * (i + 1),
                  explicitBounds: [0.01, 0.05, 0.1, 0.5, 1, 5],
                  bucketCounts: [10, 40, 30, 15, 4, 1, 0].map((n) => String(n * (i + 1))),
                })),
              },
            },
          ],
        },
      ],
    })),
  });
  return { slowTrace, traces };
}
