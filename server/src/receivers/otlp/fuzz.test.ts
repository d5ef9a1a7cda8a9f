import { SIGNALS } from '@hanok/contract';
import { describe, expect, it } from 'vitest';
import { isHanokError } from '#base';
import { DEFAULT_LIMITS } from '#pipeline';
import { openOtlpDecoder } from './index.ts';
import { request } from './testkit/generate.ts';
import { context, judgeJson, judgeProtobuf } from './testkit/judge.ts';
import { mutate } from './testkit/mutate.ts';
import { encode, json } from './testkit/peer.ts';
import { Random } from './testkit/random.ts';

/** Per signal and encoding, 24,000 in all; more with FUZZ_MUTATIONS, or `npm run torture -- --fuzz`. */
const MUTATIONS = Number(process.env['FUZZ_MUTATIONS'] ?? 4_000);
const timeout = 30_000 + MUTATIONS * 2;
describe.each(SIGNALS)('%s', (signal) => {
  const seeds = Array.from({ length: 40 }, (_, i) => {
    const random = new Random(i + 1);
    const message = request(signal, random);
    const bytes = encode(signal, message);
    return { bytes, text: Buffer.from(json(message, () => random.chance(0.5))) };
  });

  it(`${MUTATIONS} mutations of protobuf: we and protobufjs accept the same and read the same`, { timeout }, () => {
    const decoder = openOtlpDecoder(DEFAULT_LIMITS);
    const random = new Random(42);
    const counts = { agreed: 0, refused: 0, kinder: 0, stricter: 0, limited: 0 };
    for (let i = 0; i < MUTATIONS; i++) {
      const bytes = mutate(random.pick(seeds).bytes, random.pick(seeds).bytes, random);
      try {
        counts[judgeProtobuf(decoder, signal, bytes)]++;
      } catch (error) {
        throw new Error(`mutation ${i}: ${bytes.toString('hex')}`, { cause: error });
      }
    }
    expect(counts.agreed).toBeGreaterThan(MUTATIONS / 20);
    expect(counts.refused).toBeGreaterThan(MUTATIONS / 20);
  });

  it(`${MUTATIONS} mutations of JSON: as JSON.parse and protobufjs' reflection have it`, { timeout }, () => {
    const decoder = openOtlpDecoder(DEFAULT_LIMITS);
    const other = openOtlpDecoder(DEFAULT_LIMITS);
    const random = new Random(43);
    const counts = { agreed: 0, refused: 0, kinder: 0, stricter: 0, limited: 0 };
    for (let i = 0; i < MUTATIONS; i++) {
      const bytes = mutate(random.pick(seeds).text, random.pick(seeds).text, random);
      try {
        counts[judgeJson(decoder, other, signal, bytes)]++;
      } catch (error) {
        throw new Error(`mutation ${i}: ${bytes.toString()}`, { cause: error });
      }
    }
    expect(counts.agreed).toBeGreaterThan(MUTATIONS / 20);
    expect(counts.refused).toBeGreaterThan(MUTATIONS / 20);
  });

  it(`holds no more memory after ${MUTATIONS} mutations than after some`, { timeout }, () => {
    const decoder = openOtlpDecoder(DEFAULT_LIMITS);
    const random = new Random(45);
    const run = (count: number) => {
      for (let i = 0; i < count; i++) {
        const { bytes, text } = random.pick(seeds);
        try {
          if (i % 4 === 0) decoder.decode(signal, 'json', mutate(text, text, random), context);
          else decoder.decode(signal, 'protobuf', mutate(bytes, bytes, random), context);
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
        decoder.decode(signal, 'protobuf', mutate(bytes, bytes, random), context);
      } catch (error) {
        if (!isHanokError(error)) throw error;
      }
      if (i % 30 === 0) expect(rows(decoder.decode(signal, 'protobuf', bytes, context))).toEqual(rows(fresh));
    }
  });
});

describe('the judge', () => {
  const point = (n: number) => ({ timeUnixNano: '1700000000000000000', asInt: String(n) });
  const described = (name: string, description: string) => ({ name, description, gauge: { dataPoints: [point(1)] } });
  const judged = (...metrics: object[]) => {
    const bytes = encode('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
    return judgeProtobuf(openOtlpDecoder(DEFAULT_LIMITS), 'metrics', bytes);
  };

  it('lets a series that is described twice keep one of its own descriptions', () => {
    expect(judged(described('a', 'one'), described('a', 'other'))).toBe('agreed');
    expect(judged(described('a', 'one'), described('b', 'other'))).toBe('agreed');
  });
});
