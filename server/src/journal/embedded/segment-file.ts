import { dirname, join } from 'node:path';
import type { FileSystem, JournalFile } from '../fs.ts';
import { encodeSegmentHeader, entryMarker, SEGMENT_HEADER_BYTES, type SegmentHeader } from './format.ts';
import { type Segment, segmentFile } from './ledger.ts';

/** Ends the names of files that are not finished; whatever has it is removed at the next start. */
export const UNFINISHED = '.new';

/** Writes all of `buffers`; a short write goes on where it stopped, so that the reason for it comes out. */
export async function writeFully(file: JournalFile, buffers: readonly Uint8Array[], position: number): Promise<number> {
  let rest = buffers.filter((buffer) => buffer.length > 0);
  let at = position;
  while (rest.length > 0) {
    let taken = await file.writev(rest, at);
    if (taken <= 0) throw new Error('the file system took no bytes and gave no reason');
    at += taken;
    let whole = 0;
    while (whole < rest.length && taken >= rest[whole]!.length) {
      taken -= rest[whole]!.length;
      whole++;
    }
    rest = rest.slice(whole);
    if (taken > 0) rest[0] = rest[0]!.subarray(taken);
  }
  return at;
}

/**
 * Makes a file that is there whole or not at all, durable before it resolves. The writer's descriptor is returned.
 * When it rejects, the file may be there or not after a crash, but never with other content than this.
 */
export async function createWhole(
  fs: FileSystem,
  path: string,
  content: readonly Uint8Array[] | ((file: JournalFile) => Promise<readonly Uint8Array[]>),
): Promise<JournalFile> {
  const unfinished = path + UNFINISHED;
  const file = await fs.open(unfinished, 'create');
  try {
    await writeFully(file, typeof content === 'function' ? await content(file) : content, 0);
    await file.datasync();
    await fs.rename(unfinished, path);
    await fs.syncDirectory(dirname(path));
    return file;
  } catch (error) {
    await file.close().catch(() => {});
    await fs.unlink(unfinished).catch(() => {});
    throw error;
  }
}

/** Begins a segment file, durably. Numbers are never reused, not even after a failure. */
export async function createSegment(
  fs: FileSystem,
  dir: string,
  header: SegmentHeader,
): Promise<{ file: JournalFile; segment: Segment }> {
  const name = segmentFile(header.number);
  const path = join(dir, name);
  const file = await createWhole(fs, path, [encodeSegmentHeader(header)]);
  return {
    file,
    segment: {
      number: header.number,
      path,
      file: name,
      marker: entryMarker(header.nonce),
      first: header.first,
      before: header.previous.last,
      length: SEGMENT_HEADER_BYTES,
      entries: 0,
      records: 0,
      confirmed: 0n,
      passedAt: undefined,
      leaving: false,
    },
  };
}
