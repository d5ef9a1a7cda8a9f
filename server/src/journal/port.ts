import type { JournalShutCode } from '@hanok/contract';
import type { Admission, Clock, Entry, Log, Meter, Sequence, Sink, Source } from '#base';
import type { JournalSettings } from './config.ts';
import type { FileSystem } from './fs.ts';

export interface JournalConfig extends JournalSettings {
  /** Owned by this journal alone: two processes on one directory destroy each other's numbering. */
  readonly dir: string;
  /** Label of metrics and log lines; the last part of `dir` when absent. Bounded: one per store. */
  readonly name?: string;
}

export interface JournalDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly fs?: FileSystem;
  /** 64 random bits. They mark a segment's entries, so that nothing a tenant sends can pass for one. */
  readonly nonce?: () => bigint;
  /** A new random UUID. */
  readonly newId?: () => string;
}

/** Bytes that did not match their checksum or could not be read, with the entries that are gone with them. */
export interface Damage {
  /** File name in the journal's directory. */
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  /** Sequences affected, inclusive; `last` below `first` when none is, because a copy was whole. */
  readonly first: Sequence;
  readonly last: Sequence;
  /**
   * False for the group that was being written when the process or the power died: torn, and then nobody was told
   * that it was stored, or damaged later; the bytes cannot tell which.
   */
  readonly acknowledged: boolean;
  /** Whose, how many records and of which time (Unix nanoseconds), when the entry's header could still be read. */
  readonly tenant: string | undefined;
  readonly records?: number | undefined;
  readonly minTime?: bigint | undefined;
  readonly maxTime?: bigint | undefined;
  /** Unix milliseconds between which it was appended, as its neighbours tell; 0 when they do not. */
  readonly appendedAfter?: number;
  readonly appendedBefore?: number;
  readonly reason: string;
}

/** Entries put aside by `Source.putAside`, one file per call. */
export interface DeadLetter {
  readonly file: string;
  readonly source: string;
  readonly first: Sequence;
  readonly last: Sequence;
  readonly entries: number;
  /** How many of them are whose. Absent in files of versions that did not note it. */
  readonly tenants?: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly reason: string;
  /** Unix milliseconds. */
  readonly deadLetteredAt: number;
}

/** May a request be let in; if not, why in a code that the browser has words for. */
export type JournalAdmission =
  | Extract<Admission, { readonly open: true }>
  | (Extract<Admission, { readonly open: false }> & { readonly code: JournalShutCode });

export interface JournalStats {
  readonly name: string;
  readonly admission: JournalAdmission;
  /** Newest durable sequence, 0 before the first. */
  readonly lastSequence: Sequence;
  readonly segments: number;
  /** Bytes of all segment files. */
  readonly bytes: number;
  /** Those of them not yet passed by the slowest consumer; what the budget limits. */
  readonly unreadBytes: number;
  readonly budgetBytes: number;
  /** Free on the file system at the last look. */
  readonly freeBytes: number;
  /** Kept in memory for consumers that keep up. */
  readonly recentBytes: number;
  readonly sources: Readonly<Record<string, ReturnType<Source['lag']>>>;
  readonly corrupt: {
    /** Sequences lost to damage that is on record in the journal's folder `damaged`. */
    readonly entries: number;
    /** The newest hundred. */
    readonly damages: readonly Damage[];
  };
  readonly deadLetters: {
    readonly entries: number;
    readonly bytes: number;
    /** The newest hundred. */
    readonly files: readonly DeadLetter[];
  };
}

/** What a journal has of one tenant. */
export interface TenantHeld {
  /** What its entries take, headers included, in segments that are not deleted yet, read or unread. */
  readonly bytes: number;
  /** Entries of its that were put aside. */
  readonly deadLetters: number;
  /** Damaged places and dead-letter files of which nobody can tell whose they are. */
  readonly unknown: number;
}

/** For taking one tenant out of a journal that several share; it must have been shut out before. All may be repeated. */
export interface JournalRemoval {
  /** The newest durable sequence. */
  readonly last: Sequence;
  /** Every consumer is done with what has at most this sequence. */
  readonly passed: Sequence;
  held(tenant: string): Promise<TenantHeld>;
  /** Rewrites dead letters without the tenant's and deletes evidence of damage that is known to be its. */
  removeAside(tenant: string): Promise<void>;
  /** Ends the segment that may hold an entry up to `through`, so that it can go; resolves when another is begun. */
  endSegment(through: Sequence): Promise<void>;
  /** Undefined once no segment has an entry up to `through`; `goneAt`: when the last of them goes, if that is known. */
  remaining(through: Sequence): { readonly goneAt: number | undefined } | undefined;
}

/**
 * The durable stream between acknowledgement and store. What `append` resolved for survives SIGKILL and power cuts
 * and is read exactly in order of its sequence; what it rejected is never read (see README for the one bound).
 */
export interface Journal extends Sink {
  canAccept(): JournalAdmission;
  /** UUID, given when the journal was made. */
  readonly identity: string;
  /** The reading end of one consumer (`a-z 0-9 -`, a letter first); the same object for the same name. */
  source(name: string): Promise<Source>;
  /** Unregisters a consumer that will not come back; nothing is kept for it any more. */
  forget(name: string): Promise<void>;
  /**
   * Sets a consumer back to `to` (or the oldest entry kept, if younger): what was committed since is read again. For
   * stores that lost parts in a power cut. Durable before it resolves, with the place it really went to.
   */
  rewind(name: string, to: Sequence): Promise<Sequence>;
  /**
   * Called for every entry once durable, in order, before or after its `append` resolves. Must not block; a throwing
   * listener is logged and skipped. Returns the unsubscriber.
   */
  tail(listener: (entry: Entry) => void): () => void;
  /**
   * Durable entries that a consumer has not passed, oldest first, as far as they are kept in memory; `whole` says
   * whether that is all of them. The batches' bytes are the journal's.
   */
  unread(consumer: string): { readonly entries: readonly Entry[]; readonly whole: boolean };
  /** Reads a dead-letter file named in `stats()` back. Rejects with `journal.dead-letter-damaged`. */
  readDeadLetter(file: string): Promise<Entry[]>;
  stats(): JournalStats;
  /** See `JournalRemoval`. */
  readonly removal: JournalRemoval;
  /** Refuses new appends, lets those already taken become durable, closes its files. */
  close(): Promise<void>;
}
