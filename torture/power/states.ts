import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change, Entry, Inode, Recording } from './recording.ts';

/** What became of the changes that no sync had covered when the power went. */
export interface Fate {
  readonly name: string;
  /** `subset`: each name by itself, as POSIX allows. `journaled`: names in their order, as Linux file systems keep them. */
  readonly names: 'subset' | 'journaled';
  readonly keeps: (change: Change) => boolean;
  /** For a write that is torn: is this piece of it there? */
  readonly keepsPiece: () => boolean;
  readonly tears: boolean;
}

type Random = () => number;

/** Ways to lose, from nothing to everything; `random` decides inside each. */
export const FATES: readonly ((random: Random) => Fate)[] = [
  () => fate('nothing unsynced', 'subset', () => false),
  () => fate('everything', 'subset', () => true),
  () => fate('names without contents', 'subset', (change) => change.kind === 'names'),
  () => fate('contents without names', 'subset', (change) => change.kind !== 'names'),
  () => fate('sizes and names without contents', 'journaled', (change) => change.kind !== 'write'),
  (random) => fate('half of everything', 'subset', () => random() < 0.5, random),
  (random) => fate('nine of ten', 'subset', () => random() < 0.9, random),
  (random) => fate('one of ten', 'subset', () => random() < 0.1, random),
  (random) => fate('half of everything, names in order', 'journaled', () => random() < 0.5, random),
  (random) => fate('contents torn, names in order', 'journaled', (change) => change.kind === 'names', random),
  (random) => {
    // A few inodes keep all of theirs and the others nothing: what a writer of old pages leaves.
    const lucky = new Map<Inode, boolean>();
    const is = (inode: Inode) => {
      if (!lucky.has(inode)) lucky.set(inode, random() < 0.5);
      return lucky.get(inode)!;
    };
    return fate('some files and directories whole', 'subset', (change) =>
      is(change.kind === 'names' ? change.entries[0]!.directory : change.inode),
    );
  },
];

function fate(name: string, names: Fate['names'], keeps: Fate['keeps'], tearing?: Random): Fate {
  return {
    name,
    names,
    keeps,
    tears: tearing !== undefined,
    keepsPiece: tearing ? () => tearing() < 0.5 : () => false,
  };
}

const PAGE_BYTES = 4096;
const SECTOR_BYTES = 512;

interface Contents {
  bytes: Buffer;
  length: number;
}

/**
 * The directories that cuts of one recording leave. Cuts must be asked for in rising order: what is durable by then is
 * put together once and never looked at again.
 */
export class States {
  readonly #recording: Recording;
  readonly #folded = new Map<Inode, Contents>();
  /** Writes and sizes not yet folded, in order. */
  #open: Change[] = [];
  #next = 0;
  #at = 0;
  readonly #random: Random;

  constructor(recording: Recording, random: Random) {
    this.#recording = recording;
    this.#random = random;
  }

  /** Builds what is left below `directory`, which must not exist; `only` leaves out other names of the top level. */
  build(at: number, fate: Fate, directory: string, only: (name: string) => boolean = () => true): void {
    const { root, changes } = this.#recording;
    if (at < this.#at) throw new Error('cuts go forward');
    this.#at = at;
    const durable = (change: Change) =>
      (fate.names === 'journaled' ? change.durableJournaled : change.durable) < at || change.durable < at;
    for (; this.#next < changes.length && changes[this.#next]!.start < at; this.#next++) {
      const change = changes[this.#next]!;
      if (change.kind !== 'names') this.#open.push(change);
    }
    // In order per file: what follows an uncovered change of the same file has to wait for it.
    const blocked = new Set<Inode>();
    this.#open = this.#open.filter((change) => {
      if (change.kind === 'names') return false;
      if (change.durable < at && !blocked.has(change.inode)) {
        apply(contentsOf(this.#folded, change.inode), change);
        return false;
      }
      blocked.add(change.inode);
      return true;
    });

    const contents = new Map<Inode, Contents>();
    const own = (inode: Inode): Contents => {
      let mine = contents.get(inode);
      if (!mine) {
        const base = this.#folded.get(inode);
        mine = base ? { bytes: Buffer.from(base.bytes), length: base.length } : { bytes: Buffer.alloc(0), length: 0 };
        contents.set(inode, mine);
      }
      return mine;
    };
    for (const change of this.#open) {
      if (change.kind === 'names') continue;
      if (durable(change) || (fate.keeps(change) && !(change.kind === 'write' && fate.tears && this.#random() < 0.5)))
        apply(own(change.inode), change);
      else if (change.kind === 'write' && fate.tears) tear(own(change.inode), change, fate, this.#random);
      else if (change.kind === 'write' && fate.name.startsWith('sizes')) grow(own(change.inode), change);
    }

    const entries = new Map<Inode, Map<string, Inode>>();
    const directoryOf = (inode: Inode) => {
      let names = entries.get(inode);
      if (!names) {
        names = new Map();
        entries.set(inode, names);
      }
      return names;
    };
    const put = ({ directory: inside, name, inode }: Entry) => {
      if (inode) directoryOf(inside).set(name, inode);
      else directoryOf(inside).delete(name);
    };
    let ended = false;
    for (const change of changes) {
      if (change.start >= at) break;
      if (change.kind !== 'names') continue;
      if (durable(change)) for (const entry of change.entries) put(entry);
      else if (fate.names === 'journaled') {
        // The journal of names ends somewhere; nothing behind it is there.
        ended ||= !fate.keeps(change) && this.#random() < 0.3;
        if (!ended) for (const entry of change.entries) put(entry);
      } else if (fate.keeps(change)) for (const entry of change.entries) put(entry);
    }

    const write = (inode: Inode, path: string, top: boolean) => {
      mkdirSync(path, { mode: 0o700 });
      for (const [name, child] of entries.get(inode) ?? []) {
        if (top && !only(name)) continue;
        const to = join(path, name);
        if (child.kind === 'directory') write(child, to, false);
        else if (child.kind === 'link') symlinkSync(child.target, to);
        else {
          const { bytes, length } = contents.get(child) ??
            this.#folded.get(child) ?? { bytes: Buffer.alloc(0), length: 0 };
          writeFileSync(to, bytes.subarray(0, length), { mode: 0o600 });
        }
      }
    };
    write(root, directory, true);
  }
}

function contentsOf(all: Map<Inode, Contents>, inode: Inode): Contents {
  let found = all.get(inode);
  if (!found) {
    found = { bytes: Buffer.alloc(0), length: 0 };
    all.set(inode, found);
  }
  return found;
}

function apply(contents: Contents, change: Change): void {
  if (change.kind === 'write') put(contents, change.position, change.bytes);
  else if (change.kind === 'size') resize(contents, change.length);
}

type Write = Extract<Change, { kind: 'write' }>;

/** Some of the pages or sectors; the file may grow over those that are missing, which then read as zeros. */
function tear(contents: Contents, { position, bytes }: Write, fate: Fate, random: Random): void {
  const unit = random() < 0.5 ? PAGE_BYTES : SECTOR_BYTES;
  const end = position + bytes.length;
  for (let at = position; at < end; ) {
    const next = Math.min(end, (Math.floor(at / unit) + 1) * unit);
    if (fate.keepsPiece()) put(contents, at, bytes.subarray(at - position, next - position));
    at = next;
  }
  if (end > contents.length && fate.keepsPiece()) resize(contents, end);
}

function grow(contents: Contents, { position, bytes }: Write): void {
  if (position + bytes.length > contents.length) resize(contents, position + bytes.length);
}

function put(contents: Contents, position: number, bytes: Buffer): void {
  reserve(contents, position + bytes.length);
  bytes.copy(contents.bytes, position);
  contents.length = Math.max(contents.length, position + bytes.length);
}

function resize(contents: Contents, length: number): void {
  reserve(contents, length);
  if (length < contents.length) contents.bytes.fill(0, length, contents.length);
  contents.length = length;
}

function reserve(contents: Contents, bytes: number): void {
  if (contents.bytes.length >= bytes) return;
  const grown = Buffer.alloc(Math.max(bytes, contents.bytes.length * 2, PAGE_BYTES));
  contents.bytes.copy(grown);
  contents.bytes = grown;
}
