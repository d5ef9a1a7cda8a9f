import { crc32 } from 'node:zlib';
import { fail, messageOf, osCode } from '../errors.ts';
import type { JournalFile } from '../fs.ts';
import { decodeEntryHeader, type EntryHeader, MIN_ENTRY_BYTES, peekHeaderBytes } from './format.ts';

/** Read at once: enough for sequential speed, little enough that checksumming it does not hold up the process. */
const WINDOW_BYTES = 512 * 1024;
/** Holds any entry header. */
const SMALLEST_WINDOW_BYTES = 64 * 1024;

/** A buffer to scan through files of about this size with. */
export function scanWindow(fileBytes: number): Buffer {
  return Buffer.allocUnsafeSlow(Math.max(SMALLEST_WINDOW_BYTES, Math.min(WINDOW_BYTES, fileBytes)));
}

const PAGE_BYTES = 4096;

export interface Found {
  readonly header: EntryHeader;
  readonly offset: number;
  /** Bytes passed over before it because no entry could be read there; 0 when it followed directly. */
  readonly skipped: number;
}

/**
 * Walks the entries of one segment between two offsets. Bytes that are no entry are passed over up to the next one:
 * the marker with the segment's random number cannot occur in what a tenant sends. The window is borrowed from the
 * caller and holds nothing once a call has resolved that the caller needs.
 */
export class Scan {
  readonly #file: JournalFile;
  readonly #marker: Buffer;
  readonly #window: Buffer;
  readonly #end: number;
  /** Unreadable pages read as zeros instead of failing the call. */
  readonly #salvage: boolean;
  #windowStart = 0;
  #windowBytes = 0;
  #offset: number;
  #unreadablePages = 0;

  constructor(
    file: JournalFile,
    marker: Buffer,
    range: { offset: number; end: number },
    window: Buffer,
    salvage = false,
  ) {
    this.#file = file;
    this.#marker = marker;
    this.#window = window;
    this.#offset = range.offset;
    this.#end = range.end;
    this.#salvage = salvage;
  }

  /** Where the next entry is looked for. */
  get offset(): number {
    return this.#offset;
  }

  get unreadablePages(): number {
    return this.#unreadablePages;
  }

  /** Finds the next entry header and stays before it; `undefined` at the end. Does not look at the payload. */
  async find(): Promise<Found | undefined> {
    const from = this.#offset;
    let header = await this.#headerAt(from);
    if (!header) {
      const found = await this.#resync(from + 1);
      if (!found) return undefined;
      this.#offset = found.offset;
      header = found.header;
    }
    return { header, offset: this.#offset, skipped: this.#offset - from };
  }

  /** Passes the entry found. */
  pass(found: Found): void {
    this.#offset = Math.min(this.#end, found.offset + found.header.headerBytes + found.header.payloadBytes);
  }

  /** Passes the entry found; true when its payload is whole and matches its checksum. */
  verify(found: Found): Promise<boolean> {
    return this.#payload(found, undefined);
  }

  /** Passes the entry found and returns its payload in bytes of its own; `undefined` when it is damaged. */
  async take(found: Found): Promise<Buffer | undefined> {
    if (this.#payloadEnd(found) > this.#end) {
      this.#offset = Math.min(this.#end, found.offset + found.header.headerBytes);
      return undefined;
    }
    const payload = Buffer.allocUnsafeSlow(found.header.payloadBytes);
    return (await this.#payload(found, payload)) ? payload : undefined;
  }

  #payloadEnd({ header, offset }: Found): number {
    return offset + header.headerBytes + header.payloadBytes;
  }

  /** A header whose payload is not there may have been written to a wrong place: what it says of its length is nothing. */
  async #payload(found: Found, target: Buffer | undefined): Promise<boolean> {
    const whole = await this.#checked(found, target);
    if (!whole) this.#offset = Math.min(this.#end, found.offset + found.header.headerBytes);
    return whole;
  }

  async #checked(found: Found, target: Buffer | undefined): Promise<boolean> {
    const end = this.#payloadEnd(found);
    this.pass(found);
    if (end > this.#end) return false;
    let checksum = 0;
    let at = found.offset + found.header.headerBytes;
    const start = at;
    while (at < end) {
      await this.#fill(at, 1);
      const piece = this.#window.subarray(at - this.#windowStart, Math.min(this.#windowBytes, end - this.#windowStart));
      checksum = crc32(piece, checksum);
      if (target) piece.copy(target, at - start);
      at += piece.length;
    }
    return checksum === found.header.payloadChecksum;
  }

  async #headerAt(offset: number): Promise<EntryHeader | undefined> {
    if (this.#end - offset < MIN_ENTRY_BYTES) return undefined;
    await this.#fill(offset, MIN_ENTRY_BYTES);
    const length = peekHeaderBytes(this.#window, offset - this.#windowStart, this.#marker);
    if (length === undefined || this.#end - offset < length) return undefined;
    await this.#fill(offset, length);
    const header = decodeEntryHeader(this.#window, offset - this.#windowStart, length);
    if (header === 'newer') throw fail('journal.newer-format', `an entry at offset ${offset} is of a later format`);
    return header;
  }

  async #resync(from: number): Promise<{ offset: number; header: EntryHeader } | undefined> {
    let position = from;
    while (this.#end - position >= MIN_ENTRY_BYTES) {
      await this.#fill(position, MIN_ENTRY_BYTES);
      const index = this.#window.subarray(0, this.#windowBytes).indexOf(this.#marker, position - this.#windowStart);
      if (index < 0) {
        position = Math.max(position + 1, this.#windowStart + this.#windowBytes - this.#marker.length + 1);
        continue;
      }
      const offset = this.#windowStart + index;
      const header = await this.#headerAt(offset);
      if (header) return { offset, header };
      position = offset + 1;
    }
    return undefined;
  }

  /** Makes at least `bytes` from `offset` lie in the window; what was asked must lie before the end. */
  async #fill(offset: number, bytes: number): Promise<void> {
    if (offset >= this.#windowStart && offset + bytes <= this.#windowStart + this.#windowBytes) return;
    const want = Math.min(this.#window.length, this.#end - offset);
    this.#windowBytes = 0;
    await this.#read(offset, want);
    this.#windowStart = offset;
    this.#windowBytes = want;
  }

  async #read(position: number, bytes: number): Promise<void> {
    try {
      await this.#readPiece(0, bytes, position);
    } catch (cause) {
      if (!this.#salvage || osCode(cause) !== 'EIO')
        throw fail('journal.read-failed', `cannot read the journal: ${messageOf(cause)}`, { cause });
      for (let at = 0; at < bytes; at += PAGE_BYTES) {
        const piece = Math.min(PAGE_BYTES, bytes - at);
        await this.#readPiece(at, piece, position + at).catch(() => {
          this.#unreadablePages++;
          this.#window.fill(0, at, at + piece);
        });
      }
    }
  }

  /** Bytes that a shortened file no longer has read as zeros: the checksums find them out. */
  async #readPiece(at: number, bytes: number, position: number): Promise<void> {
    let done = 0;
    while (done < bytes) {
      const count = await this.#file.read(this.#window, at + done, bytes - done, position + done);
      if (count === 0) {
        this.#window.fill(0, at + done, at + bytes);
        return;
      }
      done += count;
    }
  }
}
