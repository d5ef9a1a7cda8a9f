import type { TenantId } from '@hanok/contract';
import type { Clock, ErrorValues } from '#base';
import type { Counted, LimitHit } from '#pipeline';

/** After this time without a hit the notice goes. Senders export at least once a minute. */
const SHOWN_MS = 15 * 60_000;
const MOST_TENANTS = 10_000;
/** Shown to an operator of all tenants. */
const MOST_SHOWN = 20;

export interface LimitNotice {
  readonly tenant: TenantId;
  readonly code: `pipeline.limit-${Counted}`;
  readonly message: string;
  readonly values: ErrorValues;
}

interface Seen {
  readonly hit: LimitHit;
  readonly at: number;
  /** Records beyond the limit since the notice came up. */
  readonly total: number;
}

/** Which limits tenants are beyond now. Memory only: the next request that is beyond one tells again. */
export class LimitNotices {
  readonly #clock: Clock;
  readonly #seen = new Map<TenantId, Map<Counted, Seen>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(tenant: TenantId, hit: LimitHit): void {
    let kinds = this.#seen.get(tenant);
    if (!kinds) {
      if (this.#seen.size >= MOST_TENANTS) this.#seen.delete(this.#seen.keys().next().value!);
      kinds = new Map();
      this.#seen.set(tenant, kinds);
    }
    const now = this.#clock.now();
    const before = kinds.get(hit.counted);
    const total = before && now - before.at < SHOWN_MS ? before.total : 0;
    kinds.set(hit.counted, { hit, at: now, total: total + hit.count });
  }

  forget(tenant: TenantId): void {
    this.#seen.delete(tenant);
  }

  of(tenant: TenantId | undefined): LimitNotice[] {
    const now = this.#clock.now();
    const notices: LimitNotice[] = [];
    for (const [owner, kinds] of this.#seen) {
      if (tenant !== undefined && owner !== tenant) continue;
      for (const [counted, { hit, at, total }] of kinds) {
        if (now - at >= SHOWN_MS) kinds.delete(counted);
        else if (notices.length < MOST_SHOWN) notices.push(noticeOf(owner, hit, total));
      }
      if (kinds.size === 0) this.#seen.delete(owner);
    }
    return notices;
  }
}

function noticeOf(tenant: TenantId, { counted, limit, name, of }: LimitHit, count: number): LimitNotice {
  const values = { limit, count, name, of };
  return { tenant, code: `pipeline.limit-${counted}`, message: MESSAGES[counted](values), values };
}

type Values = { readonly limit: number; readonly count: number; readonly name: string; readonly of: string };
const n = (value: number): string => value.toLocaleString('en');
const unlisted =
  (signal: string) =>
  ({ limit, name }: Values): string =>
    `more than ${n(limit)} attribute keys of ${signal} today: further ones stay on their records and can be searched, but are not suggested; the last new one is ${name}`;

/** The browser has its own words by code and values: web/src/kit/ingest-words.ts. */
const MESSAGES: Readonly<Record<Counted, (values: Values) => string>> = {
  services: ({ limit, count, name }) =>
    `more than ${n(limit)} service names today: ${n(count)} records were filed under “(other services)”; the last new name is ${name}`,
  operations: ({ limit, count, name, of }) =>
    `more than ${n(limit)} span names of service ${of} today: ${n(count)} spans are counted under “(other operations)”; the last new name is ${name}`,
  metrics: ({ limit, count, name }) =>
    `more than ${n(limit)} metric names today: ${n(count)} points were rejected; the last new name is ${name}`,
  series: ({ limit, count, name, of }) =>
    `more than ${n(limit)} series today: ${n(count)} points were rejected; ${name} grows${of === '' ? '' : ` by its attribute ${of}`}`,
  resources: ({ limit, count, name }) =>
    `more than ${n(limit)} resources today: ${n(count)} records were rejected; service ${name} sends new ones`,
  scopes: ({ limit, count, name }) =>
    `more than ${n(limit)} instrumentation scopes today: ${n(count)} records were rejected; service ${name} sends new ones`,
  'keys-logs': unlisted('logs'),
  'keys-traces': unlisted('traces'),
  'keys-metrics': unlisted('metrics'),
};
