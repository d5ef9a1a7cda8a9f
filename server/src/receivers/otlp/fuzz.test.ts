import { SIGNALS, type TenantId } from '@hanok/contract';
import { describe, expect, it } from 'vitest';
import { isHanokError, readBlocks } from '#base';
import { DEFAULT_LIMITS } from '#pipeline';
import { openOtlpDecoder } from './index.ts';
import { ARRIVAL, request } from './testkit/generate.ts';
import { encode, json, REQUEST_TYPES } from './testkit/peer.ts';
import { Random } from './testkit/random.ts';

/** Per signal and encoding; more with FUZZ_MUTATIONS. */
const MUTATIONS = Number(process.env['FUZZ_MUTATIONS'] ?? 5_000);
const timeout = 30_000 + MUTATIONS * 2;
const context = {
  tenant: 'tenant-a' as TenantId,
  arrival: ARRIVAL,
  retentionDays: { logs: 30, traces: 14, metrics: 90 },
};

/** One to four small injuries: flipped bits, cut ends, bytes gone, doubled, moved, or replaced by nasty ones. */
function mutate(original: Uint8Array, random: Random): Uint8Array {
  let bytes = Buffer.from(original);
  for (let i = 1 + random.below(4); i > 0 && bytes.length > 0; i--) {
    const at = random.below(bytes.length);
    const length = random.below(Math.min(16, bytes.length - at) + 1);
    const [before, piece, after] = [
      bytes.subarray(0, at),
      bytes.subarray(at, at + length),
      bytes.subarray(at + length),
    ];
    switch (random.below(7)) {
      case 0:
      case 1:
        bytes = Buffer.from(bytes);
        bytes[at]! ^= 1 << random.below(8);
        break;
      case 2:
        bytes = Buffer.from(before);
        break;
      case 3:
        bytes = Buffer.concat([before, after]);
        break;
      case 4:
        bytes = Buffer.concat([before, piece, piece, after]);
        break;
      case 5:
        bytes = Buffer.concat([before, Buffer.from(random.bytes(length)), after]);
        break;
      default:
        bytes = Buffer.concat([before, Buffer.alloc(length, random.pick([0xff, 0x80, 0x00, 0x7b, 0x5b, 0x22])), after]);
    }
  }
  return bytes;
}

describe.each(SIGNALS)('%s', (signal) => {
  const type = REQUEST_TYPES[signal];
  const seeds = Array.from({ length: 40 }, (_, i) => {
    const random = new Random(i + 1);
    const message = request(signal, random);
    const bytes = encode(signal, message);
    return { bytes, text: Buffer.from(json(message, () => random.chance(0.5))) };
  });

  it(`${MUTATIONS} mutations of protobuf: what we accept, protobufjs accepts; nothing crashes`, { timeout }, () => {
    const decoder = openOtlpDecoder(DEFAULT_LIMITS);
    const random = new Random(42);
    let accepted = 0;
    let refused = 0;
    for (let i = 0; i < MUTATIONS; i++) {
      const bytes = mutate(random.pick(seeds).bytes, random);
      try {
        const decoded = decoder.decode(signal, 'protobuf', bytes, context);
        accepted++;
        for (const block of decoded.batch?.blocks ?? [])
          for (const { rows } of readBlocks(block.bytes)) expect(rows).toBe(block.rows);
      } catch (error) {
        if (!isHanokError(error) || error.code !== 'otlp.malformed') throw error;
        expect(error.at).toMatch(/^byte \d+$/);
        refused++;
        continue;
      }
      try {
        type.decode(bytes);
      } catch (error) {
        // The one thing where we are kinder: text that is not UTF-8 is repaired, and marked if it belongs to a record.
        const reason = String(error);
        if (!/not valid for encoding utf-8/.test(reason))
          throw new Error(`mutation ${i}: ${reason}: ${Buffer.from(bytes).toString('hex')}`, { cause: error });
      }
    }
    expect(accepted).toBeGreaterThan(MUTATIONS / 20);
    expect(refused).toBeGreaterThan(MUTATIONS / 20);
  });

  it(`${MUTATIONS} mutations of JSON: what we accept, JSON.parse accepts; nothing crashes`, { timeout }, () => {
    const decoder = openOtlpDecoder(DEFAULT_LIMITS);
    const random = new Random(43);
    let accepted = 0;
    for (let i = 0; i < MUTATIONS; i++) {
      const bytes = mutate(random.pick(seeds).text, random);
      try {
        decoder.decode(signal, 'json', bytes, context);
        accepted++;
      } catch (error) {
        if (!isHanokError(error) || error.code !== 'otlp.malformed') throw error;
        expect(error.at).toMatch(/^position \d+$/);
        continue;
      }
      expect(() => JSON.parse(Buffer.from(bytes).toString()), Buffer.from(bytes).toString()).not.toThrow();
    }
    expect(accepted).toBeGreaterThan(0);
  });

  it(`holds no more memory after ${MUTATIONS} mutations than after some`, { timeout }, () => {
    const decoder = openOtlpDecoder(DEFAULT_LIMITS);
    const random = new Random(45);
    const run = (count: number) => {
      for (let i = 0; i < count; i++) {
        const { bytes, text } = random.pick(seeds);
        try {
          if (i % 4 === 0) decoder.decode(signal, 'json', mutate(text, random), context);
          else decoder.decode(signal, 'protobuf', mutate(bytes, random), context);
        } catch (error) {
          if (!isHanokError(error)) throw error;
        }
      }
    };
    // Unconfirmed batches are remembered up to a number of them, which the first run reaches.
    run(3_000);
    const before = process.memoryUsage();
    run(MUTATIONS);
    const after = process.memoryUsage();
    // Buffers outside the heap are what a decoder could hoard; the heap itself also has garbage not yet collected.
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(64 << 20);
  });

  it('decodes as before after every refusal', () => {
    const decoder = openOtlpDecoder(DEFAULT_LIMITS);
    const random = new Random(44);
    const { bytes } = seeds.find((seed) => seed.bytes.length > 1_000)!;
    const fresh = openOtlpDecoder(DEFAULT_LIMITS).decode(signal, 'protobuf', bytes, context);
    const rows = (decoded: typeof fresh) =>
      decoded.batch!.blocks.filter((block) => block.table !== 'fields').map(({ table, rows }) => [table, rows]);
    for (let i = 0; i < 300; i++) {
      try {
        decoder.decode(signal, 'protobuf', mutate(bytes, random), context);
      } catch (error) {
        if (!isHanokError(error)) throw error;
      }
      if (i % 30 === 0) expect(rows(decoder.decode(signal, 'protobuf', bytes, context))).toEqual(rows(fresh));
    }
  });
});
