import { join } from 'node:path';
import { type Clock, isHanokError, type Log } from '#base';
import { fail, messageOf } from '../errors.ts';
import type { FileSystem } from '../fs.ts';
import { recordChecksum } from './format.ts';
import { createWhole } from './segment-file.ts';

export const IDENTITY_VERSION = 1;
export const IDENTITY_FILE = 'journal.identity';
const MAGIC = Buffer.from('HANOKJID', 'latin1');
const PAGE_BYTES = 4096;
const RECORD_BYTES = 64;
/** Two copies in different sectors, as everywhere. */
const COPIES = [0, 2048];
const UUID_BYTES = 16;

interface Identity {
  readonly id: string;
  /** Unix milliseconds. */
  readonly madeAt: number;
  /** Inode of this very file when it was written; 0 when the file system gave none. */
  readonly inode: bigint;
}

/** The sixteen bytes of a UUID; zeros for an empty text. */
export function uuidBytes(id: string): Buffer {
  return id === '' ? Buffer.alloc(UUID_BYTES) : Buffer.from(id.replaceAll('-', ''), 'hex');
}

/** The UUID in sixteen bytes at `at`, empty when they are all zero. */
export function uuidAt(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + UUID_BYTES);
  if (/^0*$/.test(hex)) return '';
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export function encodeIdentity({ id, madeAt, inode }: Identity): Buffer {
  const page = Buffer.alloc(PAGE_BYTES);
  for (const at of COPIES) {
    MAGIC.copy(page, at);
    page.writeUInt16LE(IDENTITY_VERSION, at + 8);
    page.writeUInt16LE(RECORD_BYTES, at + 10);
    uuidBytes(id).copy(page, at + 16);
    page.writeBigUInt64LE(BigInt(madeAt), at + 32);
    page.writeBigUInt64LE(inode, at + 40);
    page.writeUInt32LE(recordChecksum(page, at, RECORD_BYTES), at + 12);
  }
  return page;
}

/** `undefined`: neither copy is whole. Throws `journal.newer-format` for a later version's. */
export function decodeIdentity(page: Buffer): Identity | undefined {
  for (const at of COPIES) {
    if (page.length < at + RECORD_BYTES || page.compare(MAGIC, 0, 8, at, at + 8) !== 0) continue;
    if (page.readUInt32LE(at + 12) !== recordChecksum(page, at, RECORD_BYTES)) continue;
    const version = page.readUInt16LE(at + 8);
    if (version > IDENTITY_VERSION)
      throw fail('journal.newer-format', `the journal's identity has format version ${version}`, {
        reason: 'identity',
        values: { version },
      });
    return {
      id: uuidAt(page, at + 16),
      madeAt: Number(page.readBigUInt64LE(at + 32)),
      inode: page.readBigUInt64LE(at + 40),
    };
  }
  return undefined;
}

/**
 * The journal's UUID. A journal without one (new, of an earlier version, or damaged beyond reading) gets one, and so does
 * one whose file is not the file it says it was written as: a copy of a directory, or what was restored from a backup,
 * must not go on under the name of the first. A range that is begun keeps the identity it was begun with (its cursor
 * says which), so a new one never repeats an insert; that is why nothing here keeps a journal from opening.
 */
export async function openIdentity(
  files: readonly string[],
  deps: {
    readonly fs: FileSystem;
    readonly dir: string;
    readonly clock: Clock;
    readonly log: Log;
    readonly newId: () => string;
  },
): Promise<string> {
  const { fs, dir, clock, log, newId } = deps;
  const path = join(dir, IDENTITY_FILE);
  if (files.includes(IDENTITY_FILE)) {
    const found = await readIdentity(fs, path).catch((error: unknown) => {
      if (isHanokError(error) && error.code === 'journal.newer-format') throw error;
      log.warn({ error: messageOf(error) }, 'the identity of the journal cannot be read');
      return undefined;
    });
    if (found?.identity && (found.identity.inode === 0n || found.identity.inode === found.inode))
      return found.identity.id;
    if (found)
      log.warn(
        { was: found.identity?.id ?? 'damaged' },
        found.identity
          ? 'the journal directory is a copy or was restored: the journal gets an identity of its own'
          : 'the identity of the journal is damaged: it gets a new one',
      );
  }
  const id = newId();
  try {
    const file = await createWhole(fs, path, async (unfinished) => [
      encodeIdentity({ id, madeAt: clock.now(), inode: await unfinished.inode() }),
    ]);
    await file.close();
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'the identity of the journal cannot be written: it is for this run only');
  }
  return id;
}

async function readIdentity(fs: FileSystem, path: string) {
  const file = await fs.open(path, 'read');
  try {
    const page = Buffer.alloc(PAGE_BYTES);
    let done = 0;
    while (done < page.length) {
      const count = await file.read(page, done, page.length - done, done);
      if (count === 0) break;
      done += count;
    }
    return { identity: decodeIdentity(page.subarray(0, done)), inode: await file.inode() };
  } finally {
    await file.close();
  }
}

/** What is wrong with the file, for `inspectJournal`. */
export async function identityProblem(fs: FileSystem, dir: string): Promise<string | undefined> {
  const { identity } = await readIdentity(fs, join(dir, IDENTITY_FILE));
  return identity ? undefined : 'no copy is whole; the next start gives the journal a new identity';
}
