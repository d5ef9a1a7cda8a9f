import type { Resource, Scope, TenantId } from '@hanok/contract';
import { entityRef } from '@hanok/contract';
import type { Clock } from '#base';
import { bind, type Fragment, name, select, sql } from '#store';
import type { QuerySession } from '../query-session.ts';
import { earlier, later, type Range, withinDays } from '../range.ts';
import { Recent } from '../recent.ts';
import { numberOf, type Row, textOf } from '../rows.ts';
import { decodeAttributes, NO_PAIRS, type Pairs, repeatedAttributes } from './attributes.ts';
import { pairsOf } from './records.ts';

export interface KnownResource {
  readonly pairs: Pairs;
  readonly resource: Resource;
}
export interface KnownScope {
  readonly name: string;
  readonly version: string;
  readonly pairs: Pairs;
  readonly scope: Scope;
}

/** Entries of resources and of scopes each; an id is a hash of the content, so an entry never goes stale. */
const CAPACITY = 8_192;
export const NO_SCOPE = '0';

/**
 * A look-up costs as much as a small page. Traces show other resources each time, and most tenants have some dozens,
 * so the first look-up brings those of the same days too; again when that was long ago, for new ones come.
 */
const COMPANY = 256;
const COMPANY_EVERY_MS = 60_000;

type PageSession = Pick<QuerySession, 'caller' | 'rows'>;

/** What a record refers to, and when it was. */
export interface Needing {
  readonly timestamp: bigint;
  readonly resourceId: string;
  readonly scopeId: string;
}

/** Resources and scopes with their ids, to be carried from one thread to another. */
export interface Surrounding {
  readonly resources: ReadonlyArray<readonly [id: string, KnownResource]>;
  readonly scopes: ReadonlyArray<readonly [id: string, KnownScope]>;
}

/** Resources and scopes by id, remembered per tenant. */
export class Surroundings {
  readonly #resources = new Recent<KnownResource>(CAPACITY);
  readonly #scopes = new Recent<KnownScope>(CAPACITY);
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** When a tenant's were last asked for in company, by the monotonic clock. */
  readonly #companyAt = new Map<TenantId, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  resource(tenant: TenantId, id: string): KnownResource {
    return this.#resources.get(`${tenant} ${id}`) ?? { pairs: NO_PAIRS, resource: { id, attributes: {} } };
  }

  scope(tenant: TenantId, id: string): KnownScope | undefined {
    return id === NO_SCOPE ? undefined : this.#scopes.get(`${tenant} ${id}`);
  }

  learnResource(tenant: TenantId, id: string, row: Row): void {
    this.#resources.set(`${tenant} ${id}`, knownResource(id, row));
  }

  learnScope(tenant: TenantId, id: string, row: Row): void {
    this.#scopes.set(`${tenant} ${id}`, knownScope(row));
  }

  /** What is known of what records refer to. */
  of(tenant: TenantId, records: readonly Needing[]): Surrounding {
    const known = <V>(ids: ReadonlySet<string>, from: Recent<V>) =>
      [...ids].flatMap((id) => {
        const one = from.get(`${tenant} ${id}`);
        return one ? [[id, one] as const] : [];
      });
    return {
      resources: known(new Set(records.map((one) => one.resourceId)), this.#resources),
      scopes: known(new Set(records.map((one) => one.scopeId)), this.#scopes),
    };
  }

  put(tenant: TenantId, { resources, scopes }: Surrounding): void {
    for (const [id, resource] of resources) this.#resources.set(`${tenant} ${id}`, resource);
    for (const [id, scope] of scopes) this.#scopes.set(`${tenant} ${id}`, scope);
  }

  /** Asks the store for those not yet known, and now and then for the others of those days, so that few are unknown. */
  async load(session: PageSession, records: readonly Needing[]): Promise<void> {
    const { tenant } = session.caller;
    let missing = this.#missing(tenant, records);
    if (missing.resources.length + missing.scopes.length === 0) return;
    const now = this.#clock.monotonic();
    if (now - (this.#companyAt.get(tenant) ?? Number.NEGATIVE_INFINITY) >= COMPANY_EVERY_MS) {
      this.#companyAt.set(tenant, now);
      const days = withinDays(spanOf(records));
      await Promise.all([
        missing.resources.length > 0 && this.#learnResources(session, days, COMPANY),
        missing.scopes.length > 0 && this.#learnScopes(session, days, COMPANY),
      ]);
      missing = this.#missing(tenant, records);
    }
    const { resources, scopes } = missing;
    await Promise.all([
      resources.length > 0 && this.#learnResources(session, [sql`has(${bind.uints(resources)}, resource_id)`]),
      scopes.length > 0 && this.#learnScopes(session, [sql`has(${bind.uints(scopes)}, scope_id)`]),
    ]);
  }

  #missing(tenant: TenantId, records: readonly Needing[]): { resources: bigint[]; scopes: bigint[] } {
    const resources = new Set(records.map((one) => one.resourceId));
    const scopes = new Set(records.map((one) => one.scopeId));
    scopes.delete(NO_SCOPE);
    return {
      resources: [...resources].filter((id) => id !== '' && !this.#resources.get(`${tenant} ${id}`)).map(BigInt),
      scopes: [...scopes].filter((id) => id !== '' && !this.#scopes.get(`${tenant} ${id}`)).map(BigInt),
    };
  }

  async #learnResources(session: PageSession, where: readonly Fragment[], limit?: number): Promise<void> {
    const rows = await session.rows(
      select({
        columns: {
          id: name('resource_id'),
          ...PAIRS,
          c_dropped: name('dropped_attributes_count'),
          c_schema_url: name('schema_url'),
          c_entity_refs: name('entity_refs'),
        },
        from: 'resources',
        where,
        limitBy: { rows: 1, by: [name('resource_id')] },
        ...(limit !== undefined && { limit }),
      }),
    );
    for (const row of rows) this.learnResource(session.caller.tenant, textOf(row['id']), row);
  }

  async #learnScopes(session: PageSession, where: readonly Fragment[], limit?: number): Promise<void> {
    const rows = await session.rows(
      select({
        columns: {
          id: name('scope_id'),
          ...PAIRS,
          c_name: name('name'),
          c_version: name('version'),
          c_dropped: name('dropped_attributes_count'),
          c_schema_url: name('schema_url'),
        },
        from: 'scopes',
        where,
        limitBy: { rows: 1, by: [name('scope_id')] },
        ...(limit !== undefined && { limit }),
      }),
    );
    for (const row of rows) this.learnScope(session.caller.tenant, textOf(row['id']), row);
  }
}

/** From the first day to the last that the records are of. */
function spanOf(records: readonly Needing[]): Range {
  const first = records[0]?.timestamp ?? 0n;
  return records.reduce<Range>(
    ({ from, to }, { timestamp }) => ({ from: earlier(from, timestamp), to: later(to, timestamp + 1n) }),
    { from: first, to: first + 1n },
  );
}

const PAIRS = {
  c_keys: sql`mapKeys(attributes)`,
  c_values: sql`mapValues(attributes)`,
  c_attribute_types: name('attribute_types'),
};

function knownResource(id: string, row: Row): KnownResource {
  const pairs = pairsOf(row);
  const dropped = numberOf(row['c_dropped']);
  const schemaUrl = textOf(row['c_schema_url']);
  const refs = textOf(row['c_entity_refs']);
  const entityRefs = refs === '' ? undefined : readEntityRefs(refs);
  return {
    pairs,
    resource: {
      id,
      attributes: decodeAttributes(pairs),
      ...repeatedAttributes(pairs),
      ...(dropped > 0 && { droppedAttributesCount: dropped }),
      ...(schemaUrl !== '' && { schemaUrl }),
      ...(entityRefs && { entityRefs }),
    },
  };
}

function readEntityRefs(json: string): Resource['entityRefs'] {
  try {
    return entityRef.array().parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}

function knownScope(row: Row): KnownScope {
  const pairs = pairsOf(row);
  const version = textOf(row['c_version']);
  const schemaUrl = textOf(row['c_schema_url']);
  const dropped = numberOf(row['c_dropped']);
  const scopeName = textOf(row['c_name']);
  return {
    name: scopeName,
    version,
    pairs,
    scope: {
      name: scopeName,
      ...(version !== '' && { version }),
      ...(pairs.keys.length > 0 && { attributes: decodeAttributes(pairs) }),
      ...repeatedAttributes(pairs),
      ...(dropped > 0 && { droppedAttributesCount: dropped }),
      ...(schemaUrl !== '' && { schemaUrl }),
    },
  };
}
