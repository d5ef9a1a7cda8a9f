/** What refers to a resource shows its attributes for as long as it is kept itself. */
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, type Instance, openInstance } from './instance.ts';

let instance: Instance;
beforeAll(async () => {
  instance = await openInstance({ env: { HANOK_LOG_LEVEL: 'error', HANOK_PAST_WINDOW: '60d' } });
});
afterAll(async () => instance?.dispose());

const DAY = 86_400_000;

/** A statement to the pool's engine itself. */
function engine(sql: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socketPath = join(instance.dataDir, 'engines', 'pool', 'engine.sock');
    const asked = request({ socketPath, method: 'POST', path: '/' }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      answer.on('end', () => (answer.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    });
    asked.on('error', reject);
    asked.end(sql);
  });
}

it('shows a metric’s resource after the logs that named it first have expired', { timeout: 120_000 }, async () => {
  const { ingestKey, admin } = instance.tenant('tenant-b');
  // The clock cannot be moved for an engine; the records are: logs are kept for 30 days, metrics for 90.
  const at = Date.now() - 31 * DAY;
  const timeUnixNano = `${BigInt(at) * 1_000_000n}`;
  const resource = {
    attributes: [
      { key: 'service.name', value: { stringValue: 'old-shop' } },
      { key: 'k8s.pod.name', value: { stringValue: 'pod-7' } },
    ],
  };
  const send = async (signal: string, body: object) => {
    const answer = await fetch(`${instance.otlpHttp}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${ingestKey}` },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
  };
  await send('logs', {
    resourceLogs: [{ resource, scopeLogs: [{ logRecords: [{ timeUnixNano, body: { stringValue: 'first' } }] }] }],
  });
  await send('metrics', {
    resourceMetrics: [
      {
        resource,
        scopeMetrics: [{ metrics: [{ name: 'old.gauge', gauge: { dataPoints: [{ timeUnixNano, asDouble: 1.5 }] } }] }],
      },
    ],
  });
  const token = await instance.login(admin);
  const range = `from=${encodeURIComponent(new Date(at - DAY).toISOString())}&to=${encodeURIComponent(new Date(at + DAY).toISOString())}`;
  const names = async () => {
    const { attributes } = await instance.api<{ attributes: { name: string }[] }>(
      token,
      'GET',
      `/api/v1/metrics/old.gauge?${range}`,
    );
    return attributes.map(({ name }) => name);
  };
  await eventually('the metric', async () => (await names()).length > 0);
  for (const table of ['logs', 'resources', 'series', 'samples']) await engine(`OPTIMIZE TABLE hanok.${table} FINAL`);
  expect((await engine("SELECT count() FROM hanok.logs WHERE tenant = 'tenant-b'")).trim()).toBe('0');
  expect(await names()).toContain('resource.k8s.pod.name');
});
