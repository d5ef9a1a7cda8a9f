import { isHanokError, type Sequence } from '#base';
import { fail, messageOf } from '../errors.ts';
import type { FileSystem, JournalFile } from '../fs.ts';
import {
  decodeSegmentHeader,
  type EntryHeader,
  entryMarker,
  MIN_ENTRY_BYTES,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from './format.ts';
import { Ledger, lastOf, type Segment, segmentNumberOf } from './ledger.ts';
import { findNonce } from './lost-header.ts';
import { Scan, scanWindow } from './scan.ts';
import { UNFINISHED } from './segment-file.ts';

interface Seen {
  readonly number: bigint;
  readonly file: string;
  readonly path: string;
  readonly size: number;
  /** `undefined`: damaged. */
  readonly header: SegmentHeader | undefined;
}

export interface Recovered {
  readonly ledger: Ledger;
  /** Bytes behind the last whole entry that were cut off. */
  readonly tornBytes: number;
  /** Bytes behind the last whole entry that the disk would not give; left as they are. */
  readonly unreadableBytes: number;
  /** Headers of the entries at the end, oldest first: those whose answer the crash may have swallowed. */
  readonly newest: readonly EntryHeader[];
}

/** Told of the bytes behind a segment's end, up to `size`, before they are cut off or passed over. Must not throw. */
export type OnCut = (file: JournalFile, segment: Segment, size: number) => Promise<void>;

/**
 * Reads the directory a process or a power cut left. Whole files are told apart by the chain of headers: every
 * segment says how much of its predecessor counts. Only the newest, which nothing vouches for yet, is read through;
 * a torn end is cut off and what remains is made durable before anybody can read it: else a consumer could commit
 * entries that a later power cut takes back, and their numbers would be given out again.
 *
 * `handledThrough` is the highest sequence any cursor knows: numbering goes on behind it whatever else is lost.
 */
export async function recover(
  fs: FileSystem,
  dir: string,
  handledThrough: Sequence,
  onCut: OnCut = async () => {},
): Promise<Recovered> {
  const names = await fs.readdir(dir);
  for (const name of names) if (name.endsWith(UNFINISHED)) await fs.unlink(`${dir}/${name}`).catch(() => {});

  const all: Seen[] = [];
  for (const file of names.sort()) {
    const number = segmentNumberOf(file);
    if (number !== undefined) all.push(await look(fs, dir, file, number));
  }
  const claims = new Map<bigint, SegmentHeader['previous']>();
  for (const { header } of all) if (header) claims.set(header.previous.number, header.previous);

  const segments: Segment[] = [];
  let tornBytes = 0;
  let unreadableBytes = 0;
  let newestEntries: EntryHeader[] = [];
  for (const [index, seen] of all.entries()) {
    const newest = index === all.length - 1;
    const claim = claims.get(seen.number);
    const previousLast = segments.length > 0 ? lastOf(segments.at(-1)!) : 0n;
    const segment = known(seen, previousLast + 1n, seen.header?.nonce ?? (claim?.nonce || (await lostNonce(fs, seen))));
    segments.push(segment);
    if (!segment.marker) {
      // Nothing vouches for what lies in the newest one, and nothing can tell its numbers any more.
      if (newest && seen.size > SEGMENT_HEADER_BYTES) {
        unreadableBytes += seen.size - SEGMENT_HEADER_BYTES;
        await told(fs, segment, seen.size, onCut);
      }
      continue;
    }
    if (claim && !newest && seen.header) {
      segment.length = Math.min(seen.size, claim.length);
      segment.entries = Math.max(0, Number(claim.last - seen.header.first) + 1);
      segment.records = claim.records;
      segment.confirmed = claim.confirmed;
      // What was being answered when the power went may lie in front of a segment just begun.
      if (index === all.length - 2 && all.at(-1)!.size < UNANSWERED_BYTES)
        newestEntries = await readHeaders(fs, segment).catch(() => []);
    } else {
      if (!newest) newestEntries = [];
      const left = await readThrough(fs, segment, seen, newest, newestEntries, onCut);
      tornBytes += left.tornBytes;
      unreadableBytes += left.unreadableBytes;
    }
  }
  let durable = 0n;
  for (const segment of segments) if (segment.entries > 0) durable = lastOf(segment);
  for (const segment of segments) if (segment.before > durable) durable = segment.before;

  let highest = durable > handledThrough ? durable : handledThrough;
  // A segment begun after a failure starts behind the rejected numbers, and may hold nothing yet.
  for (const segment of segments) if (segment.first > highest + 1n) highest = segment.first - 1n;
  const ledger = new Ledger(dir, segments, {
    durable,
    // Unreadable bytes may hold numbers already given out.
    next: highest + 1n + BigInt(Math.ceil(unreadableBytes / MIN_ENTRY_BYTES)),
    nextSegment: (all.at(-1)?.number ?? 0n) + 1n,
  });
  return { ledger, tornBytes, unreadableBytes, newest: newestEntries };
}

/** More than two groups, the one being answered and the one being written. */
const UNANSWERED_BYTES = 32 * 1024 ** 2;
const MOST_HEADERS = 50_000;

async function readHeaders(fs: FileSystem, segment: Segment): Promise<EntryHeader[]> {
  const handle = await fs.open(segment.path, 'read');
  try {
    const headers: EntryHeader[] = [];
    const range = { offset: SEGMENT_HEADER_BYTES, end: segment.length };
    const scan = new Scan(handle, segment.marker!, range, scanWindow(segment.length), true);
    for (let found = await scan.find(); found; found = await scan.find())
      if (await scan.verify(found)) headers.push(found.header);
    return headers.slice(-MOST_HEADERS);
  } finally {
    await handle.close();
  }
}

async function look(fs: FileSystem, dir: string, file: string, number: bigint): Promise<Seen> {
  const path = `${dir}/${file}`;
  const handle = await fs.open(path, 'read');
  try {
    const size = await handle.size();
    const page = Buffer.alloc(SEGMENT_HEADER_BYTES);
    const header = decodeSegmentHeader(page.subarray(0, await readUpTo(handle, page)));
    if (typeof header === 'number')
      throw fail('journal.newer-format', `${path} has format version ${header}`, { at: path });
    return { number, file, path, size, header };
  } finally {
    await handle.close();
  }
}

async function lostNonce(fs: FileSystem, { path, size }: Seen): Promise<bigint | undefined> {
  const handle = await fs.open(path, 'read');
  try {
    const page = Buffer.alloc(SEGMENT_HEADER_BYTES + MIN_ENTRY_BYTES);
    return await findNonce(handle, page.subarray(0, await readUpTo(handle, page)), size);
  } finally {
    await handle.close();
  }
}

async function readUpTo(file: JournalFile, target: Buffer): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const count = await file.read(target, done, target.length - done, done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

async function told(fs: FileSystem, segment: Segment, size: number, onCut: OnCut): Promise<void> {
  const handle = await fs.open(segment.path, 'read');
  await onCut(handle, segment, size).finally(() => handle.close());
}

function known(seen: Seen, first: Sequence, nonce: bigint | undefined): Segment {
  return {
    number: seen.number,
    path: seen.path,
    file: seen.file,
    marker: nonce === undefined ? undefined : entryMarker(nonce),
    first: seen.header?.first ?? first,
    before: seen.header?.previous.last ?? 0n,
    length: Math.min(seen.size, SEGMENT_HEADER_BYTES),
    entries: 0,
    records: 0,
    confirmed: 0n,
    passedAt: undefined,
    leaving: false,
  };
}

const READ_ATTEMPTS = 3;

/** Reads all entries; in the newest segment cuts off what follows the last whole one: nothing vouches for it. */
async function readThrough(
  fs: FileSystem,
  segment: Segment,
  seen: Seen,
  newest: boolean,
  headers: EntryHeader[],
  onCut: OnCut,
): Promise<{ tornBytes: number; unreadableBytes: number }> {
  const handle = await fs.open(segment.path, newest ? 'write' : 'read');
  const before = headers.length;
  try {
    const window = scanWindow(seen.size);
    let unreadable = false;
    for (let attempt = 1; ; attempt++) {
      const range = { offset: SEGMENT_HEADER_BYTES, end: seen.size };
      const scan = new Scan(handle, segment.marker!, range, window, attempt >= READ_ATTEMPTS);
      try {
        headers.length = before;
        await countEntries(scan, segment, seen.header === undefined, headers);
        // The header would tell of numbers that were skipped because they were rejected. Without it, all count as missing.
        if (seen.header === undefined && segment.entries > 0) segment.before = segment.first - 1n;
        unreadable = scan.unreadablePages > 0;
        break;
      } catch (error) {
        if (attempt >= READ_ATTEMPTS || !isHanokError(error) || error.code !== 'journal.read-failed') throw error;
      }
    }
    const rest = Math.max(0, seen.size - segment.length);
    if (!newest) return { tornBytes: 0, unreadableBytes: 0 };
    if (unreadable) return { tornBytes: 0, unreadableBytes: rest };
    if (rest > 0) {
      await onCut(handle, segment, seen.size);
      await handle.truncate(segment.length);
    }
    await handle.datasync();
    return { tornBytes: rest, unreadableBytes: 0 };
  } catch (cause) {
    if (isHanokError(cause)) throw cause;
    throw fail('journal.open-failed', `cannot recover ${segment.path}: ${messageOf(cause)}`, {
      at: segment.path,
      cause,
    });
  } finally {
    await handle.close().catch(() => {});
  }
}

async function countEntries(
  scan: Scan,
  segment: Segment,
  firstUnknown: boolean,
  headers: EntryHeader[],
): Promise<void> {
  segment.confirmed = 0n;
  segment.entries = 0;
  segment.records = 0;
  segment.length = SEGMENT_HEADER_BYTES;
  for (let found = await scan.find(); found; found = await scan.find()) {
    if (!(await scan.verify(found))) continue;
    if (firstUnknown && segment.entries === 0 && found.header.sequence > segment.first)
      segment.first = found.header.sequence;
    // Not always the last one read: an older entry may have been written to a wrong place.
    segment.entries = Math.max(segment.entries, Number(found.header.sequence - segment.first) + 1);
    headers.push(found.header);
    if (headers.length > 2 * MOST_HEADERS) headers.splice(0, MOST_HEADERS);
    segment.records += found.header.records;
    segment.length = scan.offset;
    // An entry says what was durable before it was written.
    if (found.header.durable > segment.confirmed) segment.confirmed = found.header.durable;
  }
}
