import * as fs from 'node:fs';
import { dirname } from 'node:path';

/**
 * What the journal asks of a file system, and nothing else, so that tests can fail any single call, record all of
 * them, and rebuild what a power cut would have left. Errors carry the operating system's `code`.
 */
export interface FileSystem {
  /** `read`: existing, read only. `write`: existing, read and write. `create`: new, write; an older one is emptied. */
  open(path: string, how: 'read' | 'write' | 'create'): Promise<JournalFile>;
  /** Creates it and its parents when absent; durable before it resolves. */
  makeDirectory(path: string): Promise<void>;
  /** Names in it, unordered. */
  readdir(path: string): Promise<string[]>;
  /** Replaces what `to` names. Durable only after `syncDirectory`. */
  rename(from: string, to: string): Promise<void>;
  /** Durable only after `syncDirectory`. */
  unlink(path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  /** Bytes an unprivileged process may still write there. */
  freeBytes(path: string): Promise<number>;
}

/** All positions and lengths in bytes. Calls on one file are never issued concurrently, except reads. */
export interface JournalFile {
  /** Writes at `position`; resolves with the bytes taken, which may be fewer than given. */
  writev(buffers: readonly Uint8Array[], position: number): Promise<number>;
  /** Resolves with the bytes read: 0 at the end of the file. */
  read(target: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  /** fdatasync: content and size. After a failure the kernel may have dropped the content: never try again. */
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  /** Its number on the file system: a copy has another one. 0 when there is none. */
  inode(): Promise<bigint>;
  close(): Promise<void>;
}

type Done<T> = (error: NodeJS.ErrnoException | null, value: T) => void;

function call<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value))));
}

function run(start: (done: (error: NodeJS.ErrnoException | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
}

const FLAGS = { read: 'r', write: 'r+', create: 'w+' } as const;

/** Plain descriptors and callbacks: two thread-pool calls per group are the whole cost of durability. */
class NodeFile implements JournalFile {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  writev(buffers: readonly Uint8Array[], position: number): Promise<number> {
    return call((done) => fs.writev(this.#fd, buffers as NodeJS.ArrayBufferView[], position, done));
  }

  read(target: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    return call((done) => fs.read(this.#fd, target, offset, length, position, done));
  }

  datasync(): Promise<void> {
    return run((done) => fs.fdatasync(this.#fd, done));
  }

  truncate(length: number): Promise<void> {
    return run((done) => fs.ftruncate(this.#fd, length, done));
  }

  async size(): Promise<number> {
    return (await call<fs.Stats>((done) => fs.fstat(this.#fd, done))).size;
  }

  async inode(): Promise<bigint> {
    return (await call<fs.BigIntStats>((done) => fs.fstat(this.#fd, { bigint: true }, done))).ino;
  }

  close(): Promise<void> {
    return run((done) => fs.close(this.#fd, done));
  }
}

async function syncDirectory(path: string): Promise<void> {
  const fd = await call<number>((done) => fs.open(path, 'r', done));
  try {
    await run((done) => fs.fsync(fd, done));
  } finally {
    await run((done) => fs.close(fd, done));
  }
}

export const nodeFileSystem: FileSystem = {
  async open(path, how) {
    return new NodeFile(await call<number>((done) => fs.open(path, FLAGS[how], 0o600, done)));
  },
  async makeDirectory(path) {
    const first = await fs.promises.mkdir(path, { recursive: true, mode: 0o700 });
    if (first === undefined) return;
    for (let made = path; ; made = dirname(made)) {
      await syncDirectory(dirname(made));
      if (made === first || made === dirname(made)) return;
    }
  },
  readdir: (path) => fs.promises.readdir(path),
  rename: (from, to) => run((done) => fs.rename(from, to, done)),
  unlink: (path) => run((done) => fs.unlink(path, done)),
  syncDirectory,
  async freeBytes(path) {
    const found = await fs.promises.statfs(path);
    return found.bavail * found.bsize;
  },
};
