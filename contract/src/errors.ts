/**
 * The one shape of an error on the API. `code` is stable and is what programs match; texts may change.
 * Every code is declared once, in the module that raises it, and listed in `docs/errors.md` (generated).
 */
export interface ApiError {
  readonly error: {
    /** Stable, `module.reason`, for example `query.syntax`. */
    readonly code: string;
    /** What was wrong. */
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
