import { posix } from 'node:path';
import { type Argument, readCalls, type SystemCall } from './system-calls.ts';

/** One thing done to the files below a directory. Files and directories are inodes: names come and go. */
export type Change = {
  /** Entered and left; a cut between the two finds it done or not. */
  readonly start: number;
  readonly end: number;
  /** From this moment on it is on the disk for good: the end of the first sync that began after it ended. */
  durable: number;
  /** The same on a file system whose every sync writes its one journal of names (ext4, xfs, btrfs). */
  durableJournaled: number;
} & (
  | { readonly kind: 'write'; readonly inode: Inode; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'size'; readonly inode: Inode; readonly length: number }
  | { readonly kind: 'names'; readonly entries: readonly Entry[] }
);

/** An entry of a directory: made, replaced, or (without `inode`) taken away. All of one change happen together. */
export interface Entry {
  readonly directory: Inode;
  readonly name: string;
  readonly inode: Inode | undefined;
}

export interface Inode {
  readonly number: number;
  readonly kind: 'file' | 'directory' | 'link';
  /** Target of a link. */
  readonly target: string;
}

/** An HTTP answer that began to leave the process. */
export interface Answer {
  readonly at: number;
  readonly status: number;
  /** The client's port: it tells connections apart. */
  readonly port: number;
}

export interface Recording {
  readonly root: Inode;
  /** In the order they were entered. */
  readonly changes: readonly Change[];
  readonly answers: readonly Answer[];
  /** Lines the process tree wrote to its standard output or any pipe that begin with `ack `. */
  readonly marks: readonly { readonly at: number; readonly text: string }[];
  /** Moments a cut may be made at: 0 up to this. */
  readonly moments: number;
  readonly syncs: number;
}

interface Node {
  readonly inode: Inode;
  readonly entries: Map<string, Node>;
}

/** Understands the calls in `trace` as changes to what lies below `directory`, which was empty at the start. */
export async function readRecording(trace: string, directory: string): Promise<Recording> {
  const reader = new Reader(directory);
  const moments = await readCalls(
    trace,
    (call) => reader.enter(call),
    (call, file) => reader.apply(call, file),
  );
  if (reader.strangers.size > 0)
    throw new Error(`calls that could not be understood: ${[...reader.strangers].slice(0, 10).join('; ')}`);
  const { root, changes, answers, marks, syncs } = reader;
  changes.sort((a, b) => a.start - b.start);
  return { root: root.inode, changes, answers, marks, moments, syncs };
}

const WRITES = new Set(['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2', 'sendmsg', 'sendto']);
const ANSWER = Buffer.from('HTTP/1.1 ');
const MARK = Buffer.from('ack ');

class Reader {
  readonly changes: Change[] = [];
  readonly answers: Answer[] = [];
  readonly marks: { at: number; text: string }[] = [];
  readonly strangers = new Set<string>();
  syncs = 0;
  #inodes = 0;
  readonly root: Node = this.#node('directory');
  readonly #directory: string;
  /** Where the next `write` goes, by descriptor and name at its opening: one writer has a file open at a time. */
  readonly #places = new Map<string, { node: Node; at: number; append: boolean }>();
  readonly #sizes = new Map<Node, number>();
  /** Changes no sync has covered yet, by what has to be synced. */
  readonly #waiting = new Map<Inode, Change[]>();
  #waitingNames: Change[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The file a call on a descriptor means, found while its name still is what the recorder saw. */
  enter(call: { readonly name: string; readonly args: readonly Argument[] }): Node | undefined {
    const first = call.args[0];
    if (first?.kind !== 'word' || first.path === undefined || !this.#inside(first.path)) return undefined;
    return this.#find(first.path) ?? this.#places.get(key(first))?.node;
  }

  apply(call: SystemCall, file: Node | undefined): void {
    const { name, args } = call;
    const first = args[0];
    switch (name) {
      case 'open':
      case 'creat':
        this.#open(call, this.#path(undefined, first), args[1]);
        return;
      case 'openat':
        this.#open(call, this.#path(first, args[1]), args[2]);
        return;
      case 'lseek': {
        const place = first?.kind === 'word' && this.#places.get(key(first));
        if (place && call.end !== Number.POSITIVE_INFINITY) place.at = call.result;
        return;
      }
      case 'ftruncate':
        if (file) this.#resize(call, file, numberOf(args[1]));
        return;
      case 'truncate': {
        const path = this.#path(undefined, first);
        const node = path === undefined ? undefined : this.#find(path);
        if (node) this.#resize(call, node, numberOf(args[1]));
        return;
      }
      case 'fallocate':
        if (file && /^0\b/.test(wordOf(args[1])))
          this.#resize(call, file, Math.max(this.#sizes.get(file) ?? 0, numberOf(args[2]) + numberOf(args[3])));
        return;
      case 'fsync':
      case 'fdatasync':
        if (file) this.#sync(call, file.inode);
        return;
      case 'rename':
        this.#rename(call, this.#path(undefined, first), this.#path(undefined, args[1]), '');
        return;
      case 'renameat':
      case 'renameat2':
        this.#rename(call, this.#path(first, args[1]), this.#path(args[2], args[3]), wordOf(args[4]));
        return;
      case 'link':
        this.#link(call, this.#path(undefined, first), this.#path(undefined, args[1]));
        return;
      case 'linkat':
        this.#link(call, this.#path(first, args[1]), this.#path(args[2], args[3]));
        return;
      case 'symlink':
        this.#make(call, this.#path(undefined, args[1]), 'link', textOf(first));
        return;
      case 'symlinkat':
        this.#make(call, this.#path(args[1], args[2]), 'link', textOf(first));
        return;
      case 'mkdir':
        this.#make(call, this.#path(undefined, first), 'directory');
        return;
      case 'mkdirat':
        this.#make(call, this.#path(first, args[1]), 'directory');
        return;
      case 'unlink':
      case 'rmdir':
        this.#remove(call, this.#path(undefined, first));
        return;
      case 'unlinkat':
        this.#remove(call, this.#path(first, args[1]));
        return;
      case 'sync':
      case 'syncfs':
      case 'sync_file_range':
      case 'copy_file_range':
      case 'sendfile':
        if (file) this.strangers.add(`${name} of ${wordOf(first)}`);
        return;
    }
    if (WRITES.has(name)) this.#write(call, file);
  }

  #write(call: SystemCall, file: Node | undefined): void {
    const [first] = call.args;
    const data = call.args.find((one) => one.kind === 'bytes')?.bytes;
    if (first?.kind !== 'word' || !data) return;
    if (file === undefined) {
      if (data.subarray(0, ANSWER.length).equals(ANSWER)) this.#answer(call, first.path ?? '', data);
      else if (data.subarray(0, MARK.length).equals(MARK))
        for (const text of data.toString('utf8').trim().split('\n')) this.marks.push({ at: call.start, text });
      else if (first.path !== undefined && this.#inside(first.path)) this.#unknown(call);
      return;
    }
    const bytes = data.subarray(0, Math.min(data.length, call.result));
    let position: number;
    if (call.name.startsWith('p')) position = numberOf(call.args[3]);
    else {
      const place = this.#places.get(key(first)) ?? this.#placeOf(first, file);
      position = place.append ? (this.#sizes.get(file) ?? 0) : place.at;
      place.at = position + bytes.length;
    }
    this.#sizes.set(file, Math.max(this.#sizes.get(file) ?? 0, position + bytes.length));
    this.#later(file.inode, { ...moments(call), kind: 'write', inode: file.inode, position, bytes });
  }

  #answer(call: SystemCall, socket: string, data: Buffer): void {
    const status = Number(data.subarray(9, 12).toString('latin1'));
    const port = Number(/->[^\]]*?:(\d+)\]?$/.exec(socket)?.[1] ?? 0);
    if (port > 0 && status !== 100) this.answers.push({ at: call.start, status, port });
  }

  #placeOf(first: Argument, node: Node) {
    // A renamed file is known by another name than at its opening: the descriptor decides.
    const descriptor = key(first).split(' ')[0];
    for (const [known, place] of this.#places)
      if (place.node === node && known.split(' ')[0] === descriptor) return place;
    const place = { node, at: 0, append: false };
    this.#places.set(key(first), place);
    return place;
  }

  #open(call: SystemCall, path: string | undefined, flags: Argument | undefined): void {
    if (path === undefined) return;
    const how = call.name === 'creat' ? 'O_WRONLY|O_CREAT|O_TRUNC' : wordOf(flags);
    let node = this.#find(path);
    if (!node) {
      if (!how.includes('O_CREAT')) return;
      node = this.#add(call, path, this.#node('file'));
      if (!node) return;
    } else if (how.includes('O_TRUNC') && (this.#sizes.get(node) ?? 0) > 0) this.#resize(call, node, 0);
    if (/O_WRONLY|O_RDWR/.test(how))
      this.#places.set(`${call.result} ${path}`, { node, at: 0, append: how.includes('O_APPEND') });
  }

  #resize(call: SystemCall, node: Node, length: number): void {
    this.#sizes.set(node, length);
    this.#later(node.inode, { ...moments(call), kind: 'size', inode: node.inode, length });
  }

  #sync(call: SystemCall, inode: Inode): void {
    if (call.end === Number.POSITIVE_INFINITY) return;
    this.syncs++;
    const settle = (list: readonly Change[], field: 'durable' | 'durableJournaled') =>
      list.filter((change) => {
        const covered = change.end < call.start;
        if (covered) change[field] = Math.min(change[field], call.end);
        return !covered;
      });
    const own = this.#waiting.get(inode);
    if (own) {
      for (const change of own)
        if (change.kind !== 'names' && change.end < call.start)
          change.durableJournaled = Math.min(change.durableJournaled, call.end);
      this.#waiting.set(inode, settle(own, 'durable'));
    }
    this.#waitingNames = settle(this.#waitingNames, 'durableJournaled');
  }

  #rename(call: SystemCall, from: string | undefined, to: string | undefined, flags: string): void {
    if (from === undefined && to === undefined) return;
    const source = from === undefined ? undefined : this.#parent(from);
    const target = to === undefined ? undefined : this.#parent(to);
    const node = source?.directory.entries.get(source.name);
    if (!source || !target || !node) {
      this.#unknown(call);
      return;
    }
    const other = target.directory.entries.get(target.name);
    const exchange = flags.includes('RENAME_EXCHANGE') ? other : undefined;
    source.directory.entries.delete(source.name);
    if (exchange) source.directory.entries.set(source.name, exchange);
    target.directory.entries.set(target.name, node);
    this.#names(call, [
      { directory: source.directory.inode, name: source.name, inode: exchange?.inode },
      { directory: target.directory.inode, name: target.name, inode: node.inode },
    ]);
  }

  #link(call: SystemCall, from: string | undefined, to: string | undefined): void {
    if (to === undefined) return;
    const node = from === undefined ? undefined : this.#find(from);
    if (!node) {
      this.#unknown(call);
      return;
    }
    this.#add(call, to, node);
  }

  #make(call: SystemCall, path: string | undefined, kind: 'directory' | 'link', target = ''): void {
    if (path !== undefined && path !== this.#directory) this.#add(call, path, this.#node(kind, target));
  }

  #remove(call: SystemCall, path: string | undefined): void {
    const place = path === undefined ? undefined : this.#parent(path);
    if (!place?.directory.entries.delete(place.name)) return;
    this.#names(call, [{ directory: place.directory.inode, name: place.name, inode: undefined }]);
  }

  #add(call: SystemCall, path: string, node: Node): Node | undefined {
    const place = this.#parent(path);
    if (!place) {
      this.#unknown(call);
      return undefined;
    }
    place.directory.entries.set(place.name, node);
    this.#names(call, [{ directory: place.directory.inode, name: place.name, inode: node.inode }]);
    return node;
  }

  #names(call: SystemCall, entries: readonly Entry[]): void {
    const change: Change = { ...moments(call), kind: 'names', entries };
    this.changes.push(change);
    this.#waitingNames.push(change);
    for (const { directory } of entries) this.#wait(directory, change);
  }

  #later(inode: Inode, change: Change): void {
    this.changes.push(change);
    this.#wait(inode, change);
  }

  #wait(inode: Inode, change: Change): void {
    const list = this.#waiting.get(inode);
    if (list) list.push(change);
    else this.#waiting.set(inode, [change]);
  }

  #unknown(call: SystemCall): void {
    this.strangers.add(
      `${call.name} ${call.args
        .map((one) => (one.kind === 'word' ? (one.path ?? one.text) : textOf(one).slice(0, 100)))
        .join(' ')
        .slice(0, 200)}`,
    );
  }

  #path(directory: Argument | undefined, path: Argument | undefined): string | undefined {
    const text = textOf(path);
    const base = directory?.kind === 'word' ? (directory.path ?? '/') : '/';
    const full = posix.normalize(text.startsWith('/') ? text : posix.join(base, text)).replace(/\/$/, '');
    return this.#inside(full) ? full : undefined;
  }

  #inside(path: string): boolean {
    return path === this.#directory || path.startsWith(`${this.#directory}/`);
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.root;
    for (const name of path.slice(this.#directory.length + 1).split('/')) {
      if (name === '') continue;
      node = node.entries.get(name);
      if (node?.inode.kind === 'link') node = this.#find(node.inode.target.replace(/\/$/, ''));
      if (!node) return undefined;
    }
    return node;
  }

  #parent(path: string): { directory: Node; name: string } | undefined {
    const directory = this.#find(posix.dirname(path));
    return directory && { directory, name: posix.basename(path) };
  }

  #node(kind: Inode['kind'], target = ''): Node {
    return { inode: { number: ++this.#inodes, kind, target }, entries: new Map() };
  }
}

const moments = ({ start, end }: SystemCall) => ({
  start,
  end,
  durable: Number.POSITIVE_INFINITY,
  durableJournaled: Number.POSITIVE_INFINITY,
});
const key = (first: Argument): string =>
  first.kind === 'word' ? `${Number.parseInt(first.text, 10)} ${(first.path ?? '').replace(/ \(deleted\)$/, '')}` : '';
const wordOf = (one: Argument | undefined): string => (one?.kind === 'word' ? one.text : '');
const textOf = (one: Argument | undefined): string =>
  one?.kind === 'bytes' ? one.bytes.toString('utf8') : wordOf(one);
const numberOf = (one: Argument | undefined): number => Number(wordOf(one));
