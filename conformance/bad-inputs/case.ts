import type { Signal } from '@hanok/contract';

/** The form of `case.json`; README.md tells it in words. */
export interface BadInput {
  readonly title: string;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly name: string;
  /** Default: both where the body can be protobuf, else HTTP. */
  readonly over?: readonly Transport[];
  /** Default traces. */
  readonly signal?: Signal;
  /** Over HTTP; each is sent both ways where the body allows, unless narrowed. */
  readonly encodings?: readonly Encoding[];
  readonly method?: string;
  /** Instead of the signal's own path or method name. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Default own. Texts in `{}` are sent as they are. */
  readonly key?: 'own' | 'none' | { readonly text: string };
  /** Several are sent one after the other, each judged by `expect`. */
  readonly bodies: readonly Body[];
  readonly compress?: 'gzip' | 'deflate' | 'zstd';
  /** Bytes taken from the end, after compression. */
  readonly cut?: number;
  /** Text put behind the end, after compression. */
  readonly tail?: string;
  /** The (compressed) body is sent twice in a row, as one. */
  readonly twice?: boolean;
  readonly send?: 'whole' | 'chunked' | 'slow' | 'break-off' | 'endless';
  /** gRPC: the first byte of the message's prefix. Default: whether it is compressed. */
  readonly flag?: number;
  /** gRPC, by hand: something other than one call. */
  readonly act?: 'http1-on-grpc' | 'reset-flood' | 'two-messages' | 'no-message';
  readonly expect: Expectation;
}

export type Transport = 'http' | 'grpc';
export type Encoding = 'json' | 'protobuf';

export type Body =
  | { readonly text: string }
  | { readonly hex: string }
  | { readonly otlp: object }
  | { readonly generate: string; readonly with?: Readonly<Record<string, number | string>> };

export interface Expectation {
  /** HTTP statuses any of which is right. */
  readonly http?: readonly number[];
  /** gRPC codes any of which is right. */
  readonly grpc?: readonly number[];
  /** Records named as rejected in partial_success, when the answer is a success. */
  readonly rejected?: number;
  /** Records stored by this body, when the answer is a success. Nothing is ever stored when it is not. */
  readonly stored?: number;
  /** A retry hint must or must not be there. */
  readonly retryHint?: boolean;
  readonly closes?: boolean;
}
