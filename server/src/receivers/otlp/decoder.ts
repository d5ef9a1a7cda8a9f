import { randomInt } from 'node:crypto';
import type { Mark, Signal } from '@hanok/contract';
import { type Batch, ByteSource, type ErrorValues } from '#base';
import { type IntakeContext, type IntakeLimits, type LimitHit, RequestColumns } from '#pipeline';
import { Transcoder } from './json/transcode.ts';
import { LogReader } from './logs.ts';
import { MetricReader } from './metrics.ts';
import { ID_LEFT_OUT, Rejections } from './rejections.ts';
import { type RecordReader, RequestWalk } from './request.ts';
import { SpanReader } from './traces.ts';

type OtlpEncoding = 'protobuf' | 'json';

export interface Decoded {
  /** Null when there is nothing to store: an empty request, or every record rejected. */
  readonly batch: Batch | null;
  /** For `confirm`, once the batch is durable. */
  readonly token: number;
  /** Records (log records, spans, data points) not stored; the rest is in the batch. */
  readonly rejected: number;
  /** English, for `partial_success.error_message`; also warns of what was stored otherwise than sent. Mostly empty. */
  readonly message: string;
  /** The main case of the message, for programs and the browser. */
  readonly reason: string | undefined;
  readonly values: ErrorValues | undefined;
  /** Records in the batch. */
  readonly records: number;
  readonly marks: Readonly<Record<Mark, number>>;
  /** What was beyond the tenant's limits. */
  readonly limited: readonly LimitHit[];
  /** Service name of the first resource that has records; null without any. */
  readonly firstService: string | null;
}

/** Turns OTLP requests into batches. Synchronous; one per thread. */
export interface OtlpDecoder {
  /**
   * `bytes` are the inflated request; they are not kept and not changed. Throws `otlp.malformed`, with the place in `at`,
   * for what is not OTLP; the decoder is as before then.
   */
  decode(signal: Signal, encoding: OtlpEncoding, bytes: Uint8Array, context: IntakeContext): Decoded;
  /** The batch with this token is durable: its resources, scopes and series need not be sent again. */
  confirm(token: number): void;
  close(): void;
}

/** `salt` is random by default, and only for tests something else; nothing stored depends on it. */
export function openOtlpDecoder(limits: IntakeLimits, salt = randomInt(2 ** 32)): OtlpDecoder {
  const columns = new RequestColumns(limits, salt);
  const walk = new RequestWalk(columns);
  const rejections = new Rejections();
  const transcoder = new Transcoder();
  const readers: Readonly<Record<Signal, RecordReader>> = {
    logs: new LogReader(walk, rejections),
    traces: new SpanReader(walk, rejections),
    metrics: new MetricReader(walk, rejections),
  };
  return {
    decode(signal, encoding, bytes, context) {
      const { source, size } =
        encoding === 'json'
          ? transcoder.transcode(signal, bytes)
          : { source: new ByteSource(bytes), size: bytes.byteLength };
      rejections.clear();
      columns.begin(context, signal);
      let done = false;
      try {
        walk.wire.open(source, size);
        walk.walk(readers[signal], context.claimedBusinessId);
        const firstService = walk.firstService === 0 ? null : columns.interner.text(walk.firstService);
        const sealed = columns.seal();
        done = true;
        rejections.warn(ID_LEFT_OUT, sealed.marks['id-unreadable']);
        rejections.limited(sealed.limited);
        return { ...sealed, ...rejections.told(), firstService };
      } finally {
        if (!done) columns.abort();
        walk.wire.release();
        transcoder.release();
      }
    },
    confirm: (token) => columns.confirm(token),
    close() {},
  };
}
