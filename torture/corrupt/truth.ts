/** What lies in a stopped instance's journal, entry by entry, read before anything is injured. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Batch, LAYOUT_VERSION, readRows } from '../../server/src/base/index.ts';
import { CURSOR_SUFFIX, decodeCursor } from '../../server/src/journal/embedded/cursor.ts';
import {
  batchOf,
  decodeSegmentHeader,
  entryMarker,
  SEGMENT_HEADER_BYTES,
} from '../../server/src/journal/embedded/format.ts';
import { segmentNumberOf } from '../../server/src/journal/embedded/ledger.ts';
import { Scan, scanWindow } from '../../server/src/journal/embedded/scan.ts';
import type { JournalFile } from '../../server/src/journal/index.ts';
import { type Contents, METRIC_STEP_NANOS, type Signal } from '../rounds/contents.ts';

export interface EntryTruth {
  readonly sequence: bigint;
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly tenant: string;
  readonly signal: Signal;
  /** Numbers of its records. */
  readonly numbers: readonly number[];
}

export interface JournalTruth {
  readonly dir: string;
  /** Segment files in order, as they were. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Entries that the store's cursor has not passed: what an injury can cost. */
  readonly waiting: readonly EntryTruth[];
}

/** A file in memory, for the journal's own reader. */
function fileOf(bytes: Buffer): JournalFile {
  const no = () => Promise.reject(new Error('read only'));
  return {
    read: async (target, offset, length, position) =>
      bytes.copy(target, offset, position, Math.min(bytes.length, position + length)),
    size: async () => bytes.length,
    inode: async () => 0n,
    close: async () => {},
    writev: no,
    datasync: no,
    truncate: no,
  };
}

/** Numbers of a batch's records. */
export function numbersIn(batch: Batch, contents: Contents): number[] {
  const numbers: number[] = [];
  for (const block of batch.blocks) {
    if (block.table === 'logs' || block.table === 'spans') {
      for (const row of readRows(block.bytes)) {
        const pair = (row['attributes'] as [string, string][]).find(([key]) => key === 'n');
        if (pair) numbers.push(Number(pair[1]));
      }
    } else if (block.table === 'samples') {
      for (const row of readRows(block.bytes))
        numbers.push(Number(((row['timestamp'] as bigint) - contents.time('metrics', 0)) / METRIC_STEP_NANOS));
    }
  }
  return numbers;
}

export async function readTruth(dir: string, numbersOf: (batch: Batch) => number[]): Promise<JournalTruth> {
  const names = readdirSync(dir)
    .filter((name) => segmentNumberOf(name) !== undefined)
    .sort();
  const committed = decodeCursor(readFileSync(join(dir, `store${CURSOR_SUFFIX}`)))?.state.committed ?? 0n;
  const files = new Map<string, Buffer>();
  const waiting: EntryTruth[] = [];
  for (const file of names) {
    const bytes = readFileSync(join(dir, file));
    files.set(file, bytes);
    const header = decodeSegmentHeader(bytes.subarray(0, SEGMENT_HEADER_BYTES));
    if (typeof header !== 'object') continue;
    const range = { offset: SEGMENT_HEADER_BYTES, end: bytes.length };
    const scan = new Scan(fileOf(bytes), entryMarker(header.nonce), range, scanWindow(bytes.length));
    for (let found = await scan.find(); found; found = await scan.find()) {
      const payload = await scan.take(found);
      const batch = payload && batchOf(found.header, payload);
      // An entry of a layout to come is put aside, whatever is in it.
      if (batch?.layoutVersion !== LAYOUT_VERSION || found.header.sequence <= committed) continue;
      const { sequence, headerBytes, payloadBytes } = found.header;
      const { tenant, signal } = batch;
      waiting.push({
        sequence,
        file,
        offset: found.offset,
        bytes: headerBytes + payloadBytes,
        tenant,
        signal,
        numbers: numbersOf(batch),
      });
    }
  }
  return { dir, files, waiting };
}

/** Entries of which a byte is not as it was. */
export function injured(truth: JournalTruth): EntryTruth[] {
  const now = new Map<string, Buffer | undefined>();
  for (const file of truth.files.keys()) {
    try {
      now.set(file, readFileSync(join(truth.dir, file)));
    } catch {
      now.set(file, undefined);
    }
  }
  return truth.waiting.filter(({ file, offset, bytes }) => {
    const before = truth.files.get(file)!.subarray(offset, offset + bytes);
    const after = now.get(file)?.subarray(offset, offset + bytes);
    return after === undefined || !after.equals(before);
  });
}
