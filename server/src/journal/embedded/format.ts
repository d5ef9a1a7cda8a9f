import { crc32 } from 'node:zlib';
import { isTenantId, type Signal, type TenantId } from '@hanok/contract';
import { type Batch, type Sequence, TABLE_NUMBERS, type TableName } from '#base';

/* Byte layouts: FORMAT.md. All numbers little-endian. Raise a version when its layout changes, as said there. */

export const SEGMENT_VERSION = 1;
export const ENTRY_VERSION = 1;

/** Where the first entry begins: one page, with two copies of the header in different sectors. */
export const SEGMENT_HEADER_BYTES = 4096;
const SEGMENT_MAGIC = Buffer.from('HANOKSEG', 'latin1');
const SEGMENT_RECORD_BYTES = 128;
const SEGMENT_COPIES = [0, 2048];

export interface SegmentHeader {
  readonly number: bigint;
  readonly nonce: bigint;
  /** Sequence of the first entry that may be in it. */
  readonly first: Sequence;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly previous: {
    /** 0 when there was none. */
    readonly number: bigint;
    /** Bytes of the predecessor that count. What lies behind was rejected and must never be read. */
    readonly length: number;
    /** Newest durable sequence when this segment was begun. */
    readonly last: Sequence;
    /** Records in the predecessor. */
    readonly records: number;
    /** Newest sequence in the predecessor that was surely acknowledged; what follows a crash may have torn. */
    readonly confirmed: Sequence;
    /** 0: not known, as in files of earlier versions. */
    readonly nonce: bigint;
  };
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const page = Buffer.alloc(SEGMENT_HEADER_BYTES);
  for (const at of SEGMENT_COPIES) {
    SEGMENT_MAGIC.copy(page, at);
    page.writeUInt16LE(SEGMENT_VERSION, at + 8);
    page.writeUInt16LE(SEGMENT_RECORD_BYTES, at + 10);
    page.writeBigUInt64LE(header.number, at + 16);
    page.writeBigUInt64LE(header.nonce, at + 24);
    page.writeBigUInt64LE(header.first, at + 32);
    page.writeBigUInt64LE(BigInt(header.createdAt), at + 40);
    page.writeBigUInt64LE(header.previous.number, at + 48);
    page.writeBigUInt64LE(BigInt(header.previous.length), at + 56);
    page.writeBigUInt64LE(header.previous.last, at + 64);
    page.writeBigUInt64LE(BigInt(header.previous.records), at + 72);
    page.writeBigUInt64LE(header.previous.confirmed, at + 80);
    page.writeBigUInt64LE(header.previous.nonce, at + 88);
    page.writeUInt32LE(recordChecksum(page, at, SEGMENT_RECORD_BYTES), at + 12);
  }
  return page;
}

/** Checksum of a record whose own checksum lies at its bytes 12 to 15. */
export function recordChecksum(page: Buffer, at: number, bytes: number): number {
  return crc32(page.subarray(at + 16, at + bytes), crc32(page.subarray(at, at + 12)));
}

/** `undefined`: neither copy is whole. A number: the version that wrote it, newer than this program. */
export function decodeSegmentHeader(page: Buffer): SegmentHeader | number | undefined {
  for (const at of SEGMENT_COPIES) {
    if (page.length < at + SEGMENT_RECORD_BYTES) continue;
    if (page.compare(SEGMENT_MAGIC, 0, 8, at, at + 8) !== 0) continue;
    if (page.readUInt32LE(at + 12) !== recordChecksum(page, at, SEGMENT_RECORD_BYTES)) continue;
    const version = page.readUInt16LE(at + 8);
    if (version > SEGMENT_VERSION) return version;
    return {
      number: page.readBigUInt64LE(at + 16),
      nonce: page.readBigUInt64LE(at + 24),
      first: page.readBigUInt64LE(at + 32),
      createdAt: Number(page.readBigUInt64LE(at + 40)),
      previous: {
        number: page.readBigUInt64LE(at + 48),
        length: Number(page.readBigUInt64LE(at + 56)),
        last: page.readBigUInt64LE(at + 64),
        records: Number(page.readBigUInt64LE(at + 72)),
        confirmed: page.readBigUInt64LE(at + 80),
        nonce: page.readBigUInt64LE(at + 88),
      },
    };
  }
  return undefined;
}

const ENTRY_MAGIC = 0x454b4e48; // HNKE
const ENTRY_FIXED_BYTES = 88;
const DIRECTORY_BYTES = 12;
/** More blocks than any batch has tables, with room for several blocks of one table. */
export const MAX_BLOCKS = 4096;
export const MIN_ENTRY_BYTES = ENTRY_FIXED_BYTES;

const SIGNAL_NUMBERS: Readonly<Record<Signal, number>> = { logs: 1, traces: 2, metrics: 3 };
const SIGNALS_BY_NUMBER: readonly (Signal | undefined)[] = [undefined, 'logs', 'traces', 'metrics'];
const TABLES_BY_NUMBER: readonly (TableName | undefined)[] = (() => {
  const names: (TableName | undefined)[] = [];
  for (const [name, number] of Object.entries(TABLE_NUMBERS)) names[number] = name as TableName;
  return names;
})();

/** A text beside entries, in dead-letter files only: why they are there. */
export interface Note {
  readonly note: Uint8Array;
}

export interface EntryStamp {
  readonly sequence: Sequence;
  /** Newest sequence known to be durable when this entry was written. */
  readonly durable: Sequence;
  readonly appendedAt: number;
}

export interface EntryHeader extends EntryStamp {
  readonly headerBytes: number;
  readonly payloadBytes: number;
  readonly payloadChecksum: number;
  readonly records: number;
  readonly layoutVersion: number;
  readonly minTime: bigint;
  readonly maxTime: bigint;
  /** 0: not known. */
  readonly fingerprint: number;
  /** `undefined` for a note. */
  readonly signal: Signal | undefined;
  readonly tenant: TenantId | undefined;
  readonly blocks: readonly { readonly table: TableName | undefined; readonly rows: number; readonly bytes: number }[];
}

/** What every entry of a segment begins with. */
export function entryMarker(nonce: bigint): Buffer {
  const marker = Buffer.alloc(12);
  marker.writeUInt32LE(ENTRY_MAGIC, 0);
  marker.writeBigUInt64LE(nonce, 4);
  return marker;
}

/** The nonce in a marker. */
export function nonceOfMarker(marker: Buffer): bigint {
  return marker.readBigUInt64LE(4);
}

/**
 * What the nonce of a segment may be by the three places that have it: both copies of the header and the first entry. No
 * checksum is looked at. First what most bits of the three say, then each; what a sector of zeros says not at all.
 */
export function noncesIn(page: Buffer): bigint[] {
  const places = [...SEGMENT_COPIES.map((copy) => copy + 24), SEGMENT_HEADER_BYTES + 4];
  const said = places.map((at) => (page.length < at + 8 ? 0n : page.readBigUInt64LE(at)));
  const [one, two, three] = said as [bigint, bigint, bigint];
  const most = (one & two) | (one & three) | (two & three);
  return [...new Set([most, ...said])].filter((nonce) => nonce !== 0n);
}

export function entryHeaderBytes(body: Batch | Note): number {
  if ('note' in body) return ENTRY_FIXED_BYTES + DIRECTORY_BYTES;
  return ENTRY_FIXED_BYTES + body.tenant.length + body.blocks.length * DIRECTORY_BYTES;
}

export function payloadBytes(body: Batch | Note): number {
  if ('note' in body) return body.note.length;
  let bytes = 0;
  for (const block of body.blocks) bytes += block.bytes.length;
  return bytes;
}

/** Writes the header at `at` and returns where it ends. The payload follows as it is, block after block. */
export function encodeEntryHeader(
  target: Buffer,
  at: number,
  marker: Buffer,
  stamp: EntryStamp,
  body: Batch | Note,
): number {
  const isNote = 'note' in body;
  const headerBytes = entryHeaderBytes(body);
  const tenantBytes = isNote ? 0 : body.tenant.length;
  marker.copy(target, at);
  target[at + 12] = ENTRY_VERSION;
  target[at + 13] = isNote ? 2 : 1;
  target[at + 14] = isNote ? 0 : SIGNAL_NUMBERS[body.signal];
  target[at + 15] = tenantBytes;
  target.writeUInt32LE(isNote ? 1 : body.blocks.length, at + 16);
  target.writeUInt32LE(headerBytes, at + 20);
  target.writeUInt32LE(payloadBytes(body), at + 24);
  target.writeUInt32LE(isNote ? 0 : body.layoutVersion, at + 36);
  target.writeBigUInt64LE(stamp.sequence, at + 40);
  target.writeBigUInt64LE(stamp.durable, at + 48);
  target.writeBigUInt64LE(BigInt(stamp.appendedAt), at + 56);
  target.writeBigInt64LE(isNote ? 0n : BigInt.asIntN(64, body.minTime), at + 64);
  target.writeBigInt64LE(isNote ? 0n : BigInt.asIntN(64, body.maxTime), at + 72);
  target.writeUInt32LE(isNote ? 0 : body.records, at + 80);
  target.writeUInt32LE(isNote ? 0 : (body.fingerprint ?? 0), at + 84);
  let write = at + ENTRY_FIXED_BYTES;
  let checksum = 0;
  if (isNote) {
    write = encodeDirectory(target, write, 0, 0, body.note.length);
    checksum = crc32(body.note);
  } else {
    write += target.write(body.tenant, write, 'latin1');
    for (const block of body.blocks) {
      write = encodeDirectory(target, write, TABLE_NUMBERS[block.table], block.rows, block.bytes.length);
      checksum = crc32(block.bytes, checksum);
    }
  }
  target.writeUInt32LE(checksum, at + 32);
  target.writeUInt32LE(headerChecksum(target, at, headerBytes), at + 28);
  return write;
}

function encodeDirectory(target: Buffer, at: number, table: number, rows: number, bytes: number): number {
  target.writeUInt32LE(table, at);
  target.writeUInt32LE(rows, at + 4);
  target.writeUInt32LE(bytes, at + 8);
  return at + DIRECTORY_BYTES;
}

function headerChecksum(bytes: Buffer, at: number, headerBytes: number): number {
  return crc32(bytes.subarray(at + 32, at + headerBytes), crc32(bytes.subarray(at, at + 28)));
}

/** Length of the header that seems to begin at `at` (88 bytes must be there); `undefined` when none does. */
export function peekHeaderBytes(bytes: Buffer, at: number, marker: Buffer): number | undefined {
  if (bytes.compare(marker, 0, 12, at, at + 12) !== 0) return undefined;
  const length = bytes.readUInt32LE(at + 20);
  const blocks = bytes.readUInt32LE(at + 16);
  if (blocks > MAX_BLOCKS) return undefined;
  return length === ENTRY_FIXED_BYTES + bytes[at + 15]! + blocks * DIRECTORY_BYTES ? length : undefined;
}

/** Decodes a whole header; `undefined` when its checksum does not match. `newer` when a later version wrote it. */
export function decodeEntryHeader(bytes: Buffer, at: number, headerBytes: number): EntryHeader | 'newer' | undefined {
  if (bytes.readUInt32LE(at + 28) !== headerChecksum(bytes, at, headerBytes)) return undefined;
  if (bytes[at + 12]! > ENTRY_VERSION) return 'newer';
  const tenantBytes = bytes[at + 15]!;
  const tenant = bytes.toString('latin1', at + ENTRY_FIXED_BYTES, at + ENTRY_FIXED_BYTES + tenantBytes);
  const isNote = bytes[at + 13] === 2;
  const signal = SIGNALS_BY_NUMBER[bytes[at + 14]!];
  if (!isNote && (signal === undefined || !isTenantId(tenant))) return 'newer';
  const blocks: EntryHeader['blocks'][number][] = [];
  let read = at + ENTRY_FIXED_BYTES + tenantBytes;
  for (let i = bytes.readUInt32LE(at + 16); i > 0; i--) {
    const table = TABLES_BY_NUMBER[bytes.readUInt32LE(read)];
    if (!isNote && table === undefined) return 'newer';
    blocks.push({ table, rows: bytes.readUInt32LE(read + 4), bytes: bytes.readUInt32LE(read + 8) });
    read += DIRECTORY_BYTES;
  }
  return {
    headerBytes,
    payloadBytes: bytes.readUInt32LE(at + 24),
    payloadChecksum: bytes.readUInt32LE(at + 32),
    layoutVersion: bytes.readUInt32LE(at + 36),
    sequence: bytes.readBigUInt64LE(at + 40),
    durable: bytes.readBigUInt64LE(at + 48),
    appendedAt: Number(bytes.readBigUInt64LE(at + 56)),
    minTime: bytes.readBigInt64LE(at + 64),
    maxTime: bytes.readBigInt64LE(at + 72),
    records: bytes.readUInt32LE(at + 80),
    fingerprint: bytes.readUInt32LE(at + 84),
    signal,
    tenant: isTenantId(tenant) ? tenant : undefined,
    blocks,
  };
}

/** The batch of a header and its verified payload; the blocks are views of `payload`. */
export function batchOf(header: EntryHeader, payload: Uint8Array): Batch | undefined {
  const { tenant, signal } = header;
  if (tenant === undefined || signal === undefined) return undefined;
  const blocks: Batch['blocks'][number][] = [];
  let at = 0;
  for (const { table, rows, bytes } of header.blocks) {
    if (table === undefined) return undefined;
    blocks.push({ table, rows, bytes: payload.subarray(at, at + bytes) });
    at += bytes;
  }
  return {
    tenant,
    signal,
    layoutVersion: header.layoutVersion,
    records: header.records,
    minTime: header.minTime,
    maxTime: header.maxTime,
    blocks,
  };
}
