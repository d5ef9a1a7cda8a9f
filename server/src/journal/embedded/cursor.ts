import { join } from 'node:path';
import type { Sequence, Source } from '#base';
import { fail, messageOf } from '../errors.ts';
import type { FileSystem, JournalFile } from '../fs.ts';
import { recordChecksum } from './format.ts';
import { createWhole, writeFully } from './segment-file.ts';

export const CURSOR_VERSION = 1;
export const CURSOR_SUFFIX = '.cursor';
/** A second file with the same content: who deletes or cuts one leaves the other. */
export const CURSOR_COPY_SUFFIX = '.cursor-copy';
/** One page per slot: a write to one cannot tear the other. */
export const CURSOR_SLOT_BYTES = 4096;
const MAGIC = Buffer.from('HANOKCUR', 'latin1');
const RECORD_BYTES = 64;
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
  }
  return page;
}

/** The newest whole state in the bytes of a cursor file; `undefined` when there is none. */
export function decodeCursor(bytes: Buffer): { generation: bigint; state: CursorState } | undefined {
  let best: { generation: bigint; state: CursorState } | undefined;
  for (const slot of [0, CURSOR_SLOT_BYTES]) {
    for (const copy of COPIES) {
      const at = slot + copy;
      if (bytes.length < at + RECORD_BYTES) continue;
      if (bytes.compare(MAGIC, 0, 8, at, at + 8) !== 0) continue;
      if (bytes.readUInt32LE(at + 12) !== recordChecksum(bytes, at, RECORD_BYTES)) continue;
      const version = bytes.readUInt16LE(at + 8);
      if (version > CURSOR_VERSION) throw fail('journal.newer-format', `a cursor has format version ${version}`);
      const generation = bytes.readBigUInt64LE(at + 16);
      if (best && best.generation >= generation) continue;
      const first = bytes.readBigUInt64LE(at + 32);
      const last = bytes.readBigUInt64LE(at + 40);
      const appendedAt = Number(bytes.readBigUInt64LE(at + 48));
      const begun = first > 0n ? { first, last, appendedAt } : undefined;
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
    for (const at of COPIES)
      if (page.length < at + RECORD_BYTES || page.readUInt32LE(at + 12) !== recordChecksum(page, at, RECORD_BYTES))
        return slot;
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
