/** A fault in a query's text. Offsets count UTF-16 code units, as editors and JavaScript strings do. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly at: number;
  readonly length: number;
  /** How to mend it, in one sentence. */
  readonly fix: string;

  constructor(message: string, place: { readonly at: number; readonly length: number }, fix: string) {
    super(message);
    this.at = place.at;
    this.length = place.length;
    this.fix = fix;
  }
}
