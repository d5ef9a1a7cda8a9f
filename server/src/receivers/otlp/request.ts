import { MARK_BITS } from '#base';
import {
  INHERITED,
  KIND,
  type RequestColumns,
  type ResourceFacts,
  type ScopeFacts,
  type ScopeTexts,
  TextScratch,
  ValueSlot,
  WORDS,
} from '#pipeline';
import { AnyValueReader } from './any-value.ts';
import { TAGS } from './proto/otlp.generated.ts';
import { type Cause, type Rejections, TOO_MANY_RECORDS, TOO_MANY_RESOURCES, TOO_MANY_SCOPES } from './rejections.ts';
import { type CachedResource, ResourceCache } from './resource-cache.ts';
import { Wire } from './wire.ts';

const {
  EntityRef,
  ExportLogsServiceRequest,
  ExportMetricsServiceRequest,
  ExportTraceServiceRequest,
  InstrumentationScope,
  Resource,
  ResourceLogs,
  ResourceMetrics,
  ResourceSpans,
  ScopeLogs,
  ScopeMetrics,
  ScopeSpans,
} = TAGS;

/** What the three requests have in common. Were the tags not the same, this would not compile. */
const RESOURCES: typeof ExportLogsServiceRequest.resourceLogs &
  typeof ExportTraceServiceRequest.resourceSpans &
  typeof ExportMetricsServiceRequest.resourceMetrics = ExportLogsServiceRequest.resourceLogs;
const RESOURCE: typeof ResourceLogs.resource & typeof ResourceSpans.resource & typeof ResourceMetrics.resource =
  ResourceLogs.resource;
const SCOPES: typeof ResourceLogs.scopeLogs & typeof ResourceSpans.scopeSpans & typeof ResourceMetrics.scopeMetrics =
  ResourceLogs.scopeLogs;
const RESOURCE_SCHEMA_URL: typeof ResourceLogs.schemaUrl &
  typeof ResourceSpans.schemaUrl &
  typeof ResourceMetrics.schemaUrl = ResourceLogs.schemaUrl;
const SCOPE: typeof ScopeLogs.scope & typeof ScopeSpans.scope & typeof ScopeMetrics.scope = ScopeLogs.scope;
const RECORDS: typeof ScopeLogs.logRecords & typeof ScopeSpans.spans & typeof ScopeMetrics.metrics =
  ScopeLogs.logRecords;
const SCOPE_SCHEMA_URL: typeof ScopeLogs.schemaUrl & typeof ScopeSpans.schemaUrl & typeof ScopeMetrics.schemaUrl =
  ScopeLogs.schemaUrl;

/** Marks of a resource that its records carry too, and that are counted there. */
const COUNTED_ON_RECORDS = INHERITED;
const LIMITED = MARK_BITS['name-limited'];
/** Values are sampled from the first records of a resource and then from every 64th. */
const SAMPLED_FIRST = 16;
const SAMPLED_EVERY = 63;
const LONGEST_REFS = 65_536;

/** Reads one record that ends at `end`; the wire stands at its beginning. */
export interface RecordReader {
  read(end: number): void;
  /** After the last record of a scope, while its resource and scope are still in force. */
  endScope(): void;
}

/**
 * Walks what the three Export…ServiceRequest messages have in common: a list of resources, in each a list of scopes, in
 * each a list of records. Field numbers are the same in all three. Resource and scope may stand after the records on the
 * wire, so each list is stepped through once, record by record, before its records are read.
 */
export class RequestWalk {
  readonly wire = new Wire();
  readonly values: AnyValueReader;
  readonly slot = new ValueSlot();
  readonly columns: RequestColumns;
  resource: CachedResource;
  readonly scope: ScopeFacts = { low: 0, high: 0 };
  /** Why records of the resource and scope under way are not stored; undefined: they are. */
  refused: Cause | undefined;
  /** Interner id of the first resource's service name, 0 before there is one. */
  firstService = 0;

  readonly #cache = new ResourceCache();
  readonly #refs = new TextScratch();
  readonly #resourceRanges: number[] = [];
  readonly #scopeRanges: number[] = [];
  #urlStart = 0;
  #urlEnd = 0;
  #resourceReady = false;
  #resourceRefused = false;
  #hasScope = false;
  #scopeReady = false;
  readonly #texts: ScopeTexts = { nameStart: 0, nameEnd: 0, versionStart: 0, versionEnd: 0, urlStart: 0, urlEnd: 0 };
  /** The day for which resource and scope are known to have rows. */
  #resourceDay = -1;
  #scopeDay = -1;

  constructor(columns: RequestColumns) {
    this.columns = columns;
    this.values = new AnyValueReader(this.wire, columns.limits);
    this.resource = this.#cache.nothing();
    columns.onForget(() => this.#cache.clear());
  }

  walk(reader: RecordReader, claim: string | undefined): void {
    const { wire } = this;
    this.firstService = 0;
    while (wire.at < wire.size) {
      const tag = wire.tag();
      if (tag === RESOURCES) this.#resourceRecords(reader, wire.end(wire.size), claim);
      else wire.skip(tag, wire.size);
    }
    wire.closed(wire.size);
  }

  /** Call after each accepted record: sees to the rows it refers to. Returns whether its values are to be sampled. */
  recorded(day: number): boolean {
    if (day !== this.#resourceDay) this.#ensureResource(day);
    if (day !== this.#scopeDay) this.#ensureScope(day);
    if ((this.resource.marks & LIMITED) !== 0) this.columns.limited.add('services', 1, this.resource.named);
    const seen = this.resource.seen++;
    return seen < SAMPLED_FIRST || (seen & SAMPLED_EVERY) === 0;
  }

  #resourceRecords(reader: RecordReader, end: number, claim: string | undefined): void {
    const { wire } = this;
    const start = wire.at;
    const ranges = this.#resourceRanges;
    ranges.length = 0;
    this.#urlStart = this.#urlEnd = 0;
    let records = false;
    while (wire.at < end) {
      const tag = wire.tag();
      if (tag === RESOURCE) {
        const stop = wire.end(end);
        ranges.push(wire.at, stop);
        wire.at = stop;
      } else if (tag === RESOURCE_SCHEMA_URL) {
        this.#urlEnd = wire.end(end);
        this.#urlStart = wire.at;
        wire.at = this.#urlEnd;
      } else {
        if (tag === SCOPES) records = true;
        wire.skip(tag, end);
      }
    }
    wire.closed(end);
    this.#resourceReady = false;
    this.#resourceDay = -1;
    if (!records) {
      // Nothing will refer to the resource, but it must still be well-formed.
      if (ranges.length > 0) {
        this.#readResource();
        this.#cancelResource();
      }
      wire.at = end;
      return;
    }
    wire.at = start;
    while (wire.at < end) {
      const tag = wire.tag();
      if (tag === SCOPES) this.#scopeRecords(reader, wire.end(end), claim);
      else wire.skip(tag, end);
    }
    if (!this.#resourceReady) this.#prepareResource(claim);
  }

  #scopeRecords(reader: RecordReader, end: number, claim: string | undefined): void {
    const { wire } = this;
    const start = wire.at;
    const ranges = this.#scopeRanges;
    const texts = this.#texts;
    ranges.length = 0;
    texts.urlStart = texts.urlEnd = 0;
    let records = false;
    this.#hasScope = false;
    while (wire.at < end) {
      const tag = wire.tag();
      if (tag === SCOPE) {
        const stop = wire.end(end);
        if (stop > wire.at) this.#hasScope = true;
        ranges.push(wire.at, stop);
        wire.at = stop;
      } else if (tag === SCOPE_SCHEMA_URL) {
        texts.urlEnd = wire.end(end);
        texts.urlStart = wire.at;
        wire.at = texts.urlEnd;
        this.#hasScope = this.#hasScope || texts.urlEnd > texts.urlStart;
      } else {
        if (tag === RECORDS) records = true;
        wire.skip(tag, end);
      }
    }
    wire.closed(end);
    this.#scopeDay = -1;
    this.#scopeReady = false;
    this.#prepareScope();
    if (records) {
      if (!this.#resourceReady) this.#prepareResource(claim);
      this.refused = this.#resourceRefused ? TOO_MANY_RESOURCES : this.#scopeAdmitted() ? undefined : TOO_MANY_SCOPES;
      wire.at = start;
      while (wire.at < end) {
        const tag = wire.tag();
        if (tag === RECORDS) {
          const stop = wire.end(end);
          reader.read(stop);
          wire.closed(stop);
        } else wire.skip(tag, end);
      }
      reader.endScope();
    }
    wire.at = end;
  }

  /** Finds out the resource's facts, from the cache when these very bytes were seen before. */
  #prepareResource(claim: string | undefined): void {
    const { wire, columns } = this;
    const ranges = this.#resourceRanges;
    const single = ranges.length === 2 ? ranges : ranges.length === 0 ? NO_RANGE : undefined;
    const back = wire.at;
    let found = single && this.#cache.find(wire, columns.tenantNumber, claim, single, this.#urlStart, this.#urlEnd);
    if (!found) {
      found = this.#cache.nothing();
      this.#readResource(found);
      this.#cancelResource();
      if (single) this.#cache.keep(found, wire, columns.tenantNumber, claim, single, this.#urlStart, this.#urlEnd);
    }
    columns.fileService(found);
    this.resource = found;
    this.#resourceReady = true;
    this.#resourceRefused = !columns.names.id('resources', found.low, found.high, 0);
    if (this.firstService === 0) this.firstService = found.named;
    columns.countMarks(found.marks & ~COUNTED_ON_RECORDS);
    wire.at = back;
  }

  #ensureResource(day: number): void {
    const { columns, resource, wire } = this;
    this.#resourceDay = day;
    if (!columns.known.needs(KIND.resource, day, columns.knownSpace, resource.low, resource.high)) return;
    const back = wire.at;
    this.#readResource(resource);
    columns.fileService(resource);
    columns.resources.commit(resource, day);
    columns.known.added(KIND.resource, day, columns.knownSpace, resource.low, resource.high);
    columns.fields.sample(columns.resources.attributes, WORDS.resource, day);
    wire.at = back;
  }

  /** Reads the resource's messages (protobuf merges several) into a row that is left open. */
  #readResource(into: ResourceFacts = this.#cache.nothing()): void {
    const { wire, columns, slot } = this;
    const rows = columns.resources;
    const refs = this.#refs;
    let dropped = 0;
    rows.begin();
    refs.clear();
    for (let i = 0; i < this.#resourceRanges.length; i += 2) {
      wire.at = this.#resourceRanges[i]!;
      const end = this.#resourceRanges[i + 1]!;
      while (wire.at < end) {
        const tag = wire.tag();
        if (tag === Resource.attributes) this.values.readAttribute(rows.attributes, slot, wire.end(end));
        else if (tag === Resource.droppedAttributesCount) dropped = wire.uint32();
        else if (tag === Resource.entityRefs) this.#readEntityRef(wire.end(end));
        else wire.skip(tag, end);
      }
      wire.closed(end);
    }
    if (refs.length > 0) refs.raw(']');
    const kept = refs.length <= LONGEST_REFS ? refs.length : 0;
    if (kept < refs.length) rows.attributes.marks |= MARK_BITS['value-cut'];
    rows.attributes.marks |= refs.marks;
    rows.describe(into, dropped, wire.source, this.#urlStart, this.#urlEnd, refs.source, kept);
  }

  #cancelResource(): void {
    this.columns.resources.cancel();
  }

  /** Appends `{"schemaUrl":…,"type":…,"idKeys":[…],"descriptionKeys":[…]}`. */
  #readEntityRef(end: number): void {
    const { wire } = this;
    const refs = this.#refs;
    const limit = this.columns.limits.maxValueBytes;
    const start = wire.at;
    refs.raw(refs.length === 0 ? '[' : ',');
    for (const [name, wanted, list] of ENTITY_REF) {
      refs.raw(name);
      let count = 0;
      let from = -1;
      let to = 0;
      wire.at = start;
      while (wire.at < end) {
        const tag = wire.tag();
        if (tag !== wanted) {
          wire.skip(tag, end);
          continue;
        }
        to = wire.end(end);
        from = wire.at;
        wire.at = to;
        if (!list) continue;
        if (count++ > 0) refs.raw(',');
        refs.string(wire.source, from, to, limit, MARK_BITS['value-cut']);
      }
      wire.closed(end);
      if (list) refs.raw(']');
      else refs.string(wire.source, Math.max(from, 0), from < 0 ? 0 : to, limit, MARK_BITS['value-cut']);
    }
    refs.raw('}');
  }

  #prepareScope(): void {
    const { scope, columns } = this;
    if (!this.#hasScope) {
      scope.low = scope.high = 0;
      this.#scopeReady = true;
      return;
    }
    this.#readScope();
    columns.countMarks(columns.scopes.attributes.marks);
    columns.scopes.cancel();
    this.#scopeReady = true;
  }

  /** Asked for where records are; a request may bring scopes without any. */
  #scopeAdmitted(): boolean {
    const { scope, columns } = this;
    return !this.#hasScope || columns.names.id('scopes', scope.low, scope.high, 0);
  }

  /** Whether the record up to `end` is not to be stored, for its number or its resource: then it is counted and stepped over. */
  passesOver(rejections: Rejections, end: number): boolean {
    if (this.columns.records < this.columns.limits.maxRecords && this.refused === undefined) return false;
    this.#refuse(rejections);
    this.wire.at = end;
    return true;
  }

  #refuse(rejections: Rejections): void {
    const { columns, resource, refused } = this;
    const { maxRecords } = columns.limits;
    if (columns.records >= maxRecords) rejections.add(TOO_MANY_RECORDS, () => ({ limit: maxRecords }));
    else if (refused) {
      rejections.add(refused);
      columns.limited.add(this.#resourceRefused ? 'resources' : 'scopes', 1, resource.named);
    }
  }

  #ensureScope(day: number): void {
    const { columns, scope, wire } = this;
    this.#scopeDay = day;
    if (!this.#hasScope || !this.#scopeReady) return;
    if (!columns.known.needs(KIND.scope, day, columns.knownSpace, scope.low, scope.high)) return;
    const back = wire.at;
    this.#readScope();
    columns.scopes.commit(scope, day);
    columns.known.added(KIND.scope, day, columns.knownSpace, scope.low, scope.high);
    columns.fields.sample(columns.scopes.attributes, WORDS.scope, day);
    wire.at = back;
  }

  #readScope(): void {
    const { wire, columns, slot } = this;
    const rows = columns.scopes;
    const texts = this.#texts;
    let dropped = 0;
    texts.nameStart = texts.nameEnd = texts.versionStart = texts.versionEnd = 0;
    rows.begin();
    for (let i = 0; i < this.#scopeRanges.length; i += 2) {
      wire.at = this.#scopeRanges[i]!;
      const end = this.#scopeRanges[i + 1]!;
      while (wire.at < end) {
        const tag = wire.tag();
        if (tag === InstrumentationScope.name) {
          texts.nameEnd = wire.end(end);
          texts.nameStart = wire.at;
          wire.at = texts.nameEnd;
        } else if (tag === InstrumentationScope.version) {
          texts.versionEnd = wire.end(end);
          texts.versionStart = wire.at;
          wire.at = texts.versionEnd;
        } else if (tag === InstrumentationScope.attributes)
          this.values.readAttribute(rows.attributes, slot, wire.end(end));
        else if (tag === InstrumentationScope.droppedAttributesCount) dropped = wire.uint32();
        else wire.skip(tag, end);
      }
      wire.closed(end);
    }
    rows.describe(this.scope, dropped, wire.source, texts);
  }
}

const NO_RANGE: readonly number[] = [0, 0];
/** Beginning of each member, tag, and whether it is a list. */
const ENTITY_REF: ReadonlyArray<readonly [string, number, boolean]> = [
  ['{"schemaUrl":', EntityRef.schemaUrl, false],
  [',"type":', EntityRef.type, false],
  [',"idKeys":[', EntityRef.idKeys, true],
  [',"descriptionKeys":[', EntityRef.descriptionKeys, true],
];
