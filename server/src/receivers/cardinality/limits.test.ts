import type { TenantId } from '@hanok/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Meter, readRows, silentLog, systemClock } from '#base';
import { cardinalityLimits, DEFAULT_LIMITS } from '#pipeline';
import { openOtlpDecoder } from '../otlp/index.ts';
import { openTestInstance, type TestInstance } from '../test-instance.ts';
import { Ledgers } from './ledgers.ts';

let instance: TestInstance;
let ledgers: Ledgers;
const meter = new Meter();

/** Two decode threads and the main thread, one ledger: small bodies are decoded inline, large ones on the threads. */
beforeEach(async () => {
  ledgers = new Ledgers({
    limits: { ...cardinalityLimits(DEFAULT_LIMITS), services: 10, metrics: 10 },
    dir: undefined,
    clock: systemClock,
    log: silentLog,
    meter,
    key: () => [1, 2],
  });
  instance = await openTestInstance(
    { decodeThreads: 2, inlineBytes: 4_096 },
    {
      threadModule: new URL('../workers/thread.ts', import.meta.url),
      threadData: DEFAULT_LIMITS,
      inline: openOtlpDecoder(DEFAULT_LIMITS),
    },
    { ledgers },
  );
});
afterEach(() => instance.close());

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const now = () => String(BigInt(Date.now()) * 1_000_000n);

async function send(path: string, body: object, key = 'key-a'): Promise<{ partialSuccess?: Record<string, string> }> {
  const answer = await fetch(`http://127.0.0.1:${instance.receivers.httpPort}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as { partialSuccess?: Record<string, string> };
}
/** `size` bytes of body decide where it is decoded. */
const logsOf = (service: string, size: number) => ({
  resourceLogs: [
    {
      resource: { attributes: [attribute('service.name', service)] },
      scopeLogs: [{ logRecords: [{ timeUnixNano: now(), body: { stringValue: 'x'.repeat(size) } }] }],
    },
  ],
});
const column = (table: string, name: string) =>
  instance
    .stored('tenant-a')
    .flatMap(({ blocks }) => blocks.filter((block) => block.table === table))
    .flatMap(({ bytes }) => [...readRows(bytes)].map((row) => String(row[name])));

describe('a limit of a tenant', () => {
  it('holds for all threads together, and says so in the answer, the activity, the notices and the counters', async () => {
    const services = Array.from({ length: 40 }, (_, i) => i);
    const answers = await Promise.all(
      services.map((i) => send('/v1/logs', logsOf(`s${i}`, i % 2 === 0 ? 10 : 20_000))),
    );
    const names = column('logs', 'service_name');
    expect(names).toHaveLength(40);
    expect(new Set(names).size).toBe(11);
    expect(names.filter((name) => name === '(other services)')).toHaveLength(30);
    const told = answers.filter((answer) => answer.partialSuccess);
    expect(told).toHaveLength(30);
    expect(told[0]!.partialSuccess).toEqual({
      errorMessage: expect.stringMatching(
        /^1 kept under "\(other services\)", beyond the limit of 10 service names a day/,
      ),
    });
    const events = instance.events.filter((event) => event.code === 'receivers.warned');
    expect(events).toHaveLength(30);
    expect(events[0]).toMatchObject({ outcome: 'accepted', reason: 'limit-services', values: { limit: 10, count: 1 } });
    expect(ledgers.notices('tenant-a' as TenantId)).toMatchObject([
      { code: 'pipeline.limit-services', values: { limit: 10, count: 30 } },
    ]);
    expect(ledgers.notices('tenant-b' as TenantId)).toEqual([]);
    const counted = meter.samples().find((one) => one.name === 'hanok_pipeline_limited_total');
    expect(counted).toMatchObject({ labels: { limit: 'services' }, value: 30 });
    // What was admitted on one thread is known on all.
    const own = names.find((name) => name !== '(other services)')!;
    instance.forget();
    for (const size of [10, 20_000, 20_000, 20_000]) expect(await send('/v1/logs', logsOf(own, size))).toEqual({});
    expect(new Set(column('logs', 'service_name'))).toEqual(new Set([own]));
    // Another tenant is not concerned.
    expect(await send('/v1/logs', logsOf('s39', 10), 'key-b')).toEqual({});
  });

  it('rejects what cannot be kept as partial success, with the count', async () => {
    const metrics = Array.from({ length: 12 }, (_, i) => ({
      name: `m${i}`,
      gauge: { dataPoints: [{ timeUnixNano: now(), asInt: '1' }] },
    }));
    const answer = await send('/v1/metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
    expect(answer.partialSuccess).toEqual({
      rejectedDataPoints: '2',
      errorMessage: '2 rejected: beyond the limit of 10 metric names a day; the last new one is m11',
    });
    expect(instance.events.at(-1)).toMatchObject({
      outcome: 'partial',
      code: 'receivers.partial',
      reason: 'limit-metrics',
      values: { limit: 10, count: 2, name: 'm11' },
      records: 10,
      rejected: 2,
    });
  });
});
