import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** An insert's data where the engine reads it. */
export interface SpooledBody {
  /** In the spool directory. */
  readonly name: string;
  /** The insert was answered: nobody reads the file any more and the next body may be written over it. */
  done(): void;
  /** What became of the insert is not known, so somebody may still read the file: it goes and is not written again. */
  abandon(): void;
}

/** As many as are inserted side by side. */
const MOST_KEPT = 2;
/** Kept for the next body, longer than between two inserts of a busy store. */
const KEEP_MS = 3_000;
const CHUNKS_PER_WRITE = 512;

interface Kept {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Bodies handed over as files. A new file costs three times what writing over one does that is in the page cache (0.28
 * against 0.1 CPU seconds a gigabyte on ext4), so a store under load writes into the same two all the time; at rest
 * there are none.
 */
export class Spool {
  readonly #dir: string;
  readonly #kept: Kept[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async write(body: readonly Uint8Array[]): Promise<SpooledBody> {
    const kept = this.#kept.pop();
    const path = kept?.path ?? join(this.#dir, `body-${randomUUID()}`);
    let bytes = 0;
    try {
      const file = await open(path, kept ? 'r+' : 'wx', 0o600);
      try {
        bytes = await writeAll(file, body);
        if (kept && kept.bytes > bytes) await file.truncate(bytes);
      } finally {
        await file.close();
      }
    } catch (error) {
      remove(path);
      throw error;
    }
    return {
      name: basename(path),
      done: () => this.#keep({ path, bytes }),
      abandon: () => remove(path),
    };
  }

  /** Removes what is kept. */
  clear(): void {
    clearTimeout(this.#timer);
    for (const { path } of this.#kept.splice(0)) remove(path);
  }

  #keep(file: Kept): void {
    if (this.#kept.length >= MOST_KEPT) {
      remove(file.path);
      return;
    }
    this.#kept.push(file);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.clear(), KEEP_MS).unref();
  }
}

async function writeAll(file: FileHandle, body: readonly Uint8Array[]): Promise<number> {
  let at = 0;
  for (let i = 0; i < body.length; i += CHUNKS_PER_WRITE) {
    const chunks = body.slice(i, i + CHUNKS_PER_WRITE);
    const { bytesWritten } = await file.writev(chunks, at);
    if (bytesWritten !== chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)) throw new Error('short write');
    at += bytesWritten;
  }
  return at;
}

/** What cannot be removed is removed with the spool when the engine starts. */
function remove(path: string): void {
  void rm(path, { force: true }).catch(() => undefined);
}
