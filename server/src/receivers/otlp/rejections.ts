import type { ErrorValues } from '#base';

/** Why records were not stored, or were stored otherwise than sent. */
export interface Cause {
  /** Stable name of the case; the browser has its own words for it. */
  readonly reason: string;
  /** English, for the sender. */
  readonly text: string;
}

/** Beyond `maxRecords`. */
export const TOO_MANY_RECORDS: Cause = {
  reason: 'too-many-records',
  text: 'more records than one request may have; send smaller batches',
};
/** Stored all the same; a warning. */
export const ID_LEFT_OUT: Cause = {
  reason: 'id-unreadable',
  text: 'without an id that cannot be read: a trace id is 16 bytes, a span id 8; in JSON they are hex digits, not base64 (marked id-unreadable)',
};

/** What the sender should hear of a request: the partial success, and what of it the browser is to say. */
export interface Told {
  readonly rejected: number;
  /** English, for `partial_success.error_message`; empty when there is nothing to say. */
  readonly message: string;
  /** The case with the most records; those rejected come first. */
  readonly reason: string | undefined;
  readonly values: ErrorValues | undefined;
}

interface Count {
  readonly cause: Cause;
  count: number;
  values: ErrorValues | undefined;
}

/** Records of one request that were not stored, or not as sent, by cause. */
export class Rejections {
  rejected = 0;
  readonly #rejected = new Map<string, Count>();
  readonly #warned = new Map<string, Count>();

  clear(): void {
    this.rejected = 0;
    if (this.#rejected.size > 0) this.#rejected.clear();
    if (this.#warned.size > 0) this.#warned.clear();
  }

  /** One record was not stored. */
  add(cause: Cause): void {
    this.rejected++;
    count(this.#rejected, cause, 1);
  }

  /** `records` were stored, and the sender should know how. */
  warn(cause: Cause, records: number, values?: ErrorValues): void {
    if (records > 0) count(this.#warned, cause, records, values);
  }

  told(): Told {
    const first = [this.#rejected, this.#warned].map(most).find((one) => one !== undefined);
    return {
      rejected: this.rejected,
      message: [
        ...[...this.#rejected.values()].map(({ cause, count }) => `${count} rejected: ${cause.text}`),
        ...[...this.#warned.values()].map(({ cause, count }) => `${count} kept ${cause.text}`),
      ].join('; '),
      reason: first?.cause.reason,
      values: first && { count: first.count, ...first.values },
    };
  }
}

function count(counts: Map<string, Count>, cause: Cause, by: number, values?: ErrorValues): void {
  const known = counts.get(cause.reason);
  if (known) known.count += by;
  else counts.set(cause.reason, { cause, count: by, values });
}

function most(counts: ReadonlyMap<string, Count>): Count | undefined {
  return [...counts.values()].reduce<Count | undefined>(
    (best, one) => (best === undefined || one.count > best.count ? one : best),
    undefined,
  );
}
