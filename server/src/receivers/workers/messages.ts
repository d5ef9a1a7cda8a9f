import { crc32 } from 'node:zlib';
import type { Mark, Signal } from '@hanok/contract';
import { type Batch, type ErrorValues, HanokError } from '#base';
import type { IntakeContext, LimitHit } from '#pipeline';
import { fail } from '../errors.ts';
import type { Decoder, Encoding } from './decoder.ts';
import { type Coding, inflate } from './inflate.ts';

/** What crosses between the main thread and a decode thread. Everything survives structured cloning. */

export interface Job {
  readonly signal: Signal;
  readonly encoding: Encoding;
  readonly coding: Coding;
  /** Handed over with its buffer; the sender must not touch it again. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly context: IntakeContext;
}

export type ToThread =
  | { readonly kind: 'job'; readonly id: number; readonly job: Job; readonly maxInflated: number }
  | { readonly kind: 'confirm'; readonly token: number };

export interface Done {
  readonly batch: Batch | null;
  readonly token: number;
  readonly rejected: number;
  readonly message: string;
  readonly reason: string | undefined;
  readonly values: ErrorValues | undefined;
  readonly marks: Readonly<Partial<Record<Mark, number>>>;
  readonly limited: readonly LimitHit[];
  readonly records: number;
  readonly service: string | null;
  readonly inflatedBytes: number;
}

export type FromThread =
  | { readonly kind: 'ready' }
  /** `spent`: the body's buffer, for the next one, when it is of a size that is used again. */
  | { readonly kind: 'done'; readonly id: number; readonly done: Done; readonly spent?: ArrayBuffer }
  | { readonly kind: 'failed'; readonly id: number; readonly error: PlainError };

/** A HanokError loses its class when cloned; this is what it is rebuilt from. */
export interface PlainError {
  readonly code: string;
  readonly kind: HanokError['kind'];
  readonly status: number;
  readonly grpc: number | undefined;
  readonly retry: boolean;
  readonly message: string;
  readonly reason: string | undefined;
  readonly values: ErrorValues | undefined;
  readonly at: string | undefined;
  readonly fix: string | undefined;
  readonly retryAfter: number | undefined;
  /** For our log, never for the sender. */
  readonly stack: string | undefined;
}

export function plainError(error: unknown): PlainError {
  if (error instanceof HanokError) {
    const { code, kind, status, grpc, retry, message, reason, values, at, fix, retryAfter } = error;
    return { code, kind, status, grpc, retry, message, reason, values, at, fix, retryAfter, stack: undefined };
  }
  const stack = error instanceof Error ? error.stack : String(error);
  return { ...plainError(fail('receivers.bug', 'decoding failed on our side')), stack };
}

export function errorOf(plain: PlainError): HanokError {
  const { kind, status, grpc, retry, reason, values, at, fix, retryAfter, stack } = plain;
  return new HanokError(plain.code, { kind, status, retry, ...(grpc === undefined ? {} : { grpc }) }, plain.message, {
    ...(reason === undefined ? {} : { reason }),
    ...(values === undefined ? {} : { values }),
    ...(at === undefined ? {} : { at }),
    ...(fix === undefined ? {} : { fix }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(stack === undefined ? {} : { cause: stack }),
  });
}

/** Inflates and decodes; the same on every thread. */
export function runJob(decoder: Decoder, job: Job, maxInflated: number): Done {
  const bytes = inflate(job.coding, job.bytes, maxInflated);
  const { firstService, batch, ...decoded } = decoder.decode(job.signal, job.encoding, bytes, job.context);
  // Made of the body as it came: a request that is sent again is recognised by it after a crash.
  const stamped = batch && { ...batch, fingerprint: crc32(job.bytes) };
  return { ...decoded, batch: stamped, service: firstService, inflatedBytes: bytes.length };
}
