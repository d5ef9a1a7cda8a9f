import type { Mark, Signal } from '@hanok/contract';
import type { Batch, ErrorValues } from '#base';
import type { IntakeContext, LimitHit } from '#pipeline';

export type Encoding = 'protobuf' | 'json';

/** What of a decoder's result matters to the front ends. */
export interface Decoded {
  /** Null when nothing is left to store. */
  readonly batch: Batch | null;
  /** Given back to the same decoder once the batch is durable. Must survive structured cloning. */
  readonly token: number;
  readonly rejected: number;
  /** Why records were rejected, or a warning; empty when there is nothing to say. */
  readonly message: string;
  /** The main case of the message and what it names, so that the browser can say it in its own words. */
  readonly reason: string | undefined;
  readonly values: ErrorValues | undefined;
  /** How many records carry each mark. */
  readonly marks: Readonly<Partial<Record<Mark, number>>>;
  /** What was beyond the tenant's limits. */
  readonly limited: readonly LimitHit[];
  readonly records: number;
  readonly firstService: string | null;
}

/** Synchronous and single-threaded; every thread has one of its own. Throws a HanokError for bad input. */
export interface Decoder {
  decode(signal: Signal, encoding: Encoding, bytes: Uint8Array, context: IntakeContext): Decoded;
  confirm(token: number): void;
}
