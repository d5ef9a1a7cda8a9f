import { createReadStream } from 'node:fs';

/** What of a process tree's system calls says how its files came to be; in the spelling of `strace -e trace=`. */
export const TRACED_CALLS = [
  ...['open', 'openat', 'creat', 'close', 'dup', 'dup2', 'dup3', 'lseek'],
  ...['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2', 'sendmsg', 'sendto'],
  ...['truncate', 'ftruncate', 'fallocate', 'copy_file_range', 'sendfile'],
  ...['fsync', 'fdatasync', 'sync_file_range', 'syncfs', 'sync'],
  ...['rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'symlinkat', 'unlink', 'unlinkat'],
  ...['mkdir', 'mkdirat', 'rmdir'],
];

/**
 * The command that runs another one and writes its calls, data included, to `output`. `-D`: the program stays the
 * child of whoever starts it; `--seccomp-bpf`: calls that are not traced cost nothing.
 */
export function recorder(output: string): readonly string[] {
  const calls = `trace=?${TRACED_CALLS.join(',?')}`;
  return ['strace', '-D', '-f', '--seccomp-bpf', '-qq', '-yy', '-xx', '-s', '268435456']
    .concat(['-e', 'signal=none', '-e', calls, '-o', output])
    .slice();
}

/** One call that succeeded. `start` and `end` are moments: the lines on which the kernel entered and left it. */
export interface SystemCall {
  readonly name: string;
  readonly args: readonly Argument[];
  readonly result: number;
  readonly start: number;
  readonly end: number;
}

export type Argument =
  /** A number, flags, or anything else that is neither of the others. */
  | { readonly kind: 'word'; readonly text: string; readonly path?: string }
  /** What was written: one piece, or the pieces of a vector. */
  | { readonly kind: 'bytes'; readonly bytes: Buffer };

/** Called as a call is entered, so that names are understood as they are at that moment; what it returns comes back. */
export type Entering<T> = (call: { readonly name: string; readonly args: readonly Argument[] }) => T;

/**
 * Reads what `recorder` wrote, in order. A call that another thread's overlaps is on two lines; it is given when its
 * second line comes. Failed calls changed nothing and are left out; a call that never returned is given last, with an
 * `end` of infinity: it may have happened.
 */
export async function readCalls<T>(
  path: string,
  entering: Entering<T>,
  done: (call: SystemCall, entered: T) => void,
): Promise<number> {
  const open = new Map<string, { name: string; args: Argument[]; start: number; entered: T }>();
  let line = 0;
  for await (const text of lines(path)) {
    const moment = line++;
    const space = text.indexOf(' ');
    const pid = text.subarray(0, space).toString('latin1');
    const rest = text.subarray(space + 1);
    const head = rest.subarray(0, 60).toString('latin1').trimStart();
    if (head.startsWith('<...')) {
      const began = open.get(pid);
      open.delete(pid);
      const tail = tailOf(rest);
      const result = resultOf(tail);
      if (began && result >= 0) done({ ...began, result, end: moment }, began.entered);
      continue;
    }
    const name = /^(\w+)\(/.exec(head)?.[1];
    if (name === undefined) continue;
    const args = parseArguments(rest, rest.indexOf('(') + 1);
    const tail = tailOf(rest);
    if (tail.endsWith('<unfinished ...>')) {
      open.set(pid, { name, args, start: moment, entered: entering({ name, args }) });
      continue;
    }
    const result = resultOf(tail);
    if (result < 0) continue;
    done({ name, args, result, start: moment, end: moment }, entering({ name, args }));
  }
  for (const began of open.values())
    done({ ...began, result: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY }, began.entered);
  return line;
}

/** Ends with the result, which may be a descriptor and the name of its file, four letters a byte. */
const tailOf = (rest: Buffer): string => rest.subarray(Math.max(0, rest.length - 17_000)).toString('latin1');

/** The number after the last ` = `; -1 for a failure or what has none. */
function resultOf(tail: string): number {
  const at = tail.lastIndexOf(') = ') >= 0 ? tail.lastIndexOf(') = ') + 4 : tail.lastIndexOf(' = ') + 3;
  if (at < 3) return -1;
  const found = /^-?\d+/.exec(tail.slice(at));
  return found ? Number(found[0]) : -1;
}

const QUOTE = 0x22;
const CLOSERS: Readonly<Record<number, number>> = { 91: 0x5d, 123: 0x7d, 60: 0x3e };

/** Arguments up to the closing parenthesis; inside quotes everything is `\xNN`, so brackets there cannot mislead. */
function parseArguments(line: Buffer, from: number): Argument[] {
  const args: Argument[] = [];
  let start = from;
  let pieces: Buffer[] = [];
  const nesting: number[] = [];
  const finish = (end: number) => {
    const text = line
      .subarray(start, Math.min(end, start + 4_000))
      .toString('latin1')
      .trim();
    if (pieces.length > 0)
      args.push({ kind: 'bytes', bytes: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces) });
    else if (text !== '') {
      const path = /^[^<]*<(.*)>(\(deleted\))?$/.exec(text)?.[1];
      args.push({ kind: 'word', text, ...(path === undefined ? {} : { path: plain(path) }) });
    }
    pieces = [];
    start = end + 1;
  };
  for (let at = from; at < line.length; at++) {
    const byte = line[at]!;
    if (byte === QUOTE) {
      const end = line.indexOf(QUOTE, at + 1);
      pieces.push(decode(line, at + 1, end));
      at = end;
      continue;
    }
    if (byte === 0x3c && nesting.length === 0 && line.subarray(at, at + UNFINISHED.length).equals(UNFINISHED)) {
      finish(at);
      return args;
    }
    // A socket's name has `->` in it.
    if (byte === 0x3e && line[at - 1] === 0x2d) continue;
    if (CLOSERS[byte] !== undefined) nesting.push(CLOSERS[byte]);
    else if (nesting.length > 0 && byte === nesting.at(-1)) nesting.pop();
    else if (nesting.length === 0 && byte === 0x2c) finish(at);
    else if (nesting.length === 0 && byte === 0x29) {
      finish(at);
      return args;
    }
  }
  finish(line.length);
  return args;
}

const UNFINISHED = Buffer.from('<unfinished ');

const DIGIT = new Uint8Array(128);
for (let i = 0; i < 16; i++) DIGIT['0123456789abcdef'.charCodeAt(i)] = i;

/** `\xNN` for every byte. */
function decode(line: Buffer, from: number, end: number): Buffer {
  const bytes = Buffer.allocUnsafe((end - from) >> 2);
  for (let at = from, i = 0; i < bytes.length; at += 4, i++)
    bytes[i] = (DIGIT[line[at + 2]!]! << 4) | DIGIT[line[at + 3]!]!;
  return bytes;
}

function plain(text: string): string {
  return text.startsWith('\\x') ? Buffer.from(text.replaceAll('\\x', ''), 'hex').toString('utf8') : text;
}

/** Lines without their ends; one may be hundreds of megabytes long, more than a string can hold. */
async function* lines(path: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 22 }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const piece = chunk.subarray(from, at);
      yield parts.length === 0 ? piece : Buffer.concat([...parts, piece]);
      parts = [];
      from = at + 1;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}
