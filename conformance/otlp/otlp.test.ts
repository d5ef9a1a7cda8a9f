import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Signal, TenantId } from '@hanok/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../server/src/pipeline/index.ts';
import { START } from '../../server/src/query/testkit/data.ts';
import { openTestInstance, TENANT_A, TENANT_B, type TestInstance } from '../../server/src/query/testkit/instance.ts';
import { openOtlpDecoder } from '../../server/src/receivers/otlp/index.ts';
import { encode, json } from '../../server/src/receivers/otlp/testkit/peer.ts';
import { expand, pick, type Sent, withBytes } from './case.ts';

const HOUR = 3_600_000_000_000n;
const here = import.meta.dirname;
const names = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

let instance: TestInstance;
beforeAll(async () => {
  instance = await openTestInstance();
});
afterAll(() => instance?.close());

/** The real decoder, a real store, the real routes; nothing is left out between what is sent and what is read back. */
describe.each(names)('%s', (name) => {
  // Each case has an hour of its own, so that it reads back only what it sent.
  const base = START + BigInt(names.indexOf(name)) * HOUR;
  const sent = expand(JSON.parse(readFileSync(join(here, name, 'case.json'), 'utf8')), base) as Sent;
  const range = { from: String(base), to: String(base + HOUR) };
  const encodings = sent.encodings ?? (['json', 'protobuf'] as const);

  it.each(encodings)('as %s', async (encoding) => {
    const tenant: TenantId = encoding === 'json' ? TENANT_A : TENANT_B;
    const decoder = openOtlpDecoder(DEFAULT_LIMITS);
    const bytes = bytesOf(sent.signal, encoding, sent.send);
    const context = {
      tenant,
      arrival: base + 10_000_000_000n,
      epoch: 'first',
      retentionDays: { logs: 30, traces: 30, metrics: 90 },
    };
    const decoded = decoder.decode(sent.signal, encoding, bytes, context);
    expect(decoded.rejected).toBe(sent.rejected ?? 0);
    expect(decoded.message).toMatch(new RegExp(sent.message ?? '^$'));
    if (decoded.batch) await instance.insert(decoded.batch);
    for (const { call, input, expect: expected } of sent.read) {
      const [method, path] = call;
      const answer = await instance.call(tenant, method, path, { ...range, ...input });
      const tenants = JSON.parse(JSON.stringify(expected).replaceAll('$tenant', tenant));
      expect(pick(answer, tenants)).toEqual(tenants);
    }
  });
});

function bytesOf(signal: Signal, encoding: 'json' | 'protobuf', message: object): Uint8Array {
  if (encoding === 'protobuf') return encode(signal, withBytes(message) as object);
  return new TextEncoder().encode(json(message, () => false));
}
