/**
 * Snappy, as senders of telemetry use it: one block (Prometheus, OTLP/HTTP of newer Collectors) or the framed stream (the
 * Collector's gRPC, and its OTLP/HTTP before 0.125, both under the name `snappy`). Which of them it is, the first ten bytes tell.
 * https://github.com/google/snappy/blob/main/format_description.txt and framing_format.txt.
 *
 * It is our own because what there is on npm reads blocks alone or is native, and allocates what the sender says.
 */

/** Bytes that are not snappy. `message` says what is wrong. */
export class SnappyError extends Error {
  override readonly name = 'SnappyError';
}

/** More than the limit when decompressed. */
export class SnappyTooLarge extends Error {
  override readonly name = 'SnappyTooLarge';
}

/** The stream identifier: a chunk of type 0xff with six bytes, `sNaPpY`. */
const STREAM_START = Buffer.from([0xff, 6, 0, 0, ...Buffer.from('sNaPpY')]);
const CHUNK = { COMPRESSED: 0, PLAIN: 1, STREAM_START: 0xff, FIRST_SKIPPABLE: 0x80 } as const;
/** Bytes of one chunk, decompressed (framing_format.txt §4.2). */
const CHUNK_MOST = 65_536;
const CHUNK_HEADER_BYTES = 4;
const CHECKSUM_BYTES = 4;

/** @param limit bytes of the result; never more are allocated for it */
export function unsnappy(bytes: Uint8Array, limit: number): Uint8Array {
  const isFramed = bytes.length >= STREAM_START.length && STREAM_START.equals(bytes.subarray(0, STREAM_START.length));
  return isFramed ? readFrames(bytes, limit) : readBlock(bytes, limit);
}

function readFrames(bytes: Uint8Array, limit: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let total = 0;
  let at = 0;
  while (at < bytes.length) {
    if (at + CHUNK_HEADER_BYTES > bytes.length) throw new SnappyError('the stream ends in a chunk header');
    const type = view.getUint8(at);
    const length = view.getUint16(at + 1, true) | (view.getUint8(at + 3) << 16);
    at += CHUNK_HEADER_BYTES;
    if (at + length > bytes.length) throw new SnappyError('the stream ends in a chunk');
    const chunk = bytes.subarray(at, at + length);
    at += length;
    if (type === CHUNK.COMPRESSED || type === CHUNK.PLAIN) {
      if (length < CHECKSUM_BYTES) throw new SnappyError('a chunk without checksum');
      const content = chunk.subarray(CHECKSUM_BYTES);
      const part = type === CHUNK.PLAIN ? content : readChunk(content);
      if (part.length > CHUNK_MOST) throw new SnappyError('a chunk of more than 65,536 bytes');
      total += part.length;
      if (total > limit) throw new SnappyTooLarge('larger than the limit');
      if (maskedCrc32c(part) !== view.getUint32(at - length, true))
        throw new SnappyError('a chunk with a wrong checksum');
      parts.push(part);
    } else if (type === CHUNK.STREAM_START) {
      // Streams may be concatenated.
      if (length !== 6 || !STREAM_START.subarray(CHUNK_HEADER_BYTES).equals(chunk))
        throw new SnappyError('a wrong stream identifier');
    } else if (type < CHUNK.FIRST_SKIPPABLE) throw new SnappyError(`a chunk of the unknown type ${type}`);
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, total);
}

function readChunk(content: Uint8Array): Uint8Array {
  try {
    return readBlock(content, CHUNK_MOST);
  } catch (error) {
    // What one chunk may hold is a rule of the format, not our limit.
    throw error instanceof SnappyTooLarge ? new SnappyError('a chunk of more than 65,536 bytes') : error;
  }
}

function readBlock(bytes: Uint8Array, limit: number): Uint8Array {
  let at = 0;
  let length = 0;
  // Length of the result: base 128, little-endian, at most 32 bits.
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 28) throw new SnappyError('a block without length');
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (length > limit) throw new SnappyTooLarge('larger than the limit');
  // An element of three bytes makes at most 64: who claims more than that lies, and costs no allocation.
  if (length > (bytes.length - at) * 64) throw new SnappyError('a block shorter than its length');
  const out = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let size = tag >>> 2;
      if (size >= 60) {
        const extra = size - 59;
        if (at + extra > bytes.length) throw new SnappyError('a literal that ends early');
        size = 0;
        for (let i = 0; i < extra; i++) size += bytes[at + i]! * 2 ** (8 * i);
        at += extra;
      }
      size += 1;
      if (size > bytes.length - at || size > length - filled) throw new SnappyError('a literal beyond its block');
      out.set(bytes.subarray(at, at + size), filled);
      at += size;
      filled += size;
      continue;
    }
    const offsetBytes = kind === 3 ? 4 : kind;
    if (at + offsetBytes > bytes.length) throw new SnappyError('a copy that ends early');
    const size = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    let offset = kind === 1 ? (tag >>> 5) << 8 : 0;
    for (let i = 0; i < offsetBytes; i++) offset += bytes[at + i]! * 2 ** (8 * i);
    at += offsetBytes;
    if (offset === 0 || offset > filled || size > length - filled) throw new SnappyError('a copy beyond its block');
    if (offset >= size) out.copyWithin(filled, filled - offset, filled - offset + size);
    // A copy may run into what it writes: then it repeats.
    else for (let i = 0; i < size; i++) out[filled + i] = out[filled + i - offset]!;
    filled += size;
  }
  if (filled !== length) throw new SnappyError('a block shorter than its length');
  return out;
}

/** CRC-32C (Castagnoli, reflected polynomial 0x82f63b78); Node has the other polynomial only. */
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

/** framing_format.txt §3: rotated by 15 bits, plus a constant. */
export function maskedCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC32C_TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
