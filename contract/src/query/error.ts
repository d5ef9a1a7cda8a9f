/** A fault in a query's text. Offsets count UTF-16 code units, as editors and JavaScript strings do. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly at: number;
  readonly length: number;
  /** How to mend it, in one sentence. */
  readonly fix: string;
  /** Stable name of the case, and what the message names: what words in another language are made from. */
  readonly reason: string | undefined;
  readonly values: Readonly<Record<string, string | number>> | undefined;

  constructor(
    message: string,
    place: { readonly at: number; readonly length: number },
    fix: string,
    { reason, values }: { readonly reason?: string; readonly values?: Readonly<Record<string, string | number>> } = {},
  ) {
    super(message);
    this.at = place.at;
    this.length = place.length;
    this.fix = fix;
    this.reason = reason;
    this.values = values;
  }
}
