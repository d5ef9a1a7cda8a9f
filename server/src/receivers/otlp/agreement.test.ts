import type { TenantId } from '@hanok/contract';
import { SIGNALS } from '@hanok/contract';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '#pipeline';
import { openOtlpDecoder } from './index.ts';
import { compare, everything } from './testkit/compare.ts';
import { ARRIVAL, request } from './testkit/generate.ts';
import { encode, json, decode as peerDecode } from './testkit/peer.ts';
import { Random } from './testkit/random.ts';

const MESSAGES = Number(process.env['FUZZ_MESSAGES'] ?? 400);
const context = {
  tenant: 'tenant-a' as TenantId,
  arrival: ARRIVAL,
  epoch: 'first',
  retentionDays: { logs: 30, traces: 14, metrics: 90 },
};

describe.each(SIGNALS)('%s', (signal) => {
  it(`keeps every field that protobufjs reads, in ${MESSAGES} random requests, and the same from JSON`, () => {
    const decoder = openOtlpDecoder(DEFAULT_LIMITS);
    const another = openOtlpDecoder(DEFAULT_LIMITS);
    let records = 0;
    for (let seed = 1; seed <= MESSAGES; seed++) {
      const random = new Random(seed * 7_919);
      const bytes = encode(signal, request(signal, random));
      const message = peerDecode(signal, bytes);
      const decoded = decoder.decode(signal, 'protobuf', bytes, context);
      const text = json(message, () => random.chance(0.5));
      const fromJson = another.decode(signal, 'json', new TextEncoder().encode(text), context);
      try {
        compare[signal](decoded, message);
        expect(everything(fromJson)).toEqual(everything(decoded));
        expect({ ...fromJson, batch: null }).toEqual({ ...decoded, batch: null });
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}\n${text.slice(0, 2_000)}`, { cause: error });
      }
      records += decoded.records;
    }
    expect(records).toBeGreaterThan(MESSAGES);
  });
});
