import type { Resource, Scope, TenantId } from '@hanok/contract';
import { entityRef } from '@hanok/contract';
import { bind, name, select, sql } from '#store';
import type { Ask } from '../ask.ts';
import { numberOf, type Row, textOf } from '../rows.ts';
import { decodeAttributes, NO_PAIRS, type Pairs } from './attributes.ts';
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

/** Resources and scopes by id, remembered per tenant. */
export class Surroundings {
  readonly #resources = new Recent<KnownResource>(CAPACITY);
  readonly #scopes = new Recent<KnownScope>(CAPACITY);

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

  /** Asks the store for those not yet known. */
  async load(
    ask: Ask,
    records: ReadonlyArray<{ readonly resourceId: string; readonly scopeId: string }>,
  ): Promise<void> {
    const { tenant } = ask.caller;
    const resources = new Set(
      records.map((one) => one.resourceId).filter((id) => id !== '' && !this.#resources.get(`${tenant} ${id}`)),
    );
    const scopes = new Set(
      records
        .map((one) => one.scopeId)
        .filter((id) => id !== '' && id !== NO_SCOPE && !this.#scopes.get(`${tenant} ${id}`)),
    );
    const pairs = {
      c_keys: sql`mapKeys(attributes)`,
      c_values: sql`mapValues(attributes)`,
      c_attribute_types: name('attribute_types'),
    };
    const [foundResources, foundScopes] = await Promise.all([
      resources.size === 0
        ? []
        : ask.rows(
            select({
              columns: {
                id: name('resource_id'),
                ...pairs,
                c_dropped: name('dropped_attributes_count'),
                c_schema_url: name('schema_url'),
                c_entity_refs: name('entity_refs'),
              },
              from: 'resources',
              where: [sql`has(${bind.uints([...resources].map(BigInt))}, resource_id)`],
              limitBy: { rows: 1, by: [name('resource_id')] },
            }),
          ),
      scopes.size === 0
        ? []
        : ask.rows(
            select({
              columns: {
                id: name('scope_id'),
                ...pairs,
                c_name: name('name'),
                c_version: name('version'),
                c_dropped: name('dropped_attributes_count'),
                c_schema_url: name('schema_url'),
              },
              from: 'scopes',
              where: [sql`has(${bind.uints([...scopes].map(BigInt))}, scope_id)`],
              limitBy: { rows: 1, by: [name('scope_id')] },
            }),
          ),
    ]);
    for (const row of foundResources) this.learnResource(tenant, textOf(row['id']), row);
    for (const row of foundScopes) this.learnScope(tenant, textOf(row['id']), row);
  }
}

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
      ...(dropped > 0 && { droppedAttributesCount: dropped }),
      ...(schemaUrl !== '' && { schemaUrl }),
    },
  };
}

/** A map that forgets what was not used for longest. */
class Recent<V> {
  readonly #capacity: number;
  readonly #map = new Map<string, V>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string): V | undefined {
    const value = this.#map.get(key);
    if (value !== undefined) {
      this.#map.delete(key);
      this.#map.set(key, value);
    }
    return value;
  }

  set(key: string, value: V): void {
    this.#map.delete(key);
    this.#map.set(key, value);
    if (this.#map.size > this.#capacity) for (const oldest of this.#map.keys()) return void this.#map.delete(oldest);
  }
}
