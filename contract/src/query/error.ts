import type { QueryReason } from './reasons.ts';

export type QueryErrorValues = Readonly<Record<string, string | number>>;

/** A fault in a query's text. Offsets count UTF-16 code units, as editors and JavaScript strings do. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  /** Stable name of the case; with `values` what words in another language are made from. */
  readonly reason: QueryReason;
  /** What the message names. */
  readonly values: QueryErrorValues;
  readonly at: number;
  readonly length: number;
  /** How to mend it, in one sentence. */
  readonly fix: string;

  constructor(
    reason: QueryReason,
    message: string,
    place: { readonly at: number; readonly length: number },
    fix: string,
    values: QueryErrorValues = {},
  ) {
    super(message);
    this.reason = reason;
    this.values = values;
    this.at = place.at;
    this.length = place.length;
    this.fix = fix;
  }
}
