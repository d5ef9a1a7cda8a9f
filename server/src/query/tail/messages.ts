import type { TenantId } from '@hanok/contract';
import type { Block } from '#base';
import type { Needing, Surrounding } from '../decode/surroundings.ts';

/** A log as a live tail sends it. */
export interface Line {
  /** Unix nanoseconds. */
  readonly time: bigint;
  readonly id: string;
  /** JSON of a `LogRow`. */
  readonly data: string;
}

/** Lines wanted, the newest: so many, and so many characters, though always one. */
export interface Wanted {
  readonly lines: number;
  readonly characters: number;
}

/** To look at batches for a tail, from a row of the first on, until the slice of time is over. */
export interface Look {
  readonly id: number;
  readonly tail: number;
  readonly batches: readonly number[];
  readonly from: number;
  readonly wanted: Wanted;
}

/** A tail and a batch are told before the first look at them, and kept until they are forgotten. */
export type ToThread =
  | { readonly kind: 'tail'; readonly tail: number; readonly tenant: TenantId; readonly query: string }
  /** The bytes are the thread's from then on. */
  | {
      readonly kind: 'batch';
      readonly batch: number;
      readonly tenant: TenantId;
      readonly blocks: readonly Pick<Block, 'table' | 'bytes'>[];
    }
  | ({ readonly kind: 'learn'; readonly tenant: TenantId } & Surrounding)
  | { readonly kind: 'look'; readonly look: Look }
  | { readonly kind: 'forget-tail'; readonly tail: number }
  | { readonly kind: 'forget-batch'; readonly batch: number };

export interface Looked {
  readonly kind: 'looked';
  readonly id: number;
  /** In the order of their time. */
  readonly lines: readonly Line[];
  /** Rows that match, lines included. */
  readonly matching: number;
  /** Batches that are at their end. */
  readonly done: number;
  /** Row of the batch behind those to go on with. */
  readonly next: number;
  /** Records whose resource or scope is not known here: nothing from `next` on was looked at. */
  readonly missing: readonly Needing[];
  /** Milliseconds of this thread's CPU. */
  readonly cost: number;
}

export type FromThread =
  | { readonly kind: 'ready' }
  | Looked
  | { readonly kind: 'failed'; readonly id: number; readonly error: string };
