import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { fail } from './errors.ts';

/** Reads a whole answer, `most` bytes on the wire and inflated at the utmost. Throws `outbound.too-large` or `-.encoding`. */
export async function readAnswer(body: Readable, encoding: string, most: number): Promise<Buffer> {
  const tooLarge = () => fail('outbound.too-large', `the answer is larger than ${most} bytes`, { values: { most } });
  const coding = encoding.trim().toLowerCase();
  const plain = coding === '' || coding === 'identity';
  if (!plain && coding !== 'gzip' && coding !== 'x-gzip')
    throw fail('outbound.encoding', 'the answer has a content-encoding that was not asked for');
  const pieces: Buffer[] = [];
  let held = 0;
  const keep = (piece: Buffer) => {
    held += piece.length;
    if (held > most) throw tooLarge();
    pieces.push(piece);
  };
  if (plain) {
    for await (const chunk of body) keep(chunk as Buffer);
    return Buffer.concat(pieces, held);
  }
  const inflate = createGunzip();
  // What inflates is pulled by the loop below, so that a small bomb never unfolds further than a piece beyond the limit.
  const feed = (async () => {
    let wire = 0;
    for await (const chunk of body) {
      wire += (chunk as Buffer).length;
      if (wire > most) throw tooLarge();
      if (!inflate.write(chunk))
        await new Promise<void>((resolve) => inflate.once('drain', resolve).once('close', resolve));
      if (inflate.destroyed) return;
    }
    inflate.end();
  })();
  feed.catch((error: Error) => inflate.destroy(error));
  try {
    for await (const piece of inflate) keep(piece as Buffer);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string' && cause.code.startsWith('Z_'))
      throw fail('outbound.encoding', 'the answer says that it is gzip and is not', { cause });
    throw cause;
  } finally {
    inflate.destroy();
  }
  await feed;
  return Buffer.concat(pieces, held);
}
