import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { type FileSystem, nodeFileSystem } from '../fs.ts';
import type { Damage } from '../port.ts';
import { CURSOR_COPY_SUFFIX, CURSOR_SUFFIX, readCursor } from './cursor.ts';
import { readDamages } from './damage.ts';
import { decodeSegmentHeader, entryMarker, MIN_ENTRY_BYTES, SEGMENT_HEADER_BYTES } from './format.ts';
import { IDENTITY_FILE, identityProblem } from './identity.ts';
import { segmentNumberOf } from './ledger.ts';
import { findNonce } from './lost-header.ts';
import { Scan, scanWindow } from './scan.ts';

export interface Inspection {
  readonly segments: number;
  readonly bytes: number;
  /** Entries whose checksums match. */
  readonly whole: number;
  /** What is wrong with which file, now. */
  readonly problems: readonly { readonly file: string; readonly what: string }[];
  /** What was found while the program ran, and is on record. */
  readonly damages: readonly Damage[];
}

/**
 * Reads every byte of a journal and holds it against its checksums. Changes nothing, also while another process writes:
 * what is being written just then at the end of the newest segment is no problem yet.
 */
export async function inspectJournal(dir: string, fs: FileSystem = nodeFileSystem): Promise<Inspection> {
  const names = (await fs.readdir(dir)).sort();
  const problems: { file: string; what: string }[] = [];
  let bytes = 0;
  let whole = 0;
  const segments = names.filter((name) => segmentNumberOf(name) !== undefined);
  const tryOut = async (file: string, step: () => Promise<string | undefined>) => {
    const what = await step().catch((error: unknown) => `cannot be read: ${messageOf(error)}`);
    if (what !== undefined) problems.push({ file, what });
  };
  for (const [i, file] of segments.entries())
    await tryOut(file, async () => {
      const next = segments[i + 1];
      // What is wrong with the next one is said of that one.
      const told = () => nonceToldBy(fs, join(dir, next!), segmentNumberOf(file)!).catch(() => undefined);
      const found = await inspectSegment(fs, join(dir, file), next === undefined, next === undefined ? untold : told);
      bytes += found.bytes;
      whole += found.whole;
      return found.problem;
    });
  for (const file of names.filter((name) => name.endsWith(CURSOR_SUFFIX) || name.endsWith(CURSOR_COPY_SUFFIX)))
    await tryOut(file, async () => {
      const { found, damagedAt } = await readCursor(fs, join(dir, file));
      if (found && damagedAt === undefined) return undefined;
      return found ? 'a record does not match its checksum; another one is whole' : 'no record is whole';
    });
  if (names.includes(IDENTITY_FILE)) await tryOut(IDENTITY_FILE, () => identityProblem(fs, dir));
  if (names.includes('dead-letters'))
    for (const file of (await fs.readdir(join(dir, 'dead-letters'))).filter((name) => name.endsWith('.dead')))
      await tryOut(`dead-letters/${file}`, async () => {
        return (await inspectSegment(fs, join(dir, 'dead-letters', file), false, untold)).problem;
      });
  const damages = (await readDamages(fs, dir)).map(({ damage }) => damage);
  return { segments: segments.length, bytes, whole, problems, damages };
}

type Told = () => Promise<bigint | undefined>;
const untold: Told = async () => undefined;

/** The nonce of segment `number`, which the one that was begun after it keeps; undefined when that one does not. */
async function nonceToldBy(fs: FileSystem, path: string, number: bigint): Promise<bigint | undefined> {
  const file = await fs.open(path, 'read');
  try {
    const page = Buffer.alloc(SEGMENT_HEADER_BYTES);
    const header = decodeSegmentHeader(page.subarray(0, await file.read(page, 0, page.length, 0)));
    if (header === undefined || typeof header === 'number' || header.previous.number !== number) return undefined;
    return header.previous.nonce || undefined;
  } finally {
    await file.close();
  }
}

/** @param told the segment's nonce as another file knows it; asked for when its own header cannot be read */
async function inspectSegment(
  fs: FileSystem,
  path: string,
  newest: boolean,
  told: Told,
): Promise<{ bytes: number; whole: number; problem: string | undefined }> {
  const file = await fs.open(path, 'read');
  try {
    const end = await file.size();
    const page = Buffer.alloc(SEGMENT_HEADER_BYTES + MIN_ENTRY_BYTES);
    const read = await file.read(page, 0, page.length, 0);
    const header = decodeSegmentHeader(page.subarray(0, Math.min(read, SEGMENT_HEADER_BYTES)));
    if (typeof header === 'number') return { bytes: end, whole: 0, problem: `has format version ${header}` };
    const nonce = header?.nonce ?? (await told()) ?? (await findNonce(file, page.subarray(0, read), end));
    if (nonce === undefined)
      return { bytes: end, whole: 0, problem: 'its header is damaged, and no entry can be found' };
    let whole = 0;
    let bad = 0;
    let skipped = 0;
    let misplaced = false;
    let newestSequence = -1n;
    const scan = new Scan(file, entryMarker(nonce), { offset: SEGMENT_HEADER_BYTES, end }, scanWindow(end), true);
    for (let found = await scan.find(); found; found = await scan.find()) {
      skipped += found.skipped;
      if (!(await scan.verify(found))) {
        bad++;
        continue;
      }
      whole++;
      if (found.header.sequence <= newestSequence) misplaced = true;
      else newestSequence = found.header.sequence;
    }
    const rest = end - scan.offset;
    const parts = [
      header === undefined ? 'its header is damaged' : '',
      bad > 0 ? `${bad} entries do not match their checksum` : '',
      misplaced ? 'its entries are out of order: one was written to a wrong place' : '',
      skipped > 0 ? `${skipped} bytes between entries are none` : '',
      rest > 0 && !newest ? `${rest} bytes at its end are no entry` : '',
    ].filter((part) => part !== '');
    return { bytes: end, whole, problem: parts.length > 0 ? parts.join(', ') : undefined };
  } finally {
    await file.close();
  }
}
