import { once } from 'node:events';
import { constants, createZstdCompress } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inflate } from './inflate.ts';

/** As encoders that stream make a frame: without its content's size, with the whole window of the level. */
async function streamed(text: Buffer, level: number): Promise<Buffer> {
  const encoder = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: level } });
  const parts: Buffer[] = [];
  encoder.on('data', (part: Buffer) => parts.push(part));
  encoder.write(text);
  encoder.end();
  await once(encoder, 'end');
  return Buffer.concat(parts);
}

describe('zstd', () => {
  it.each([1, 3, 10, 19])(
    'takes a small body of an encoder that streams at level %d within a small limit',
    async (level) => {
      const text = Buffer.from('{"resourceLogs":[]}'.repeat(300));
      expect(Buffer.from(inflate('zstd', await streamed(text, level), 16 * 1024))).toEqual(text);
    },
  );

  it('still refuses what is larger than the limit', async () => {
    const body = await streamed(Buffer.alloc(64 * 1024), 3);
    expect(() => inflate('zstd', body, 16 * 1024)).toThrow(
      expect.objectContaining({ code: 'receivers.too-large-inflated' }),
    );
  });
});
