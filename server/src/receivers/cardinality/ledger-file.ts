import { crc32 } from 'node:zlib';

/** FORMAT.md, beside this file. */
const MAGIC = 0x4c474448;
const VERSION = 1;
const PAGE = 4_096;
const HEADER = 16;

/** The pages of a ledger that have anything in them. Bits may be set meanwhile; each page is whole or a little older. */
export function encodeLedger(buffer: SharedArrayBuffer): Buffer {
  const bytes = new Uint8Array(buffer);
  const words = new Int32Array(buffer);
  const used: number[] = [];
  for (let page = 0; page * PAGE < bytes.length; page++) {
    const from = (page * PAGE) / 4;
    const to = Math.min(from + PAGE / 4, words.length);
    for (let i = from; i < to; i++)
      if (words[i] !== 0) {
        used.push(page);
        break;
      }
  }
  const file = Buffer.alloc(HEADER + used.length * (4 + PAGE) + 4);
  file.writeUInt32LE(MAGIC, 0);
  file.writeUInt32LE(VERSION, 4);
  file.writeUInt32LE(bytes.length, 8);
  file.writeUInt32LE(used.length, 12);
  let at = HEADER;
  for (const page of used) {
    file.writeUInt32LE(page, at);
    file.set(bytes.subarray(page * PAGE, Math.min(bytes.length, (page + 1) * PAGE)), at + 4);
    at += 4 + PAGE;
  }
  file.writeUInt32LE(crc32(file.subarray(0, at)), at);
  return file;
}

/** Undefined for what is no ledger of this version, or damaged: then the day is counted anew. */
export function decodeLedger(file: Buffer): SharedArrayBuffer | undefined {
  if (file.length < HEADER + 4) return undefined;
  if (file.readUInt32LE(0) !== MAGIC || file.readUInt32LE(4) !== VERSION) return undefined;
  const size = file.readUInt32LE(8);
  const pages = file.readUInt32LE(12);
  const end = HEADER + pages * (4 + PAGE);
  if (file.length !== end + 4 || crc32(file.subarray(0, end)) !== file.readUInt32LE(end)) return undefined;
  const buffer = new SharedArrayBuffer(size);
  const bytes = new Uint8Array(buffer);
  for (let at = HEADER; at < end; at += 4 + PAGE) {
    const place = file.readUInt32LE(at) * PAGE;
    if (place >= size) return undefined;
    bytes.set(file.subarray(at + 4, at + 4 + Math.min(PAGE, size - place)), place);
  }
  return buffer;
}
