/**
 * Rows as real services send them, made by the engine itself from a row number: a dozen services on six hosts, ten
 * spans to a trace, bodies that repeat but for their numbers, random ids. Deterministic but for `rand()`.
 */
const START = '2026-11-20 00:00:00';

const one = (seed: number, ...values: readonly (string | number)[]) =>
  `[${values.map((value) => (typeof value === 'string' ? `'${value}'` : value)).join(',')}][rand(${seed}) % ${values.length} + 1]`;
const text = (expression: string) => `toString(${expression})`;
const map = (pairs: Readonly<Record<string, string>>) =>
  `CAST(map(${Object.entries(pairs)
    .map(([key, value]) => `'${key}', ${value}`)
    .join(', ')}), 'Map(LowCardinality(String), String)')`;
const traceOf = (row: string) => `MD5(concat('t', ${text(row)}))`;
const spanOf = (row: string) => `toFixedString(substring(MD5(${text(row)}), 1, 8), 8)`;

/** Columns that differ from zero; the rest is filled in by the insert. */
export const SHAPES: Readonly<Record<'logs' | 'spans' | 'samples', Readonly<Record<string, string>>>> = {
  logs: {
    tenant: "'tenant-b'",
    timestamp: `toDateTime64('${START}', 9, 'UTC') + toIntervalNanosecond(n * 20000000 + rand(1) % 15000000)`,
    observed_delay: '1000000 + rand(2) % 900000000',
    severity_number: one(3, 9, 9, 9, 9, 9, 9, 5, 13, 17, 9),
    severity_text: one(3, 'info', 'info', 'info', 'info', 'info', 'info', 'debug', 'warn', 'error', 'info'),
    severity_original: 'upper(severity_text)',
    service_name: `concat('svc-', ${text('rand(4) % 12')})`,
    environment: "'production'",
    host_name: `concat('host-', ${text('rand(4) % 12 % 6')})`,
    resource_id: 'sipHash64(rand(4) % 12)',
    scope_id: 'sipHash64(rand(4) % 12 + 100)',
    trace_id: `if(rand(5) % 10 < 6, ${traceOf('intDiv(n, 6)')}, toFixedString('', 16))`,
    span_id: `if(rand(5) % 10 < 6, ${spanOf('n')}, toFixedString('', 8))`,
    flags: 'toUInt32(rand(5) % 10 < 6)',
    body: `[
      concat('GET /api/orders/', ${text('rand(6) % 100000')}, ' 200 in ', ${text('rand(7) % 900')}, ' ms for user ', ${text('rand(8) % 50000')}),
      concat('payment accepted for order ', ${text('rand(6) % 100000')}, ' amount ', ${text('rand(7) % 90000')}, ' KRW gateway=toss attempt ', ${text('rand(9) % 3')}),
      concat('cache miss key=session:', hex(rand64(10)), ' ttl=', ${text('rand(7) % 3600')}),
      concat('connection to database orders-primary.internal:5432 timed out after ', ${text('rand(7) % 5000')}, ' ms, retrying with backoff'),
      concat('user ', ${text('rand(8) % 50000')}, ' signed in from 10.', ${text('rand(9) % 256')}, '.', ${text('rand(11) % 256')}, '.', ${text('rand(12) % 256')}),
      concat('kafka consumer group checkout lag partition ', ${text('rand(6) % 24')}, ' offset ', ${text('800000000 + n')}, ' committed')
    ][rand(13) % 6 + 1]`,
    body_type: '115',
    attributes: map({
      'http.request.method': one(14, 'GET', 'POST', 'PUT'),
      'http.response.status_code': one(15, '200', '200', '404', '500'),
      'url.path': `concat('/api/orders/', ${text('rand(6) % 100000')})`,
      'thread.name': `concat('worker-', ${text('rand(16) % 16')})`,
      'code.function.name': one(17, 'handle', 'charge', 'lookup', 'publish'),
      'user.id': text('rand(8) % 50000'),
    }),
    attribute_types: "'sisssi'",
    retention_days: '30',
  },
  spans: {
    tenant: "'tenant-b'",
    timestamp: `toDateTime64('${START}', 9, 'UTC') + toIntervalNanosecond(intDiv(n, 10) * 100000000 + (n % 10) * 3000000 + rand(1) % 2000000)`,
    duration: 'toInt64(exp(12 + randNormal(0, 1.5, 2)))',
    trace_id: traceOf('intDiv(n, 10)'),
    span_id: spanOf('n'),
    parent_span_id: `if(n % 10 = 0, toFixedString('', 8), ${spanOf('n - 1')})`,
    flags: '257',
    name: "['GET /api/orders/{id}','SELECT orders','POST /checkout','redis GET','publish order.created','charge','render','SELECT users','HTTP GET','process order.created'][n % 10 + 1]",
    kind: '[2,3,2,3,4,1,1,3,3,5][n % 10 + 1]',
    status_code: 'if(rand(3) % 50 = 0, 2, 0)',
    status_message: "if(rand(3) % 50 = 0, 'upstream timed out', '')",
    service_name: `concat('svc-', ${text('intDiv(n % 10, 2) + 5 * (rand(4) % 2)')})`,
    environment: "'production'",
    host_name: `concat('host-', ${text('rand(4) % 6')})`,
    resource_id: 'sipHash64(intDiv(n % 10, 2) + 5 * (rand(4) % 2))',
    scope_id: 'sipHash64(n % 10 + 100)',
    attributes: map({
      'http.request.method': one(14, 'GET', 'POST', 'PUT'),
      'http.response.status_code': one(15, '200', '200', '404', '500'),
      'url.full': `concat('http://orders.internal:8080/api/orders/', ${text('rand(6) % 100000')})`,
      'server.address': "'orders.internal'",
      'server.port': "'8080'",
      'network.peer.address': `concat('10.0.', ${text('rand(9) % 16')}, '.', ${text('rand(11) % 256')})`,
      'thread.id': text('rand(16) % 16'),
      'user.id': text('rand(8) % 50000'),
      'db.query.text': "if(n % 10 = 1, 'SELECT id, total, status FROM orders WHERE id = ?', '')",
    }),
    attribute_types: "'sissisiss'",
    retention_days: '30',
  },
  samples: {
    tenant: "'tenant-b'",
    metric: "concat('metric.', toString(n % 20))",
    series_id: 'sipHash64(n % 2000)',
    timestamp: `toDateTime64('${START}', 9, 'UTC') + toIntervalMillisecond(intDiv(n, 2000) * 15000 + rand(1) % 20)`,
    start_time: '1795132800000000000',
    value:
      'if(n % 2 = 0, floor(intDiv(n, 2000) * 7.5 + rand(2) % 5), round(50 + 20 * sin(n / 3000) + rand(3) % 100 / 25, 2))',
    number_type: '1',
    retention_days: '30',
  },
};
