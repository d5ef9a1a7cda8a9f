import type { ErrorValues } from '#base';
import type { Counted, LimitHit } from '#pipeline';

/** Why records were not stored, or were stored otherwise than sent. */
export interface Cause {
  /** Stable name of the case; the browser has its own words for it. */
  readonly reason: string;
  /** English, for the sender; made from what `describe` was told. */
  readonly text: string | ((values: ErrorValues) => string);
}

/** A number as an answer writes it. */
export const n = (value: unknown): string => (typeof value === 'number' ? value.toLocaleString('en') : String(value));

export const TOO_MANY_METRICS: Cause = {
  reason: 'limit-metrics',
  text: ({ limit, name }) => `beyond the limit of ${n(limit)} metric names a day; the last new one is ${name}`,
};
export const TOO_MANY_SERIES: Cause = {
  reason: 'limit-series',
  text: ({ limit, name, of }) =>
    `beyond the limit of ${n(limit)} series a day; ${name} grows${of === '' ? '' : `, by its attribute ${of}`}`,
};
export const TOO_MANY_RESOURCES: Cause = {
  reason: 'limit-resources',
  text: ({ limit, name }) =>
    `beyond the limit of ${n(limit)} resources a day; service ${name} sends new ones: does a resource attribute change from request to request?`,
};
export const TOO_MANY_SCOPES: Cause = {
  reason: 'limit-scopes',
  text: ({ limit, name }) =>
    `beyond the limit of ${n(limit)} instrumentation scopes a day; service ${name} sends new ones`,
};
const KEYS_NOT_LISTED = (signal: string): Cause => ({
  reason: `limit-keys-${signal}`,
  text: ({ limit, name }) =>
    `attribute keys that are not listed as fields, beyond the limit of ${n(limit)} a day; the last new one is ${name}`,
});
/** What is beyond a limit and stored all the same. */
const WARNED: Readonly<Partial<Record<Counted, Cause>>> = {
  services: {
    reason: 'limit-services',
    text: ({ limit, name }) =>
      `under "(other services)", beyond the limit of ${n(limit)} service names a day; the last new one is ${name}`,
  },
  operations: {
    reason: 'limit-operations',
    text: ({ limit, name, of }) =>
      `and counted under "(other operations)", beyond the limit of ${n(limit)} span names a day and service; ${of} grows, its last new one is ${name}`,
  },
  'keys-logs': KEYS_NOT_LISTED('logs'),
  'keys-traces': KEYS_NOT_LISTED('traces'),
  'keys-metrics': KEYS_NOT_LISTED('metrics'),
};
/** Beyond `maxRecords`. */
export const TOO_MANY_RECORDS: Cause = {
  reason: 'too-many-records',
  text: ({ limit }) => `beyond the first ${n(limit)} records, the most that one request may have; send smaller batches`,
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

  /** One record was not stored. `which` says of the first one of a cause what its sender needs to find it. */
  add(cause: Cause, which?: () => ErrorValues): void {
    this.rejected++;
    const known = this.#rejected.get(cause.reason);
    if (known) known.count++;
    else this.#rejected.set(cause.reason, { cause, count: 1, values: which?.() });
  }

  /** `records` were stored, and the sender should know how. */
  warn(cause: Cause, records: number, values?: ErrorValues): void {
    if (records > 0) count(this.#warned, cause, records, values);
  }

  /** Says what of the request was beyond the tenant's limits: as warnings, or in the words of what was rejected. */
  limited(hits: readonly LimitHit[]): void {
    for (const { counted, limit, count, name, of } of hits) {
      const warned = WARNED[counted];
      if (warned) this.warn(warned, count, { limit, name, of });
      const rejected = this.#rejected.get(`limit-${counted}`);
      if (rejected) rejected.values = { limit, name, of };
    }
  }

  told(): Told {
    const first = [this.#rejected, this.#warned].map(most).find((one) => one !== undefined);
    return {
      rejected: this.rejected,
      message: [
        ...[...this.#rejected.values()].map(
          ({ cause, count, values }) => `${n(count)} rejected: ${words(cause, values)}`,
        ),
        ...[...this.#warned.values()].map(({ cause, count, values }) => `${n(count)} kept ${words(cause, values)}`),
      ].join('; '),
      reason: first?.cause.reason,
      values: first && { count: first.count, ...first.values },
    };
  }
}

function words({ text }: Cause, values: ErrorValues | undefined): string {
  return typeof text === 'string' ? text : text(values ?? {});
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
