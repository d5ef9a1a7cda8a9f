import { BlockWriter, type ByteSource, type ColumnsOf, type Interner, LAYOUTS, MARK_BITS, openColumns } from '#base';
import { AttributeRows } from './attributes.ts';
import type { IntakeLimits } from './config.ts';
import type { Identity } from './identity.ts';
import { KIND } from './known-ids.ts';
import { WORDS } from './vocabulary.ts';

/** What records need to know of their resource. Ids of the interner. */
export interface ResourceFacts {
  low: number;
  high: number;
  /** As it is filed: `(other services)` when it is new beyond the tenant's limit. */
  service: number;
  /** As it was sent, or `unknown_service`. */
  named: number;
  environment: number;
  host: number;
  marks: number;
}

/** Marks of a resource that are told on each of its records too. */
export const INHERITED = MARK_BITS['service-missing'] | MARK_BITS['business-id-differed'] | MARK_BITS['name-limited'];

/** Rows of `resources`: `begin`, `attributes.add…`, `describe`, then `commit` or `cancel`. */
export class ResourceRows {
  readonly writer: BlockWriter;
  readonly attributes: AttributeRows;
  readonly #columns: ColumnsOf<typeof LAYOUTS.resources.types>;
  readonly #identity: Identity;
  readonly #maxValue: number;
  #tenant = 0;
  #retention = 0;
  #claim: string | undefined;
  #urlAt = 0;
  #refsAt = 0;

  constructor(interner: Interner, identity: Identity, limits: IntakeLimits) {
    this.#columns = openColumns(LAYOUTS.resources.types, interner);
    this.writer = new BlockWriter('resources', this.#columns);
    this.attributes = new AttributeRows(this.#columns.attributes, this.#columns.attribute_types, interner, limits);
    this.#identity = identity;
    this.#maxValue = limits.maxValueBytes;
  }

  /** `claim`: a business id named outside the resource that is not the tenant's. */
  beginBatch(tenant: number, tenantBytes: Uint8Array, retention: number, claim: string | undefined): void {
    this.#tenant = tenant;
    this.#retention = retention;
    this.#claim = claim;
    this.attributes.beginBatch(tenantBytes);
  }

  begin(): void {
    this.attributes.begin();
  }

  /**
   * Ends the list of attributes and works out the resource's id and the enforced fields.
   * @param refs JSON text of entity references, empty when none.
   */
  describe(
    into: ResourceFacts,
    dropped: number,
    source: ByteSource,
    urlStart: number,
    urlEnd: number,
    refs: ByteSource,
    refsLength: number,
  ): void {
    const { attributes } = this;
    if (this.#claim !== undefined) {
      attributes.addOwn(WORDS['hanok.claimed_business_id'], this.#claim);
      attributes.marks |= MARK_BITS['business-id-differed'];
    }
    into.named = attributes.specialValue(WORDS['service.name']);
    if (into.named === 0) {
      into.named = WORDS.unknown_service;
      attributes.marks |= MARK_BITS['service-missing'];
    }
    into.environment =
      attributes.specialValue(WORDS['deployment.environment.name']) ||
      attributes.specialValue(WORDS['deployment.environment']) ||
      WORDS.unknown;
    into.host = attributes.specialValue(WORDS['host.name']) || WORDS.unknown;
    const to = this.#columns;
    attributes.noteRepeated();
    to.dropped_attributes_count.push(dropped + attributes.dropped);
    this.#urlAt = to.schema_url.length;
    this.#refsAt = to.entity_refs.length;
    const end = Math.min(urlEnd, urlStart + this.#maxValue);
    if (end < urlEnd) attributes.marks |= MARK_BITS['value-cut'];
    if (to.schema_url.pushText(source, urlStart, end)) attributes.marks |= MARK_BITS['utf8-repaired'];
    to.entity_refs.pushRange(refs, 0, refsLength);
    into.service = into.named;
    into.marks = attributes.marks;

    const identity = this.#identity;
    identity.begin(KIND.resource);
    identity.attributes(attributes);
    identity.word(dropped + attributes.dropped);
    identity.column(to.schema_url, this.#urlAt);
    identity.column(to.entity_refs, this.#refsAt);
    identity.finish();
    into.low = identity.low;
    into.high = identity.high;
  }

  commit(facts: ResourceFacts, day: number): void {
    const to = this.#columns;
    this.attributes.end();
    to.tenant.push(this.#tenant);
    to.day.push(day);
    to.resource_id.push(facts.low, facts.high);
    to.service_name.push(facts.service);
    to.environment.push(facts.environment);
    to.host_name.push(facts.host);
    to.marks.push(facts.marks);
    to.retention_days.push(this.#retention);
  }

  cancel(): void {
    const to = this.#columns;
    this.attributes.cancel();
    to.dropped_attributes_count.rows--;
    to.schema_url.truncate(to.schema_url.rows - 1, this.#urlAt);
    to.entity_refs.truncate(to.entity_refs.rows - 1, this.#refsAt);
  }
}

export interface ScopeFacts {
  /** Both 0 when there is no scope. */
  low: number;
  high: number;
}

/** Rows of `scopes`, in the same way. */
export class ScopeRows {
  readonly writer: BlockWriter;
  readonly attributes: AttributeRows;
  readonly #columns: ColumnsOf<typeof LAYOUTS.scopes.types>;
  readonly #identity: Identity;
  readonly #maxValue: number;
  #tenant = 0;
  #retention = 0;
  #nameAt = 0;
  #versionAt = 0;
  #urlAt = 0;

  constructor(interner: Interner, identity: Identity, limits: IntakeLimits) {
    this.#columns = openColumns(LAYOUTS.scopes.types, interner);
    this.writer = new BlockWriter('scopes', this.#columns);
    this.attributes = new AttributeRows(this.#columns.attributes, this.#columns.attribute_types, interner, limits);
    this.#identity = identity;
    this.#maxValue = limits.maxValueBytes;
  }

  beginBatch(tenant: number, tenantBytes: Uint8Array, retention: number): void {
    this.#tenant = tenant;
    this.#retention = retention;
    this.attributes.beginBatch(tenantBytes);
  }

  begin(): void {
    this.attributes.begin();
  }

  describe(into: ScopeFacts, dropped: number, source: ByteSource, texts: ScopeTexts): void {
    const { attributes } = this;
    const to = this.#columns;
    attributes.noteRepeated();
    to.dropped_attributes_count.push(dropped + attributes.dropped);
    this.#nameAt = this.#push('name', source, texts.nameStart, texts.nameEnd);
    this.#versionAt = this.#push('version', source, texts.versionStart, texts.versionEnd);
    this.#urlAt = this.#push('schema_url', source, texts.urlStart, texts.urlEnd);
    const identity = this.#identity;
    identity.begin(KIND.scope);
    identity.attributes(attributes);
    identity.word(dropped + attributes.dropped);
    identity.column(to.name, this.#nameAt);
    identity.column(to.version, this.#versionAt);
    identity.column(to.schema_url, this.#urlAt);
    identity.finish();
    into.low = identity.low;
    into.high = identity.high;
  }

  commit(facts: ScopeFacts, day: number): void {
    const to = this.#columns;
    this.attributes.end();
    to.tenant.push(this.#tenant);
    to.day.push(day);
    to.scope_id.push(facts.low, facts.high);
    to.retention_days.push(this.#retention);
  }

  cancel(): void {
    const to = this.#columns;
    this.attributes.cancel();
    to.dropped_attributes_count.rows--;
    to.name.truncate(to.name.rows - 1, this.#nameAt);
    to.version.truncate(to.version.rows - 1, this.#versionAt);
    to.schema_url.truncate(to.schema_url.rows - 1, this.#urlAt);
  }

  #push(name: 'name' | 'version' | 'schema_url', source: ByteSource, start: number, end: number): number {
    const column = this.#columns[name];
    const at = column.length;
    const kept = Math.min(end, start + this.#maxValue);
    if (kept < end) this.attributes.marks |= MARK_BITS['value-cut'];
    if (column.pushText(source, start, kept)) this.attributes.marks |= MARK_BITS['utf8-repaired'];
    return at;
  }
}

/** Ranges of the request's bytes. */
export interface ScopeTexts {
  nameStart: number;
  nameEnd: number;
  versionStart: number;
  versionEnd: number;
  urlStart: number;
  urlEnd: number;
}
