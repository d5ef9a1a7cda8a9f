import { mkdirSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TenantId, TenantLimits } from '@hanok/contract';
import type { Clock, Counter, Log, Meter } from '#base';
import { type CardinalityLimits, Ledger, type LimitHit } from '#pipeline';
import { decodeLedger, encodeLedger } from './ledger-file.ts';
import { type LimitNotice, LimitNotices } from './limit-notices.ts';

const DAY_NANOS = 86_400_000_000_000n;
/** What came within this time before a kill is forgotten by the next process, and no more. */
const SAVE_EVERY_MS = 5_000;
/** Ledgers of tenants that send nothing today are dropped beyond this. */
const MOST = 10_000;

/** What plans say of a day's cardinality. */
export type TenantCardinality = Pick<TenantLimits, 'series' | 'attributeKeys'>;

const limitsWith = (limits: CardinalityLimits, tenant: TenantCardinality | undefined): CardinalityLimits =>
  tenant
    ? {
        ...limits,
        series: tenant.series,
        'keys-logs': tenant.attributeKeys,
        'keys-traces': tenant.attributeKeys,
        'keys-metrics': tenant.attributeKeys,
      }
    : limits;

export interface LedgersDeps {
  readonly limits: CardinalityLimits;
  /** What the tenant may bring beside `limits`. */
  readonly limitsOf?: (tenant: TenantId) => TenantCardinality | undefined;
  /** Where ledgers are kept; undefined: in memory only. */
  readonly dir: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Two words of a secret for a new ledger. */
  readonly key: () => readonly [number, number];
}

interface Held {
  readonly ledger: Ledger;
  /** The ledger was seen to have these; another object may hold other figures. */
  tenantLimits: TenantCardinality | undefined;
  /** `changes` of the ledger as it was last saved. */
  saved: number;
}

/** The ledgers of all tenants, on the main thread: made here, shared with the decode threads, saved for the next start. */
export class Ledgers {
  readonly #deps: LedgersDeps;
  readonly #held = new Map<TenantId, Held>();
  readonly #notices: LimitNotices;
  readonly #counters = new Map<string, Counter>();
  readonly #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(deps: LedgersDeps) {
    this.#deps = deps;
    this.#notices = new LimitNotices(deps.clock);
    if (deps.dir === undefined) return;
    mkdirSync(deps.dir, { recursive: true, mode: 0o700 });
    this.#timer = setInterval(() => void this.save(), SAVE_EVERY_MS).unref();
  }

  /** The tenant's ledger of the day. @param arrival Unix nanoseconds */
  of(tenant: TenantId, arrival: bigint): SharedArrayBuffer {
    const day = Number(arrival / DAY_NANOS);
    const held = this.#held.get(tenant);
    // A clock that was set back does not begin a day again.
    if (held && held.ledger.day >= day && this.#isCurrent(tenant, held)) return held.ledger.buffer;
    if (this.#held.size >= MOST) this.#dropOld(day);
    const tenantLimits = this.#deps.limitsOf?.(tenant);
    const limits = limitsWith(this.#deps.limits, tenantLimits);
    const ledger = this.#read(tenant, day, limits) ?? Ledger.make(limits, day, this.#deps.key());
    this.#held.set(tenant, { ledger, tenantLimits, saved: ledger.changes });
    return ledger.buffer;
  }

  /** What the tenant brought today. @param arrival Unix nanoseconds */
  counts(tenant: TenantId, arrival: bigint): TenantCardinality {
    const ledger = new Ledger(this.of(tenant, arrival));
    return {
      series: ledger.count('series'),
      attributeKeys: Math.max(ledger.count('keys-logs'), ledger.count('keys-traces'), ledger.count('keys-metrics')),
    };
  }

  /** What of a request was beyond the tenant's limits. */
  note(tenant: TenantId, hits: readonly LimitHit[]): void {
    for (const hit of hits) {
      this.#counterOf(hit.counted).add(hit.count);
      this.#notices.note(tenant, hit);
    }
  }

  /** What a tenant, or with undefined an operator of all, should hear now. */
  notices(tenant: TenantId | undefined): LimitNotice[] {
    return this.#notices.of(tenant);
  }

  /** What a tenant that was deleted brought, in memory and on disk. */
  async forget(tenant: TenantId): Promise<void> {
    const { dir } = this.#deps;
    const forgotten = this.#saving.then(async () => {
      this.#held.delete(tenant);
      this.#notices.forget(tenant);
      if (dir === undefined) return;
      for (const file of [fileOf(dir, tenant), `${fileOf(dir, tenant)}.new`]) await rm(file, { force: true });
    });
    this.#saving = forgotten.catch(() => undefined);
    await forgotten;
  }

  /** Resolves when all that changed until now is in its file. */
  save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#saveChanged());
    return this.#saving;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.save();
  }

  async #saveChanged(): Promise<void> {
    const { dir, log } = this.#deps;
    if (dir === undefined) return;
    for (const [tenant, held] of this.#held) {
      const { changes, buffer } = held.ledger;
      if (changes === held.saved) continue;
      const file = fileOf(dir, tenant);
      try {
        await writeFile(`${file}.new`, encodeLedger(buffer), { mode: 0o600 });
        await rename(`${file}.new`, file);
        held.saved = changes;
      } catch (error) {
        log.warn({ tenant, error: String(error) }, 'what a tenant brought today could not be saved; tried again later');
      }
    }
  }

  /** Limits that were changed begin the day anew: the room of a ledger follows from them. */
  #isCurrent(tenant: TenantId, held: Held): boolean {
    const now = this.#deps.limitsOf?.(tenant);
    if (now === held.tenantLimits) return true;
    held.tenantLimits = now;
    return held.ledger.hasLimits(limitsWith(this.#deps.limits, now));
  }

  #read(tenant: TenantId, day: number, limits: CardinalityLimits): Ledger | undefined {
    const { dir, log } = this.#deps;
    if (dir === undefined) return undefined;
    let file: Buffer;
    try {
      file = readFileSync(fileOf(dir, tenant));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        log.warn({ tenant, error: String(error) }, 'what a tenant brought today cannot be read and is counted anew');
      return undefined;
    }
    const buffer = decodeLedger(file);
    if (!buffer) {
      log.warn({ tenant }, 'what a tenant brought today is damaged and is counted anew');
      return undefined;
    }
    const ledger = new Ledger(buffer);
    return ledger.day === day && ledger.hasLimits(limits) ? ledger : undefined;
  }

  #dropOld(day: number): void {
    for (const [tenant, { ledger, saved }] of this.#held)
      if (ledger.day < day || saved === ledger.changes) this.#held.delete(tenant);
  }

  #counterOf(counted: string): Counter {
    let counter = this.#counters.get(counted);
    if (!counter) {
      counter = this.#deps.meter.counter(
        'hanok_pipeline_limited_total',
        'Records (for keys: keys) beyond a limit of their tenant, by what is limited.',
        { limit: counted },
      );
      this.#counters.set(counted, counter);
    }
    return counter;
  }
}

/** Tenants' ids are names of files as they are: `a-z 0-9 -`. */
const fileOf = (dir: string, tenant: TenantId): string => join(dir, `${tenant}.ledger`);
