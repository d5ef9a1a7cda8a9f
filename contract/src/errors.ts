/**
 * The one shape of an error on the API. `code` is stable and is what programs match; texts may change.
 * Every code is declared once, in the module that raises it, and listed in `docs/errors.md` (generated).
 */
export interface ApiError {
  readonly error: {
    /** Stable, `module.reason`, for example `query.syntax`. */
    readonly code: string;
    /** Which of the code's cases, where it has several: `missing-value`. Stable. */
    readonly reason?: string;
    /** What the message names; `code`, `reason` and these are what the browser's words are made from. */
    readonly values?: Readonly<Record<string, string | number>>;
    /** What was wrong, in English. */
    readonly message: string;
    /** Where: a field path, a header name, or `query:17` for a character offset. */
    readonly at?: string;
    /** How to mend it. */
    readonly fix?: string;
    /** Seconds after which a retry makes sense; absent when a retry cannot help. */
    readonly retryAfter?: number;
    readonly requestId?: string;
  };
}
