import { gunzipSync, inflateRawSync, inflateSync, constants as zlib, zstdDecompressSync } from 'node:zlib';
import { fail } from '../errors.ts';
import { SnappyError, SnappyTooLarge, unsnappy } from './snappy.ts';
import { zstdFrames } from './zstd-frames.ts';

export type Coding = 'identity' | 'gzip' | 'deflate' | 'zstd' | 'snappy';

const CODINGS: Readonly<Record<string, Coding>> = {
  identity: 'identity',
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  zstd: 'zstd',
  snappy: 'snappy',
  'x-snappy-framed': 'snappy',
};

/** Undefined for a coding we do not have, or for several on top of each other. */
export function codingOf(header: string | undefined): Coding | undefined {
  if (header === undefined) return 'identity';
  const name = header.trim().toLowerCase();
  return name === '' ? 'identity' : CODINGS[name];
}

/**
 * Inflates synchronously (it runs on decode threads), never into more than `limit` bytes: beyond it
 * `receivers.too-large-inflated`, for bytes that are not what `coding` says `receivers.compressed-data`. An empty body is
 * empty in any coding. Concatenated gzip members and zstd frames are one body; other bytes after the end are refused,
 * except zeros after gzip.
 */
export function inflate(coding: Coding, bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.length === 0) return bytes;
  try {
    switch (coding) {
      case 'identity':
        if (bytes.length > limit) throw tooLarge(limit);
        return bytes;
      case 'gzip':
        return gunzipSync(bytes, { maxOutputLength: limit, chunkSize: chunkFor(gzipSize(bytes), limit) });
      case 'deflate': {
        const options = { maxOutputLength: limit, chunkSize: chunkFor(bytes.length * 4, limit) };
        return hasZlibHeader(bytes) ? inflateSync(bytes, options) : inflateRawSync(bytes, options);
      }
      case 'zstd':
        return unzstd(bytes, limit);
      case 'snappy':
        return unsnappy(bytes, limit);
    }
  } catch (cause) {
    if (cause instanceof SnappyError) throw notThat(coding, cause);
    if (cause instanceof SnappyTooLarge || codeOf(cause) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
    if (codeOf(cause).startsWith('Z_') || codeOf(cause).startsWith('ZSTD_')) throw notThat(coding, cause);
    throw cause;
  }
}

/** 8 MiB: what a decoder is to support (RFC 8878 §3.1.1.1.2), and the most that HTTP allows (RFC 9659). */
const LEAST_WINDOW_LOG = 23;

function unzstd(bytes: Uint8Array, limit: number): Uint8Array {
  const frames = zstdFrames(bytes);
  if (!frames) throw notThat('zstd', undefined);
  const parts: Uint8Array[] = [];
  let left = limit;
  for (const frame of frames) {
    if (left === 0) throw tooLarge(limit);
    const part = zstdDecompressSync(bytes.subarray(frame.start, frame.end), {
      maxOutputLength: left,
      chunkSize: chunkFor(frame.contentSize, left),
      // A frame may ask for a window of gigabytes; more than the largest body makes no sense. Encoders that stream ask for
      // their level's window however small the body is.
      params: { [zlib.ZSTD_d_windowLogMax]: Math.min(27, Math.max(LEAST_WINDOW_LOG, Math.ceil(Math.log2(limit)))) },
    });
    left -= part.length;
    parts.push(part);
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/** zlib works in one go when its chunk takes the whole result; the sender's word for the size is only used up to `limit`. */
function chunkFor(claimed: number | undefined, limit: number): number {
  if (claimed === undefined || claimed > limit) return 256 * 1024;
  return Math.max(1024, claimed + 16);
}

/** The last four bytes: size of the last member modulo 2^32 (RFC 1952 §2.3.1). */
function gzipSize(bytes: Uint8Array): number | undefined {
  if (bytes.length < 18) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true);
}

/** "deflate" means zlib (RFC 9110 §8.4.1.2), but some senders leave its two-byte header out. */
function hasZlibHeader(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && (bytes[0]! & 0x0f) === 8 && ((bytes[0]! << 8) | bytes[1]!) % 31 === 0;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function tooLarge(limit: number) {
  return fail('receivers.too-large-inflated', `the body is larger than ${limit} bytes when decompressed`);
}

function notThat(coding: Coding, cause: unknown) {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return fail('receivers.compressed-data', `the body is not valid ${coding} data${why}`, {
    at: 'content-encoding',
    cause,
  });
}
