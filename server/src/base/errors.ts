/**
 * Errors of three kinds: ours (a broken invariant: counted, the request fails, the process lives), the world's
 * (disk full, engine away: retried by a stated policy) and the caller's (bad input: says what, where and how to
 * mend). Matched by `code`, never by text.
 */
export type ErrorKind = 'bug' | 'world' | 'caller';

export interface ErrorSpec {
  readonly kind: ErrorKind;
  /** HTTP status of the answer. */
  readonly status: number;
  /** gRPC status code (https://grpc.io/docs/guides/status-codes/); derived from `status` when absent. */
  readonly grpc?: number;
  /** May the same request succeed later? Then answers carry a retry hint. */
  readonly retry: boolean;
  /** How to mend it, for people. */
  readonly fix?: string;
}

/** Declares a module's codes; `docs/errors.md` is generated from these tables. Retired codes are never reused. */
export function errorCatalogue<const T extends Record<string, ErrorSpec>>(table: T): T {
  return Object.freeze(table);
}

export type ErrorValues = Readonly<Record<string, string | number>>;

export interface ErrorDetail {
  /** Which of a code's several cases this is, for programs and for the browser's words: `missing-value`. Stable. */
  readonly reason?: string;
  /** What the message names: limits, names, numbers. The browser puts them into words of the reader's language. */
  readonly values?: ErrorValues;
  readonly at?: string;
  readonly fix?: string;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

export class HanokError extends Error {
  override readonly name = 'HanokError';
  readonly code: string;
  readonly kind: ErrorKind;
  readonly status: number;
  readonly grpc: number | undefined;
  readonly retry: boolean;
  readonly reason: string | undefined;
  readonly values: ErrorValues | undefined;
  readonly at: string | undefined;
  readonly fix: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: string, spec: ErrorSpec, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.kind = spec.kind;
    this.status = spec.status;
    this.grpc = spec.grpc;
    this.retry = spec.retry;
    this.reason = detail.reason;
    this.values = detail.values;
    this.at = detail.at;
    this.fix = detail.fix ?? spec.fix;
    this.retryAfter = detail.retryAfter ?? (spec.retry ? 1 : undefined);
  }
}

/** Binds a catalogue to a thrower: `const fail = failer(ERRORS); throw fail('query.syntax', 'text', { at })`. */
export function failer<T extends Record<string, ErrorSpec>>(table: T) {
  return (code: keyof T & string, message: string, detail?: ErrorDetail): HanokError =>
    new HanokError(code, table[code]!, message, detail);
}

export function isHanokError(error: unknown): error is HanokError {
  return error instanceof HanokError;
}

/** For broken invariants: our own bug, never the caller's. */
export function must(condition: unknown, what: string): asserts condition {
  if (!condition) throw new HanokError('bug', { kind: 'bug', status: 500, retry: false }, `broken invariant: ${what}`);
}
