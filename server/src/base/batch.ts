import type { Signal, TenantId } from '@hanok/contract';
import type { ErrorValues } from './errors.ts';
import type { TableName } from './layout/tables.ts';

/** One ClickHouse Native block of one table (its columns: `LAYOUTS[table]`), ready to be inserted unchanged. */
export interface Block {
  readonly table: TableName;
  readonly rows: number;
  /** Owned by the batch from `seal` on; nobody writes to it again. */
  readonly bytes: Uint8Array;
}

/**
 * What one accepted request became: the unit of the journal, written and read back whole. A record and the resource,
 * scope and series rows it refers to are in the same batch or in an earlier durable one.
 */
export interface Batch {
  readonly tenant: TenantId;
  readonly signal: Signal;
  /** Sum of layout versions' change counter; see `LAYOUT_VERSION`. */
  readonly layoutVersion: number;
  /** Records of the signal in it (not counting resource, scope, series and field rows). */
  readonly records: number;
  /** Bounds of the records' filing times, Unix nanoseconds; both 0n for an empty batch. */
  readonly minTime: bigint;
  readonly maxTime: bigint;
  readonly blocks: readonly Block[];
  /**
   * CRC-32 of the request's bytes as they came; absent or 0: not known. With tenant, signal, counts and times it tells
   * whether a request is a repeat of one whose answer was lost.
   */
  readonly fingerprint?: number;
}

/** Raised whenever any layout in `layout/tables.ts` changes. */
export const LAYOUT_VERSION = 2;

/** Where a batch lies in its journal: a running number, 1 for the first ever appended, never reused. */
export type Sequence = bigint;

export interface Entry {
  readonly sequence: Sequence;
  readonly batch: Batch;
  /** Bytes it takes in the journal, header included. */
  readonly size: number;
  /** Unix milliseconds of the append. */
  readonly appendedAt: number;
}

/** May a request be let in, asked before its body is read? */
export type Admission =
  | { readonly open: true }
  | {
      readonly open: false;
      readonly code: string;
      /** The case of the code and what the message names; how to mend it. */
      readonly reason?: string;
      readonly values?: ErrorValues;
      readonly fix?: string;
      readonly message: string;
      readonly retryAfter: number;
    };

/**
 * A durable stream's reading end for one consumer (`store`, later `archive`). The consumer's place survives crashes:
 * `begin` makes the range it is about to handle durable, `commit` moves past it. After a crash `pending()` returns
 * the range begun and not committed, and the consumer handles exactly that range again.
 */
export interface Source {
  readonly name: string;
  /** UUID of the journal it reads: part of every insert token, so that those of two journals never meet. */
  readonly journal: string;
  /**
   * The range that was begun but not committed before the process died, if any. `appendedAt`: of its first entry, Unix
   * milliseconds, known also when that entry can no longer be read; 0 when it is not known. `journal`: under which
   * identity it was begun, which is not this journal's any more in a copied or restored directory; empty when a version
   * without identities began it.
   */
  pending():
    | { readonly first: Sequence; readonly last: Sequence; readonly appendedAt: number; readonly journal: string }
    | undefined;
  /**
   * Reads entries after the committed place (or from `pending().first`), in order, until one of the limits; at least
   * one entry when any is there. `last` bounds the read to a pending range. Resolves with an empty list when nothing
   * is there. A corrupt entry is skipped, reported and counted by the journal; it never stops the reader.
   */
  read(limits: { readonly maxBytes: number; readonly maxEntries: number; readonly last?: Sequence }): Promise<Entry[]>;
  /** Durable before it resolves. */
  begin(first: Sequence, last: Sequence): Promise<void>;
  /** Durable before it resolves; the journal may now trim up to `last` when all consumers have passed it. */
  commit(last: Sequence): Promise<void>;
  /** Resolves when something may be readable, or after `timeoutMs`; with `Infinity` it takes no timer. */
  wait(timeoutMs: number, signal?: AbortSignal): Promise<void>;
  /** Puts entries that can never be handled aside, durably, in the dead-letter file with the reason. */
  putAside(entries: readonly Entry[], reason: string): Promise<void>;
  /**
   * The store that this consumer fills may no longer hold what was committed: it was replaced, restored or started again.
   * See `Sink.epoch`.
   */
  raiseEpoch(why: string): void;
  /** `durable`: the newest that may be read. `passed`: nothing up to it is asked for again. */
  position(): { readonly passed: Sequence; readonly durable: Sequence };
  /**
   * Whether this consumer reads on as entries come, which it does until it says otherwise. One that does not holds no file
   * open, and next to nothing is kept in memory for it: what it reads later comes from disk.
   */
  follow(isFollowing: boolean): Promise<void>;
  /** Not yet committed. */
  lag(): { readonly entries: number; readonly bytes: number; readonly records: number; readonly oldestMs: number };
}

/** Receives batches. `append` resolves once the batch is durable; only then may a client hear success. */
export interface Sink {
  /** Asked before a body is read. */
  canAccept(): Admission;
  /**
   * Names the span of time in which a definition (a resource's, scope's or series' row) that was appended may be taken as
   * kept. It changes when one may be gone: an entry was put aside or found damaged, the store was replaced, the tenant's
   * records go through another journal. Whoever leaves out what it appended before does so within one epoch only.
   */
  readonly epoch: string;
  /** Rejects with a HanokError of kind `world` when the batch could not be made durable; nothing is kept then. */
  append(batch: Batch): Promise<Sequence>;
}
