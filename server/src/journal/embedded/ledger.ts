import { join } from 'node:path';
import type { Sequence } from '#base';
import { SEGMENT_HEADER_BYTES } from './format.ts';

/** One segment file as known in memory. Entries in it are numbered without a gap from `first`. */
export interface Segment {
  readonly number: bigint;
  readonly path: string;
  readonly file: string;
  /** `undefined` when header and first entry are lost: nothing in it can be read. */
  readonly marker: Buffer | undefined;
  first: Sequence;
  /** Newest durable sequence when it was begun: what a reader must have met before it comes here. */
  before: Sequence;
  /** Bytes that count: durable and not rejected. */
  length: number;
  entries: number;
  records: number;
  /** Entries up to here were surely acknowledged; those after it were in a group that a crash may have torn. */
  confirmed: Sequence;
  /** Clock time when every consumer was first seen to have passed it. */
  passedAt: number | undefined;
  /** It is being deleted, or was to be: whether the file is still there is not known, and nobody is sent back to it. */
  leaving: boolean;
}

/** Where a consumer is: the next sequence it may read, and where that lies. */
export interface EntryPosition {
  readonly next: Sequence;
  readonly segment: Segment | undefined;
  readonly offset: number;
  /** Records before it in `segment`. */
  readonly records: number;
  /** Unix milliseconds: the entry before it was appended then, so what follows is not older. 0 when unknown. */
  readonly passedAppendedAt: number;
}

export interface Amount {
  readonly entries: number;
  readonly bytes: number;
  readonly records: number;
}

export function segmentFile(number: bigint): string {
  return `${number.toString().padStart(16, '0')}.segment`;
}

export function segmentNumberOf(file: string): bigint | undefined {
  return /^\d{16}\.segment$/.test(file) ? BigInt(file.slice(0, 16)) : undefined;
}

export function lastOf(segment: Segment): Sequence {
  return segment.first + BigInt(segment.entries) - 1n;
}

export interface LedgerStart {
  readonly durable: Sequence;
  readonly next: Sequence;
  readonly nextSegment: bigint;
}

/** What is durable, in memory: changed by the writer after a sync, read by everyone else. */
export class Ledger {
  readonly dir: string;
  /** Oldest first; the newest may be the one being written. */
  readonly segments: Segment[];
  /** Newest durable sequence; 0 before the first. */
  durable: Sequence;
  /** Given to the next entry written. Numbers of rejected entries are skipped, never used again. */
  next: Sequence;
  /** Given to the next segment file. */
  nextSegment: bigint;
  bytes = 0;

  constructor(dir: string, segments: Segment[], start: LedgerStart) {
    this.dir = dir;
    this.segments = segments;
    this.durable = start.durable;
    this.next = start.next;
    this.nextSegment = start.nextSegment;
    for (const segment of segments) this.bytes += segment.length;
  }

  add(segment: Segment): void {
    this.segments.push(segment);
    this.bytes += segment.length;
  }

  removeOldest(): void {
    const gone = this.segments.shift();
    if (gone) this.bytes -= gone.length;
  }

  pathOf(file: string): string {
    return join(this.dir, file);
  }

  /** The segment that holds `sequence`, or the first one after it that holds anything. */
  holding(sequence: Sequence): Segment | undefined {
    return this.segments.find((segment) => segment.entries > 0 && lastOf(segment) >= sequence);
  }

  after(segment: Segment): Segment | undefined {
    return this.segments.find((other) => other.number > segment.number);
  }

  /** The oldest sequence still kept, or the next one when nothing is. */
  get oldest(): Sequence {
    return this.segments.find((segment) => segment.entries > 0 && !segment.leaving)?.first ?? this.next;
  }

  /** What lies at and after `place`. */
  remaining(place: EntryPosition): Amount {
    let entries = 0;
    let bytes = 0;
    let records = 0;
    for (let i = this.segments.length - 1; i >= 0; i--) {
      const segment = this.segments[i]!;
      const here = place.segment;
      if (segment.entries === 0) continue;
      if (here !== undefined && segment.number < here.number) break;
      if (segment === here) {
        entries += Math.max(0, Number(lastOf(segment) - place.next) + 1);
        bytes += Math.max(0, segment.length - place.offset);
        records += Math.max(0, segment.records - place.records);
        break;
      }
      entries += segment.entries;
      bytes += segment.length - SEGMENT_HEADER_BYTES;
      records += segment.records;
    }
    if (entries > 0) return { entries, bytes, records };
    // Numbers that no segment holds any more are still to be passed, and told of; there is nothing to them but that.
    return { entries: Math.max(0, Number(this.durable - place.next) + 1), bytes: 0, records: 0 };
  }
}
