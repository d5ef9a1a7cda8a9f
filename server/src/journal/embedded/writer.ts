import { type Batch, type Clock, type Entry, isHanokError, type Log, type Sequence } from '#base';
import { fail, isOutOfSpace, messageOf } from '../errors.ts';
import type { FileSystem, JournalFile } from '../fs.ts';
import type { JournalConfig } from '../port.ts';
import {
  encodeEntryHeader,
  entryHeaderBytes,
  entryMarker,
  nonceOfMarker,
  payloadBytes,
  SEGMENT_HEADER_BYTES,
} from './format.ts';
import type { Ledger, Segment } from './ledger.ts';
import { pickGroup } from './pick-group.ts';
import type { Placed } from './recent.ts';
import { createSegment, writeFully } from './segment-file.ts';

/** Well under IOV_MAX even with many blocks each; more would only lengthen the wait of the first. */
const MAX_GROUP_ENTRIES = 512;
/** A segment could not be begun: how long until the next try. */
const RETRY_MS = 1_000;

interface Waiting {
  readonly batch: Batch;
  readonly headerBytes: number;
  readonly size: number;
  readonly resolve: (sequence: Sequence) => void;
  readonly reject: (error: unknown) => void;
}

export interface WriterDeps {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  readonly nonce: () => bigint;
  readonly ledger: Ledger;
  /** Called once per durable group, before its appends resolve. */
  readonly onDurable: (group: readonly Placed[], bytes: number) => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Group commit. One loop writes: everything that waits goes out with one writev and one fdatasync, and whatever
 * arrives meanwhile forms the next group.
 *
 * A failed write or sync ends the segment: what it was to hold is rejected, the descriptor is never written again, and
 * before anybody hears of the rejection the remains are made unreadable for good, by cutting them off (after a failed
 * write) or by a successor whose header says how much of this segment counts (after a failed sync, when nothing the
 * old descriptor says can be believed).
 */
export class GroupWriter {
  readonly #config: JournalConfig;
  readonly #deps: WriterDeps;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  #file: JournalFile | undefined;
  #segment: Segment | undefined;
  #marker: Buffer | undefined;
  #rollWanted = false;
  #closed = false;
  /** Set while no segment can be begun. */
  #broken: { readonly error: unknown; readonly since: number } | undefined;
  /** Rejected bytes lie behind the newest segment's end and no successor says so yet. */
  #uncontained = false;

  constructor(config: JournalConfig, deps: WriterDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get broken(): boolean {
    return this.#broken !== undefined;
  }

  /** The segment that may still grow. */
  get segment(): Segment | undefined {
    return this.#segment;
  }

  append(batch: Batch): Promise<Sequence> {
    const headerBytes = entryHeaderBytes(batch);
    const size = headerBytes + payloadBytes(batch);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, headerBytes, size, resolve, reject });
      this.#waitingBytes += size;
      this.#start();
    });
  }

  /** Begins a new segment so that the present one can be deleted, or after a failure; not more often than is useful. */
  roll(): void {
    if (this.#closed) return;
    this.#rollWanted = true;
    this.#start();
  }

  /** Makes durable what waits, then lets go of the file. */
  async close(): Promise<void> {
    if (this.#uncontained) this.roll();
    this.#closed = true;
    await this.#running;
    await this.#file?.close().catch(() => {});
    this.#file = undefined;
    this.#segment = undefined;
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0 || this.#rollWanted) {
      // Appends of the same turn of the event loop share the group; an idle loop gets here at once.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#rollWanted) {
        this.#rollWanted = false;
        await this.#begin().catch(() => {});
      }
      if (this.#waiting.length > 0) await this.#writeGroup(this.#takeGroup());
    }
    // In the same turn as the last look: an append that comes later must find no loop that has already looked.
    this.#running = undefined;
  }

  #takeGroup(): Waiting[] {
    const limits = { bytes: this.#config.maxGroupBytes, entries: MAX_GROUP_ENTRIES };
    const { group, rest } = pickGroup(this.#waiting, limits);
    this.#waiting = rest;
    for (const one of group) this.#waitingBytes -= one.size;
    return group;
  }

  async #writeGroup(group: Waiting[]): Promise<void> {
    let bytes = 0;
    for (const one of group) bytes += one.size;
    const { ledger, onDurable } = this.#deps;
    try {
      const full =
        this.#segment &&
        this.#segment.length > SEGMENT_HEADER_BYTES &&
        this.#segment.length + bytes > this.#config.segmentBytes;
      if (!this.#segment || full) await this.#begin();
    } catch (error) {
      const code = isOutOfSpace(error) ? 'journal.disk-full' : 'journal.write-failed';
      const rejection = isHanokError(error)
        ? error
        : fail(code, `cannot begin a journal segment: ${messageOf(error)}`, { cause: error });
      for (const one of group) one.reject(rejection);
      return;
    }
    const file = this.#file!;
    const segment = this.#segment!;
    const first = ledger.next;
    ledger.next += BigInt(group.length);
    const placed: Placed[] = [];
    let step: 'write' | 'sync' = 'write';
    try {
      await writeFully(file, this.#lay(group, first, segment, placed), segment.length);
      step = 'sync';
      await file.datasync();
    } catch (error) {
      const contained = await this.#abandon(file, segment, step);
      const rejection = rejectionOf(error, step, contained);
      this.#deps.onFailure(error);
      for (const one of group) one.reject(rejection);
      return;
    }
    const lastPlaced = placed.at(-1)!;
    segment.length = lastPlaced.endOffset;
    segment.entries += group.length;
    segment.records = lastPlaced.recordsThrough;
    ledger.bytes += bytes;
    ledger.durable = lastPlaced.entry.sequence;
    segment.confirmed = ledger.durable;
    onDurable(placed, bytes);
    for (let i = 0; i < group.length; i++) group[i]!.resolve(first + BigInt(i));
  }

  /** The bytes of a group as they go to disk: one buffer for all headers, the blocks where they are. */
  #lay(group: readonly Waiting[], first: Sequence, segment: Segment, placed: Placed[]): Uint8Array[] {
    let headerBytes = 0;
    for (const one of group) headerBytes += one.headerBytes;
    const headers = Buffer.allocUnsafe(headerBytes);
    const buffers: Uint8Array[] = [];
    const appendedAt = this.#deps.clock.now();
    let at = 0;
    let sequence = first;
    let endOffset = segment.length;
    let recordsThrough = segment.records;
    for (const { batch, size } of group) {
      const stamp = { sequence, durable: this.#deps.ledger.durable, appendedAt };
      const end = encodeEntryHeader(headers, at, this.#marker!, stamp, batch);
      buffers.push(headers.subarray(at, end));
      for (const block of batch.blocks) buffers.push(block.bytes);
      at = end;
      endOffset += size;
      recordsThrough += batch.records;
      const entry: Entry = { sequence, batch, size, appendedAt };
      placed.push({ entry, segment, endOffset, recordsThrough });
      sequence++;
    }
    return buffers;
  }

  /**
   * Begins the next segment. The present one is left for good first, whatever happens: a successor that failed half
   * way may be on disk all the same, and it says where the present one ended.
   */
  async #begin(): Promise<void> {
    const { fs, clock, ledger, nonce, log } = this.#deps;
    if (this.#broken && clock.monotonic() - this.#broken.since < RETRY_MS) throw this.#broken.error;
    const old = this.#file;
    this.#file = undefined;
    this.#segment = undefined;
    await old?.close().catch(() => {});
    const previous = ledger.segments.at(-1);
    const random = nonce();
    try {
      const { file, segment } = await createSegment(fs, ledger.dir, {
        number: ledger.nextSegment++,
        nonce: random,
        first: ledger.next,
        createdAt: clock.now(),
        previous: {
          number: previous?.number ?? 0n,
          length: previous?.length ?? 0,
          last: ledger.durable,
          records: previous?.records ?? 0,
          confirmed: previous?.confirmed ?? 0n,
          nonce: previous?.marker ? nonceOfMarker(previous.marker) : 0n,
        },
      });
      ledger.add(segment);
      this.#file = file;
      this.#segment = segment;
      this.#marker = entryMarker(random);
      if (this.#broken) log.info({ segment: segment.file }, 'the journal can be written again');
      this.#broken = undefined;
      this.#uncontained = false;
    } catch (error) {
      this.#broken = { error, since: clock.monotonic() };
      log.error({ error: messageOf(error) }, 'cannot begin a journal segment');
      this.#deps.onFailure(error);
      throw error;
    }
  }

  /** Leaves a segment after a failure. True when what was rejected can never be read again, not even after a crash. */
  async #abandon(file: JournalFile, segment: Segment, step: 'write' | 'sync'): Promise<boolean> {
    this.#file = undefined;
    this.#segment = undefined;
    let cut = false;
    try {
      await file.truncate(segment.length);
      if (step === 'write') {
        await file.datasync();
        cut = true;
      }
    } catch (error) {
      this.#deps.log.warn({ segment: segment.file, error: messageOf(error) }, 'cannot cut off a failed write');
    }
    await file.close().catch(() => {});
    if (cut) return true;
    this.#uncontained = true;
    await this.#begin().catch(() => {});
    return !this.#uncontained;
  }
}

function rejectionOf(error: unknown, step: 'write' | 'sync', contained: boolean): Error {
  const what = `the journal could not ${step} a batch: ${messageOf(error)}`;
  if (!contained) return fail('journal.uncertain', what, { cause: error });
  return fail(isOutOfSpace(error) ? 'journal.disk-full' : 'journal.write-failed', what, { cause: error });
}
