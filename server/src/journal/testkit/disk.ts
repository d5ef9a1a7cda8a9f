import { dirname } from 'node:path';
import type { FileSystem, JournalFile } from '../fs.ts';

/** One thing done to the disk, in the order it took effect. Files are known by number: names come and go. */
export type Operation =
  | { readonly kind: 'create'; readonly path: string; readonly inode: number }
  | { readonly kind: 'write'; readonly inode: number; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly inode: number; readonly length: number }
  | { readonly kind: 'sync'; readonly inode: number }
  /** What waited may be there or not, for ever: the kernel has dropped it and no later sync brings it back. */
  | { readonly kind: 'sync-failed'; readonly inode: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'unlink'; readonly path: string }
  | { readonly kind: 'sync-directory'; readonly path: string };

export interface Call {
  /** 1 for the first call on this disk. */
  readonly index: number;
  readonly name: keyof FileSystem | keyof JournalFile;
  readonly path: string;
}

/** What becomes of a call. `effect`: how much of it happened all the same. `stop`: the process dies in it. */
export type Fault = {
  readonly outcome: 'EIO' | 'ENOSPC' | 'stop';
  readonly effect: 'none' | 'part' | 'whole';
};

/** Decides what an unsynced operation or sector came to; true: it reached the disk. */
export type Choose = () => boolean;

interface Inode {
  content: Buffer;
  length: number;
}

const SECTOR_BYTES = 512;

/**
 * A disk in memory that knows what was synced. It records every operation, fails or stops at any call, and rebuilds
 * what a killed process (`killed`) or a power cut (`afterPowerCut`) leaves: of what was not synced, any subset of
 * renames, creations, deletions and 512-byte sectors.
 */
export class Disk {
  /** Everything since the disk was made, oldest first. */
  readonly trace: Operation[] = [];
  calls = 0;
  freeBytes = 1024 ** 4;
  /** Asked before every call. */
  fault: (call: Call) => Fault | undefined = () => undefined;
  /** Resolves when a fault stopped the process; from then on no call returns. */
  readonly stopped: Promise<void>;
  #stop: () => void = () => {};
  #isStopped = false;
  #nextInode = 1;
  readonly #names = new Map<string, Inode & { readonly number: number }>();
  readonly #directories = new Set<string>();

  constructor(files: ReadonlyMap<string, Uint8Array> = new Map(), directories: Iterable<string> = []) {
    this.stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
    for (const path of directories) this.#directories.add(path);
    for (const [path, bytes] of files) {
      this.#directories.add(dirname(path));
      const inode = this.#create(path);
      this.#apply({ kind: 'write', inode, position: 0, bytes: Buffer.from(bytes) });
      this.#apply({ kind: 'sync', inode });
    }
    for (const path of this.#directories) this.#apply({ kind: 'sync-directory', path });
  }

  /** What files hold now, page cache included. */
  files(): Map<string, Buffer> {
    return new Map(
      [...this.#names].map(([path, { content, length }]) => [path, Buffer.from(content.subarray(0, length))]),
    );
  }

  /** The disk as the next process finds it when this one was killed: nothing is lost, and nothing more is synced. */
  killed(): Disk {
    const next = new Disk(new Map(), this.#directories);
    next.trace.length = 0;
    for (const operation of this.trace) next.#apply(operation);
    next.#nextInode = this.#nextInode;
    next.freeBytes = this.freeBytes;
    return next;
  }

  /** The disk after a power cut at `at` operations. */
  afterPowerCut(choose: Choose, at = this.trace.length): Disk {
    return new Disk(survivors(this.trace.slice(0, at), choose), this.#directories);
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** No call returns from now on, as in a killed process. */
  stop(): void {
    this.#isStopped = true;
    this.#stop();
  }

  readonly fs: FileSystem = {
    open: (path, how) =>
      this.#call('open', path, () => {
        const existing = this.#names.get(path);
        if (how === 'create') {
          const number = existing?.number ?? this.#create(path);
          if (existing) this.#apply({ kind: 'truncate', inode: number, length: 0 });
          return this.#handle(path, this.#names.get(path)!);
        }
        if (!existing) throw osError('ENOENT', `no such file ${path}`);
        return this.#handle(path, existing);
      }),
    makeDirectory: (path) =>
      this.#call('makeDirectory', path, () => {
        this.#directories.add(path);
      }),
    readdir: (path) =>
      this.#call('readdir', path, () => {
        const below = [...this.#names.keys(), ...this.#directories].filter((name) => dirname(name) === path);
        return below.map((name) => name.slice(path.length + 1));
      }),
    rename: (from, to) =>
      this.#call('rename', from, () => {
        if (!this.#names.has(from)) throw osError('ENOENT', `no such file ${from}`);
        this.#apply({ kind: 'rename', from, to });
      }),
    unlink: (path) =>
      this.#call('unlink', path, () => {
        if (!this.#names.has(path)) throw osError('ENOENT', `no such file ${path}`);
        this.#apply({ kind: 'unlink', path });
      }),
    syncDirectory: (path) => this.#call('syncDirectory', path, () => this.#apply({ kind: 'sync-directory', path })),
    freeBytes: (path) => this.#call('freeBytes', path, () => this.freeBytes),
  };

  #handle(path: string, inode: Inode & { readonly number: number }): JournalFile {
    const { number } = inode;
    return {
      writev: (buffers, position) => {
        const bytes = Buffer.concat(buffers);
        const write = (count: number) => {
          this.#apply({ kind: 'write', inode: number, position, bytes: bytes.subarray(0, count) });
          return count;
        };
        return this.#call(
          'writev',
          path,
          () => write(bytes.length),
          () => write(Math.floor(bytes.length / 2)),
        );
      },
      read: (target, offset, length, position) =>
        this.#call('read', path, () => {
          const end = Math.min(position + length, inode.length);
          if (end <= position) return 0;
          return inode.content.copy(target, offset, position, end);
        }),
      datasync: () =>
        this.#call(
          'datasync',
          path,
          () => this.#apply({ kind: 'sync', inode: number }),
          () => {},
          () => this.#apply({ kind: 'sync-failed', inode: number }),
        ),
      truncate: (length) =>
        this.#call('truncate', path, () => this.#apply({ kind: 'truncate', inode: number, length })),
      size: () => this.#call('size', path, () => inode.length),
      inode: () => this.#call('inode', path, () => BigInt(number)),
      close: () => this.#call('close', path, () => {}),
    };
  }

  async #call<T>(
    name: Call['name'],
    path: string,
    whole: () => T,
    part: () => unknown = () => {},
    failed: () => void = () => {},
  ): Promise<T> {
    await Promise.resolve();
    if (this.#isStopped) return new Promise<T>(() => {});
    const fault = this.fault({ index: ++this.calls, name, path });
    if (!fault) return whole();
    if (fault.effect === 'part') part();
    if (fault.effect === 'whole') whole();
    if (fault.outcome === 'stop') {
      this.stop();
      return new Promise<T>(() => {});
    }
    failed();
    throw osError(fault.outcome, `${fault.outcome} injected into ${name} of ${path}`);
  }

  #create(path: string): number {
    const inode = this.#nextInode++;
    this.#apply({ kind: 'create', path, inode });
    return inode;
  }

  #apply(operation: Operation): void {
    this.trace.push(operation);
    switch (operation.kind) {
      case 'create':
        this.#names.set(operation.path, { number: operation.inode, content: Buffer.alloc(0), length: 0 });
        this.#byNumber.set(operation.inode, this.#names.get(operation.path)!);
        break;
      case 'write':
        writeInto(this.#inode(operation.inode), operation.position, operation.bytes);
        break;
      case 'truncate':
        truncateTo(this.#inode(operation.inode), operation.length);
        break;
      case 'rename':
        this.#names.set(operation.to, this.#names.get(operation.from)!);
        this.#names.delete(operation.from);
        break;
      case 'unlink':
        this.#names.delete(operation.path);
        break;
    }
  }

  readonly #byNumber = new Map<number, Inode>();

  #inode(number: number): Inode {
    const inode = this.#byNumber.get(number);
    if (!inode) throw new Error(`no inode ${number}`);
    return inode;
  }
}

/** The files a power cut may leave after `trace`. */
export function survivors(trace: readonly Operation[], choose: Choose): Map<string, Buffer> {
  // Index of the last sync that covers an operation decides whether it surely happened.
  const certain = new Array<boolean>(trace.length).fill(false);
  const pendingData = new Map<number, number[]>();
  let pendingNames: number[] = [];
  const later = (inode: number, index: number) => {
    const list = pendingData.get(inode);
    if (list) list.push(index);
    else pendingData.set(inode, [index]);
  };
  for (const [index, operation] of trace.entries()) {
    switch (operation.kind) {
      case 'write':
      case 'truncate':
        later(operation.inode, index);
        break;
      case 'sync':
        for (const done of pendingData.get(operation.inode) ?? []) certain[done] = true;
        pendingData.delete(operation.inode);
        break;
      case 'sync-failed':
        pendingData.delete(operation.inode);
        break;
      case 'create':
      case 'rename':
      case 'unlink':
        pendingNames.push(index);
        break;
      case 'sync-directory':
        pendingNames = pendingNames.filter((at) => {
          const inside = directoryOf(trace[at]!) === operation.path;
          if (inside) certain[at] = true;
          return !inside;
        });
        break;
    }
  }
  const inodes = new Map<number, Inode>();
  const names = new Map<string, number>();
  /** Where names that were not made durable would have pointed, so that a rename without its creation works. */
  const believed = new Map<string, number>();
  for (const [index, operation] of trace.entries()) {
    const sure = certain[index] === true;
    switch (operation.kind) {
      case 'create':
        inodes.set(operation.inode, { content: Buffer.alloc(0), length: 0 });
        believed.set(operation.path, operation.inode);
        if (sure || choose()) names.set(operation.path, operation.inode);
        break;
      case 'rename': {
        const inode = believed.get(operation.from)!;
        believed.delete(operation.from);
        believed.set(operation.to, inode);
        if (sure || choose()) {
          names.delete(operation.from);
          names.set(operation.to, inode);
        }
        break;
      }
      case 'unlink':
        believed.delete(operation.path);
        if (sure || choose()) names.delete(operation.path);
        break;
      case 'write':
        if (sure) writeInto(inodes.get(operation.inode)!, operation.position, operation.bytes);
        else tear(inodes.get(operation.inode)!, operation.position, operation.bytes, choose);
        break;
      case 'truncate':
        if (sure || choose()) truncateTo(inodes.get(operation.inode)!, operation.length);
        break;
    }
  }
  return new Map(
    [...names].map(([path, number]) => {
      const { content, length } = inodes.get(number)!;
      return [path, Buffer.from(content.subarray(0, length))];
    }),
  );
}

/** Writes some of the sectors; the file may grow over those that are missing, which then read as zeros. */
function tear(inode: Inode, position: number, bytes: Buffer, choose: Choose): void {
  const end = position + bytes.length;
  for (let at = position; at < end; ) {
    const sectorEnd = Math.min(end, (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    if (choose()) writeInto(inode, at, bytes.subarray(at - position, sectorEnd - position));
    at = sectorEnd;
  }
  if (end > inode.length && choose()) truncateTo(inode, end);
}

function directoryOf(operation: Operation): string | undefined {
  if (operation.kind === 'rename') return dirname(operation.to);
  return operation.kind === 'create' || operation.kind === 'unlink' ? dirname(operation.path) : undefined;
}

function writeInto(inode: Inode, position: number, bytes: Buffer): void {
  reserve(inode, position + bytes.length);
  bytes.copy(inode.content, position);
  inode.length = Math.max(inode.length, position + bytes.length);
}

function truncateTo(inode: Inode, length: number): void {
  reserve(inode, length);
  if (length < inode.length) inode.content.fill(0, length, inode.length);
  inode.length = length;
}

function reserve(inode: Inode, bytes: number): void {
  if (inode.content.length >= bytes) return;
  const grown = Buffer.alloc(Math.max(bytes, inode.content.length * 2, 8192));
  inode.content.copy(grown);
  inode.content = grown;
}

function osError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
