import fc from 'fast-check';
import { compress, uncompress } from 'snappyjs';
import { describe, expect, it } from 'vitest';
import { inflate } from './inflate.ts';
import { maskedCrc32c, SnappyError, SnappyTooLarge, unsnappy } from './snappy.ts';

const MOST = 1024 ** 2;

const block = (bytes: Uint8Array) => Buffer.from(compress(Buffer.from(bytes)));

function chunk(type: number, content: Uint8Array): Buffer {
  const header = Buffer.alloc(4);
  header[0] = type;
  header.writeUIntLE(content.length, 1, 3);
  return Buffer.concat([header, content]);
}

const START = chunk(0xff, Buffer.from('sNaPpY'));

function checked(type: 0 | 1, plain: Uint8Array): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(maskedCrc32c(plain));
  return chunk(type, Buffer.concat([sum, type === 0 ? block(plain) : plain]));
}

/** As Go's snappy.NewBufferedWriter writes: chunks of 64 KiB, plain where compression does not pay. */
function framed(bytes: Uint8Array, type: 0 | 1 = 0): Buffer {
  const chunks = [START];
  for (let at = 0; at < bytes.length; at += 65_536) chunks.push(checked(type, bytes.subarray(at, at + 65_536)));
  return Buffer.concat(chunks);
}

/** Texts that repeat, so that there are copies of all kinds. */
const texts = fc
  .array(fc.tuple(fc.string({ maxLength: 40 }), fc.nat({ max: 300 })), { maxLength: 30 })
  .map((parts) => Buffer.from(parts.map(([text, times]) => text.repeat(times)).join('')));

describe('snappy', () => {
  it('knows the checksum of RFC 3720, B.4', () => {
    // 32 bytes of zeros: CRC-32C 0x8a9136aa.
    const crc = 0x8a9136aa;
    expect(maskedCrc32c(new Uint8Array(32))).toBe((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  });

  it('reads what snappyjs writes, as a block and framed', () => {
    fc.assert(
      fc.property(texts, (bytes) => {
        expect(Buffer.compare(unsnappy(block(bytes), MOST), bytes)).toBe(0);
        for (const type of [0, 1] as const) expect(Buffer.compare(unsnappy(framed(bytes, type), MOST), bytes)).toBe(0);
      }),
    );
  });

  it('reads literals and copies of every length', () => {
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7919) >>> (i % 13)));
    expect(Buffer.compare(unsnappy(block(bytes), MOST), bytes)).toBe(0);
    // A copy with an offset of four bytes, which no writer makes: literal "ab", then six bytes from two back.
    const far = Buffer.from([8, 0b0000_0100, 97, 98, 0b0001_0111, 2, 0, 0, 0]);
    expect(Buffer.from(unsnappy(far, MOST)).toString()).toBe('abababab');
  });

  it('skips padding and what it may skip, and reads streams one after the other', () => {
    const bytes = Buffer.concat([framed(Buffer.from('one')), chunk(0xfe, Buffer.alloc(9)), framed(Buffer.from('two'))]);
    expect(Buffer.from(unsnappy(bytes, MOST)).toString()).toBe('onetwo');
  });

  it('reads mutated blocks as snappyjs does, or refuses them by its own errors', () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.nat({ max: 255 }), (bytes, where, value) => {
        const mutated = block(bytes);
        mutated[where % mutated.length] = value;
        let ours: Uint8Array | undefined;
        try {
          ours = unsnappy(mutated, MOST);
        } catch (error) {
          if (!(error instanceof SnappyError || error instanceof SnappyTooLarge)) throw error;
          return;
        }
        expect(Buffer.compare(ours, Buffer.from(uncompress(mutated)))).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never fails but by its own errors, on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, withStart) => {
        try {
          unsnappy(withStart ? Buffer.concat([START, bytes]) : bytes, 10_000);
        } catch (error) {
          if (!(error instanceof SnappyError || error instanceof SnappyTooLarge)) throw error;
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['a length beyond the limit', Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]), 'receivers.too-large-inflated'],
    ['more chunks than the limit', framed(Buffer.alloc(200_000)), 'receivers.too-large-inflated'],
    ['a length that its bytes cannot make', Buffer.from([0xa0, 0x8d, 6, 0]), 'receivers.compressed-data'],
    ['a wrong checksum', Buffer.concat([START, chunk(1, Buffer.from('0000text'))]), 'receivers.compressed-data'],
    ['an unknown chunk', Buffer.concat([START, chunk(2, Buffer.alloc(4))]), 'receivers.compressed-data'],
    ['a stream cut off', framed(Buffer.from('text')).subarray(0, -1), 'receivers.compressed-data'],
    ['a copy from before the beginning', Buffer.from([4, 0b0000_0001, 1]), 'receivers.compressed-data'],
  ])('refuses %s', (_name, bytes, code) => {
    expect(() => inflate('snappy', bytes, 100_000)).toThrow(expect.objectContaining({ code }));
  });
});
