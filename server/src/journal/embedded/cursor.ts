import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Sequence, Source } from '#base';
import { fail, messageOf } from '../errors.ts';
import type { FileSystem, JournalFile } from '../fs.ts';
import { recordChecksum } from './format.ts';
import { uuidAt, uuidBytes } from './identity.ts';
import { createWhole, writeFully } from './segment-file.ts';

/** 2: followed by the identity of the journal that a range was begun under. */
export const CURSOR_VERSION = 2;
export const CURSOR_SUFFIX = '.cursor';
/** A second file with the same content: who deletes or cuts one leaves the other. */
export const CURSOR_COPY_SUFFIX = '.cursor-copy';
/** One page per slot: a write to one cannot tear the other. */
export const CURSOR_SLOT_BYTES = 4096;
const MAGIC = Buffer.from('HANOKCUR', 'latin1');
/** What version 1 wrote: a program of that version finds it whole, and refuses the newer version. */
const RECORD_BYTES = 64;
/** Behind the record since version 2, with a checksum of its own. */
const JOURNAL_BYTES = 32;
/** Two copies in different sectors, so that a flipped bit does not set a consumer back. */
const COPIES = [0, 2048];

export interface CursorState {
  /** Everything up to here is handled. */
  readonly committed: Sequence;
  /** The range being handled. */
  readonly begun: ReturnType<Source['pending']>;
}

export function encodeCursorSlot(generation: bigint, state: CursorState): Buffer {
  const page = Buffer.alloc(CURSOR_SLOT_BYTES);
  for (const at of COPIES) {
    MAGIC.copy(page, at);
    page.writeUInt16LE(CURSOR_VERSION, at + 8);
    page.writeUInt16LE(RECORD_BYTES, at + 10);
    page.writeBigUInt64LE(generation, at + 16);
    page.writeBigUInt64LE(state.committed, at + 24);
    page.writeBigUInt64LE(state.begun?.first ?? 0n, at + 32);
    page.writeBigUInt64LE(state.begun?.last ?? 0n, at + 40);
    page.writeBigUInt64LE(BigInt(state.begun?.appendedAt ?? 0), at + 48);
    page.writeUInt32LE(recordChecksum(page, at, RECORD_BYTES), at + 12);
    uuidBytes(state.begun?.journal ?? '').copy(page, at + RECORD_BYTES + 8);
    page.writeUInt32LE(journalChecksum(page, at), at + RECORD_BYTES);
  }
  return page;
}

function journalChecksum(page: Buffer, at: number): number {
  return crc32(page.subarray(at + RECORD_BYTES + 4, at + RECORD_BYTES + JOURNAL_BYTES));
}

/** Whether a whole record lies at `at`, of this version or an earlier one. */
function isWhole(bytes: Buffer, at: number): boolean {
  if (bytes.length < at + RECORD_BYTES || bytes.compare(MAGIC, 0, 8, at, at + 8) !== 0) return false;
  if (bytes.readUInt32LE(at + 12) !== recordChecksum(bytes, at, RECORD_BYTES)) return false;
  if (bytes.readUInt16LE(at + 8) !== CURSOR_VERSION) return true;
  const end = at + RECORD_BYTES + JOURNAL_BYTES;
  return bytes.length >= end && bytes.readUInt32LE(at + RECORD_BYTES) === journalChecksum(bytes, at);
}

/** The newest whole state in the bytes of a cursor file; `undefined` when there is none. */
export function decodeCursor(bytes: Buffer): { generation: bigint; state: CursorState } | undefined {
  let best: { generation: bigint; state: CursorState } | undefined;
  for (const slot of [0, CURSOR_SLOT_BYTES]) {
    for (const copy of COPIES) {
      const at = slot + copy;
      if (!isWhole(bytes, at)) continue;
      const version = bytes.readUInt16LE(at + 8);
      if (version > CURSOR_VERSION) throw fail('journal.newer-format', `a cursor has format version ${version}`);
      const generation = bytes.readBigUInt64LE(at + 16);
      if (best && best.generation >= generation) continue;
      const first = bytes.readBigUInt64LE(at + 32);
      const last = bytes.readBigUInt64LE(at + 40);
      const appendedAt = Number(bytes.readBigUInt64LE(at + 48));
      const journal = version < 2 ? '' : uuidAt(bytes, at + RECORD_BYTES + 8);
      const begun = first > 0n ? { first, last, appendedAt, journal } : undefined;
      best = { generation, state: { committed: bytes.readBigUInt64LE(at + 24), begun } };
    }
  }
  return best;
}

/** Where a record was written that is not whole any more: the slot's offset, or undefined when all are whole. */
export function damagedSlot(bytes: Buffer): number | undefined {
  for (const slot of [0, CURSOR_SLOT_BYTES]) {
    const page = bytes.subarray(slot, slot + CURSOR_SLOT_BYTES);
    // Never written, or not yet: a file begins with one slot.
    if (page.length === 0 || (page.length === CURSOR_SLOT_BYTES && page.equals(EMPTY_SLOT))) continue;
    if (!COPIES.every((at) => isWhole(page, at))) return slot;
  }
  return undefined;
}

const EMPTY_SLOT = Buffer.alloc(CURSOR_SLOT_BYTES);

/** Reads a cursor file: the newest whole state, if there is one, and the place of a damaged one. */
export async function readCursor(fs: FileSystem, path: string) {
  const file = await fs.open(path, 'read');
  try {
    const bytes = Buffer.alloc(2 * CURSOR_SLOT_BYTES);
    let done = 0;
    while (done < bytes.length) {
      const count = await file.read(bytes, done, bytes.length - done, done);
      if (count === 0) break;
      done += count;
    }
    const read = bytes.subarray(0, done);
    return { found: decodeCursor(read), damagedAt: done === 0 ? 0 : damagedSlot(read), size: done };
  } finally {
    await file.close();
  }
}

/**
 * One consumer's place, in two slots written in turn, in two files at once. A failed write or sync leaves it unknown which
 * of the two states is on disk; both are true then (see `Source`), and the next write replaces the files as a whole on
 * new descriptors.
 */
export class CursorFile {
  readonly #fs: FileSystem;
  readonly #paths: readonly string[];
  #files: readonly JournalFile[] = [];
  #generation: bigint;
  #state: CursorState;

  constructor(fs: FileSystem, dir: string, name: string, generation: bigint, state: CursorState) {
    this.#fs = fs;
    this.#paths = [join(dir, name + CURSOR_SUFFIX), join(dir, name + CURSOR_COPY_SUFFIX)];
    this.#generation = generation;
    this.#state = state;
  }

  get state(): CursorState {
    return this.#state;
  }

  /** Durable before it resolves. Never call it twice at once. */
  async write(state: CursorState): Promise<void> {
    const generation = this.#generation + 1n;
    // Counted even when it fails: a number that may be on disk must not come back with another state.
    this.#generation = generation;
    const slot = encodeCursorSlot(generation, state);
    try {
      if (this.#files.length > 0) {
        const at = generation % 2n === 0n ? 0 : CURSOR_SLOT_BYTES;
        await all(
          this.#files.map(async (file) => {
            await writeFully(file, [slot], at);
            await file.datasync();
          }),
        );
      } else {
        const slots = generation % 2n === 0n ? [slot] : [Buffer.alloc(CURSOR_SLOT_BYTES), slot];
        const files: JournalFile[] = [];
        try {
          for (const path of this.#paths) files.push(await createWhole(this.#fs, path, slots));
        } finally {
          // Also those of a failed attempt, so that they are closed.
          this.#files = files;
        }
      }
    } catch (cause) {
      await this.close();
      throw fail('journal.cursor-failed', `cannot write ${this.#paths[0]}: ${messageOf(cause)}`, { cause });
    }
    this.#state = state;
  }

  async close(): Promise<void> {
    const files = this.#files;
    this.#files = [];
    for (const file of files) await file.close().catch(() => {});
  }
}

/** Rejects with the first failure, but only when all have ended: nobody may write to a file that is being closed. */
async function all(steps: readonly Promise<void>[]): Promise<void> {
  for (const one of await Promise.allSettled(steps)) if (one.status === 'rejected') throw one.reason;
}
