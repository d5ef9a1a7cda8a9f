import type { Entry, Sequence } from '#base';
import { fail, messageOf, osCode } from '../errors.ts';
import type { FileSystem, JournalFile } from '../fs.ts';
import type { Damage } from '../port.ts';
import type { DamageLog } from './damage.ts';
import { batchOf, SEGMENT_HEADER_BYTES } from './format.ts';
import { type EntryPosition, type Ledger, lastOf, type Segment } from './ledger.ts';
import type { Placed } from './recent.ts';
import { type Found, Scan, scanWindow } from './scan.ts';

export interface ReadLimits {
  readonly bytes: number;
  readonly entries: number;
  /** Inclusive. */
  readonly last: Sequence;
}

/** How often a place may fail to be read before its unreadable pages are given up. */
const READ_ATTEMPTS = 3;

/** Reads one consumer's entries from segment files: sequential, in large pieces, with one descriptor while behind. */
export class DiskReader {
  readonly #fs: FileSystem;
  readonly #ledger: Ledger;
  readonly #damages: DamageLog;
  readonly #segmentBytes: number;
  #open: { readonly segment: Segment; readonly file: JournalFile } | undefined;
  #window: Buffer | undefined;
  /** The place that failed to be read last; stays until another one does. */
  #failing = { segment: 0n, offset: -1, times: 0 };

  constructor(fs: FileSystem, ledger: Ledger, damages: DamageLog, segmentBytes: number) {
    this.#fs = fs;
    this.#ledger = ledger;
    this.#damages = damages;
    this.#segmentBytes = segmentBytes;
  }

  /** The exact place of `next`, found by walking headers of one segment. */
  async locate(next: Sequence): Promise<EntryPosition> {
    const segment = this.#ledger.holding(next);
    if (!segment) {
      const newest = this.#ledger.segments.at(-1);
      const end = { offset: newest?.length ?? SEGMENT_HEADER_BYTES, records: newest?.records ?? 0 };
      return { next, segment: newest, ...end, passedAppendedAt: 0 };
    }
    const start = { next, segment, offset: SEGMENT_HEADER_BYTES, records: 0, passedAppendedAt: 0 };
    if (segment.first >= next) return start;
    return (await this.#passTo(start, segment, false)) ?? (await this.#passTo(start, segment, true)) ?? start;
  }

  /**
   * Walks from `start` to its `next`. Without `verifying`, headers are believed as long as one follows directly on the
   * other in order, and `undefined` is returned when one does not: it may lie in a wrong place, and the length it tells
   * hide what lies behind it.
   */
  async #passTo(start: EntryPosition, segment: Segment, verifying: boolean): Promise<EntryPosition | undefined> {
    const scan = await this.#scan(segment, { offset: start.offset, end: segment.length });
    if (!scan) return undefined;
    let { records, passedAppendedAt } = start;
    let expected = segment.first;
    for (;;) {
      const found = await scan.find();
      if (!verifying && (found?.header.sequence !== expected || found.skipped > 0)) return undefined;
      if (!found || found.header.sequence >= start.next)
        return { ...start, offset: scan.offset - (found?.skipped ?? 0), records, passedAppendedAt };
      if (!verifying) scan.pass(found);
      else if (!(await scan.verify(found))) continue;
      records += found.header.records;
      passedAppendedAt = found.header.appendedAt;
      expected++;
    }
  }

  /**
   * Entries from `place` up to `limits.last`, in order, and the place it came to: behind the last entry returned, or
   * behind damage when that is all there was. `limited`: it stopped before `limits.last`.
   */
  async read(
    place: EntryPosition,
    limits: ReadLimits,
  ): Promise<{ placed: Placed[]; place: EntryPosition; limited: boolean }> {
    const walk = new Walk(this.#damages, place, limits);
    for (let segment = this.#segmentAt(place); segment; segment = this.#ledger.after(segment)) {
      const resumed = segment === place.segment && place.offset > SEGMENT_HEADER_BYTES;
      const offset = resumed ? place.offset : SEGMENT_HEADER_BYTES;
      if (!resumed && !walk.enter(segment)) break;
      // Both as of now: the writer may add to the segment while it is read.
      const [last, end] = [lastOf(segment), segment.length];
      const scan = end > offset ? await this.#scan(segment, { offset, end }) : undefined;
      if (scan && !(await this.#walk(scan, segment, walk, last))) break;
      if (!walk.leave(segment, last)) break;
    }
    await this.#damages.keep();
    return { placed: walk.placed, place: walk.place, limited: walk.limited };
  }

  /** Lets go of descriptor and buffer; the next read takes them again. */
  async release(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    this.#window = undefined;
    await open?.file.close().catch(() => {});
  }

  async #walk(scan: Scan, segment: Segment, walk: Walk, last: Sequence): Promise<boolean> {
    const offset = scan.offset;
    try {
      for (let found = await scan.find(); found; found = await scan.find()) {
        const { sequence } = found.header;
        if (sequence < walk.expected || sequence > last) {
          // Passed before, or an entry in a wrong place: then its length must not hide what lies behind.
          if (await scan.verify(found)) walk.overlook(found);
          continue;
        }
        if (sequence > walk.expected && (await this.#isMisplaced(segment, found, walk.expected))) {
          if (await scan.verify(found)) walk.overlook(found);
          continue;
        }
        if (!walk.wants(segment, found)) return false;
        walk.take(segment, found, await scan.take(found), scan.offset);
      }
      return true;
    } catch (error) {
      const again = this.#failing.segment === segment.number && this.#failing.offset === offset;
      this.#failing = { segment: segment.number, offset, times: again ? this.#failing.times + 1 : 1 };
      // What was read before the failure is good; the failure comes again with the next read.
      if (walk.placed.length === 0) throw error;
      walk.limited = true;
      return false;
    }
  }

  /**
   * Numbers are missing before this entry: they are damaged, or it was written to a wrong place and they lie behind it.
   * Reads on, in a buffer of its own, up to the first whole entry that tells.
   */
  async #isMisplaced(segment: Segment, { header, offset }: Found, expected: Sequence): Promise<boolean> {
    const file = await this.#fileOf(segment);
    if (!file || !segment.marker) return false;
    const range = { offset: offset + header.headerBytes, end: segment.length };
    const ahead = new Scan(file, segment.marker, range, scanWindow(this.#segmentBytes), true);
    for (let found = await ahead.find(); found; found = await ahead.find()) {
      const { sequence } = found.header;
      if ((await ahead.verify(found)) && sequence >= expected) return sequence <= header.sequence;
    }
    return false;
  }

  #segmentAt(place: EntryPosition): Segment | undefined {
    const { segment } = place;
    if (segment === undefined) return this.#ledger.holding(place.next);
    // Deleted since: then nothing of it was left to read.
    return this.#ledger.segments.includes(segment) ? segment : this.#ledger.after(segment);
  }

  async #scan(segment: Segment, range: { offset: number; end: number }): Promise<Scan | undefined> {
    if (!segment.marker) return undefined;
    const file = await this.#fileOf(segment);
    if (!file) return undefined;
    this.#window ??= scanWindow(this.#segmentBytes);
    const failing = this.#failing.segment === segment.number && this.#failing.offset === range.offset;
    const salvage = failing && this.#failing.times >= READ_ATTEMPTS;
    return new Scan(file, segment.marker, range, this.#window, salvage);
  }

  async #fileOf(segment: Segment): Promise<JournalFile | undefined> {
    if (this.#open?.segment === segment) return this.#open.file;
    await this.#open?.file.close().catch(() => {});
    this.#open = undefined;
    try {
      const file = await this.#fs.open(segment.path, 'read');
      this.#open = { segment, file };
      return file;
    } catch (error) {
      // Somebody removed the file: its entries are lost, the rest is not.
      if (osCode(error) === 'ENOENT') return undefined;
      throw fail('journal.read-failed', `cannot open ${segment.path}: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** What one read has gathered, and what it has missed on the way. */
class Walk {
  readonly placed: Placed[] = [];
  limited = false;
  readonly #damages: DamageLog;
  readonly #limits: ReadLimits;
  #place: EntryPosition;
  #expected: Sequence;
  #bytes = 0;
  #records: number;

  constructor(damages: DamageLog, place: EntryPosition, limits: ReadLimits) {
    this.#damages = damages;
    this.#limits = limits;
    this.#place = place;
    this.#expected = place.next;
    this.#records = place.records;
  }

  get expected(): Sequence {
    return this.#expected;
  }

  get place(): EntryPosition {
    return this.#place;
  }

  /** False when the segment lies behind the limit. */
  enter(segment: Segment): boolean {
    if (segment.first > this.#limits.last) {
      // All that was asked for may have lain in what is missing: a range begun before the damage, for one.
      const last = segment.before < this.#limits.last ? segment.before : this.#limits.last;
      if (last >= this.#expected) this.#lost(segment, 0, 0, last, 'a segment before it is missing');
      return false;
    }
    if (segment.before >= this.#expected) this.#lost(segment, 0, 0, segment.before, 'a segment before it is missing');
    if (segment.first > this.#expected) this.#expected = segment.first;
    this.#records = 0;
    return true;
  }

  /** False when the limit was reached in it. */
  leave(segment: Segment, last: Sequence): boolean {
    const reached = last < this.#limits.last ? last : this.#limits.last;
    if (reached >= this.#expected) {
      const reason = segment.marker ? 'no entry can be read there' : 'the segment header is damaged';
      this.#lost(segment, segment.length, 0, reached, reason);
    }
    return last <= this.#limits.last;
  }

  wants(segment: Segment, { header, offset, skipped }: Found): boolean {
    if (header.sequence > this.#limits.last) {
      // The end of what was asked for is damaged: whoever asked goes on behind it and does not come here again.
      if (this.#limits.last >= this.#expected)
        this.#lost(segment, offset - skipped, skipped, this.#limits.last, 'no entry can be read there', {
          appendedBefore: header.appendedAt,
        });
      return false;
    }
    const size = header.headerBytes + header.payloadBytes;
    this.limited =
      this.placed.length >= this.#limits.entries || (this.placed.length > 0 && this.#bytes + size > this.#limits.bytes);
    return !this.limited;
  }

  overlook({ header }: Found): void {
    this.#records += header.records;
  }

  take(segment: Segment, found: Found, payload: Buffer | undefined, endOffset: number): void {
    const { header, offset, skipped } = found;
    if (header.sequence > this.#expected)
      this.#lost(segment, offset - skipped, skipped, header.sequence - 1n, 'no entry can be read there', {
        appendedBefore: header.appendedAt,
      });
    this.#records += header.records;
    const batch = payload && batchOf(header, payload);
    const size = header.headerBytes + header.payloadBytes;
    if (!batch) {
      const reason = 'the payload does not match its checksum';
      const { tenant, records, minTime, maxTime, appendedAt } = header;
      const times = { minTime, maxTime, appendedAfter: appendedAt, appendedBefore: appendedAt };
      this.#lost(segment, offset, size, header.sequence, reason, { tenant, records, ...times }, endOffset);
      return;
    }
    const entry: Entry = { sequence: header.sequence, batch, size, appendedAt: header.appendedAt };
    this.placed.push({ entry, segment, endOffset, recordsThrough: this.#records });
    this.#bytes += size;
    this.#expected = header.sequence + 1n;
    this.#place = {
      next: this.#expected,
      segment,
      offset: endOffset,
      records: this.#records,
      passedAppendedAt: header.appendedAt,
    };
  }

  /** Notes that `expected` to `last` are gone; a read that has nothing yet moves on behind them. */
  #lost(
    segment: Segment,
    offset: number,
    bytes: number,
    last: Sequence,
    reason: string,
    known: Partial<
      Pick<Damage, 'tenant' | 'records' | 'minTime' | 'maxTime' | 'appendedAfter' | 'appendedBefore'>
    > = {},
    resumeAt = offset + bytes,
  ): void {
    const first = this.#expected;
    this.#damages.report({
      file: segment.file,
      offset,
      bytes,
      first,
      last,
      // Before its first entry lies what a missing segment held: that was sealed, hence acknowledged.
      acknowledged: first <= segment.confirmed || first < segment.first,
      appendedAfter: this.#place.passedAppendedAt,
      tenant: undefined,
      ...known,
      reason,
    });
    this.#expected = last + 1n;
    if (this.placed.length > 0) return;
    const { passedAppendedAt } = this.#place;
    const inside = resumeAt >= SEGMENT_HEADER_BYTES;
    this.#place = {
      next: this.#expected,
      segment,
      offset: inside ? resumeAt : SEGMENT_HEADER_BYTES,
      records: this.#records,
      passedAppendedAt,
    };
  }
}
