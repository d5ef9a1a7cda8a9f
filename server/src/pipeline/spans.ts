import {
  BlockWriter,
  type ByteSource,
  type ColumnsOf,
  type Interner,
  LAYOUTS,
  MARK_BITS,
  openColumns,
  type StringColumn,
  utf8Cut,
} from '#base';
import { AttributeRows } from './attributes.ts';
import type { NameGate } from './cardinality/name-gate.ts';
import type { IntakeLimits } from './config.ts';
import type { Filing } from './filing.ts';
import { INHERITED, type ResourceFacts, type ScopeFacts } from './resources.ts';
import type { TextScratch } from './text-scratch.ts';

const REPAIRED = MARK_BITS['utf8-repaired'];
const CUT = MARK_BITS['value-cut'];
const DROPPED = MARK_BITS['attributes-dropped'];
const LIMITED = MARK_BITS['name-limited'];
const END_BEFORE_START = MARK_BITS['end-before-start'];

/** One span as sent, filled by a receiver and reused. Ranges and ids are places in the request's bytes. */
export class SpanFields {
  startLow = 0;
  startHigh = 0;
  endLow = 0;
  endHigh = 0;
  /** Where 16 bytes begin, or -1. */
  traceAt = -1;
  /** Where 8 bytes begin, or -1. */
  spanAt = -1;
  parentAt = -1;
  stateStart = 0;
  stateEnd = 0;
  flags = 0;
  nameStart = 0;
  nameEnd = 0;
  kind = 0;
  statusCode = 0;
  messageStart = 0;
  messageEnd = 0;
  dropped = 0;
  droppedEvents = 0;
  droppedLinks = 0;
  /** What the receiver noticed. */
  marks = 0;

  clear(): void {
    this.startLow = this.startHigh = this.endLow = this.endHigh = 0;
    this.traceAt = this.spanAt = this.parentAt = -1;
    this.stateStart = this.stateEnd = this.flags = 0;
    this.nameStart = this.nameEnd = this.kind = this.statusCode = 0;
    this.messageStart = this.messageEnd = 0;
    this.dropped = this.droppedEvents = this.droppedLinks = this.marks = 0;
  }
}

/** Rows of `spans`: `begin`, fill `fields`, `attributes`, add events and links, then `commit` or `cancel`; at last `endRun`. */
export class SpanRows {
  readonly writer: BlockWriter;
  readonly attributes: AttributeRows;
  readonly fields = new SpanFields();
  /** Marks of the last committed span. */
  marks = 0;
  readonly #columns: ColumnsOf<typeof LAYOUTS.spans.types>;
  readonly #interner: Interner;
  readonly #filing: Filing;
  readonly #limits: IntakeLimits;
  readonly #names: NameGate;
  #tenant = 0;
  #retention = 0;
  #ownMarks = 0;
  #firstEvent = 0;
  #eventBytes = 0;
  #events = 0;
  #firstLink = 0;
  #linkStateBytes = 0;
  #linkBytes = 0;
  #links = 0;
  /** Dropped here, besides what the sender dropped. */
  #moreEvents = 0;
  #moreLinks = 0;

  constructor(interner: Interner, filing: Filing, names: NameGate, limits: IntakeLimits) {
    this.#names = names;
    this.#interner = interner;
    this.#filing = filing;
    this.#limits = limits;
    const to = openColumns(LAYOUTS.spans.types, interner);
    this.#columns = to;
    for (const one of [to.event_names, to.event_attributes, to.event_dropped_counts]) one.follow(to.event_times);
    for (const one of [
      to.link_span_ids,
      to.link_trace_states,
      to.link_flags,
      to.link_attributes,
      to.link_dropped_counts,
    ])
      one.follow(to.link_trace_ids);
    this.writer = new BlockWriter('spans', this.#columns);
    this.attributes = new AttributeRows(this.#columns.attributes, this.#columns.attribute_types, interner, limits);
  }

  beginBatch(tenant: number, tenantBytes: Uint8Array, retention: number): void {
    this.#tenant = tenant;
    this.#retention = retention;
    this.attributes.beginBatch(tenantBytes);
  }

  forget(): void {
    this.attributes.forget();
  }

  begin(): void {
    const to = this.#columns;
    this.fields.clear();
    this.attributes.begin();
    this.#ownMarks = 0;
    this.#events = 0;
    this.#links = 0;
    this.#moreEvents = 0;
    this.#moreLinks = 0;
    this.#firstEvent = to.event_times.items.rows;
    this.#eventBytes = to.event_attributes.items.length;
    this.#firstLink = to.link_trace_ids.items.rows;
    this.#linkStateBytes = to.link_trace_states.items.length;
    this.#linkBytes = to.link_attributes.items.length;
  }

  /** Whether one more event is kept; if not, it is counted as dropped. */
  admitsEvent(): boolean {
    if (this.#events < this.#limits.maxEvents) {
      this.#events++;
      return true;
    }
    this.#moreEvents++;
    this.#ownMarks |= DROPPED;
    return false;
  }

  /** `attributes` holds the JSON text `[[key, value], …]`. */
  addEvent(
    source: ByteSource,
    timeLow: number,
    timeHigh: number,
    nameStart: number,
    nameEnd: number,
    attributes: TextScratch,
    dropped: number,
  ): void {
    const to = this.#columns;
    to.event_times.items.push(timeLow, timeHigh);
    to.event_names.items.push(this.#name(source, nameStart, nameEnd));
    to.event_attributes.items.pushRange(attributes.source, 0, attributes.length);
    to.event_dropped_counts.items.push(dropped);
    this.#ownMarks |= attributes.marks;
  }

  /** As `admitsEvent`. */
  admitsLink(): boolean {
    if (this.#links < this.#limits.maxLinks) {
      this.#links++;
      return true;
    }
    this.#moreLinks++;
    this.#ownMarks |= DROPPED;
    return false;
  }

  addLink(
    source: ByteSource,
    traceAt: number,
    spanAt: number,
    stateStart: number,
    stateEnd: number,
    flags: number,
    attributes: TextScratch,
    dropped: number,
  ): void {
    const to = this.#columns;
    if (traceAt >= 0) to.link_trace_ids.items.push(source.view, traceAt);
    else to.link_trace_ids.items.pushZero();
    if (spanAt >= 0) to.link_span_ids.items.push(source.view, spanAt);
    else to.link_span_ids.items.pushZero();
    this.#text(to.link_trace_states.items, source, stateStart, stateEnd);
    to.link_flags.items.push(flags);
    to.link_attributes.items.pushRange(attributes.source, 0, attributes.length);
    to.link_dropped_counts.items.push(dropped);
    this.#ownMarks |= attributes.marks;
  }

  /** Ends the span. Its trace and span ids must be there. */
  commit(source: ByteSource, resource: ResourceFacts): void {
    const { fields, attributes } = this;
    const filing = this.#filing;
    const to = this.#columns;
    filing.place(fields.startLow, fields.startHigh);

    // The end must come back exactly: filed (or, if that was replaced, claimed) start plus duration, modulo 2^64.
    const placed = filing.originalLow !== 0 || filing.originalHigh !== 0;
    const startLow = placed ? filing.originalLow : filing.low;
    const startHigh = placed ? filing.originalHigh : filing.high;
    const low = fields.endLow - startLow;
    const high = fields.endHigh - startHigh - (low < 0 ? 1 : 0);
    to.duration.push(low, high);
    // Answers then say 0 (query/decode/records.ts); an end that was not sent is 0 and before every start.
    if ((high | 0) < 0) this.#ownMarks |= END_BEFORE_START;

    to.timestamp.push(filing.low, filing.high);
    to.original_time.push(filing.originalLow, filing.originalHigh);
    to.trace_id.push(source.view, fields.traceAt);
    to.span_id.push(source.view, fields.spanAt);
    if (fields.parentAt >= 0) to.parent_span_id.push(source.view, fields.parentAt);
    else to.parent_span_id.pushZero();
    this.#text(to.trace_state, source, fields.stateStart, fields.stateEnd);
    to.flags.push(fields.flags);
    const name = this.#name(source, fields.nameStart, fields.nameEnd);
    if (!this.#names.operation(resource.service, name)) this.#ownMarks |= LIMITED;
    to.name.push(name);
    to.kind.push(fields.kind);
    to.status_code.push(fields.statusCode);
    this.#text(to.status_message, source, fields.messageStart, fields.messageEnd);
    attributes.noteRepeated();
    attributes.end();
    to.dropped_attributes_count.push(fields.dropped + attributes.dropped);
    to.event_times.endRow();
    to.dropped_events_count.push(fields.droppedEvents + this.#moreEvents);
    to.link_trace_ids.endRow();
    to.dropped_links_count.push(fields.droppedLinks + this.#moreLinks);
    this.marks = (resource.marks & INHERITED) | fields.marks | filing.marks | attributes.marks | this.#ownMarks;
    to.marks.push(this.marks);
  }

  /** Ends a run of spans of one resource and scope: fills the columns in which they are all alike. */
  endRun(resource: ResourceFacts, scope: ScopeFacts): void {
    const to = this.#columns;
    const count = to.timestamp.rows - to.tenant.rows;
    if (count === 0) return;
    to.tenant.repeat(this.#tenant, count);
    to.service_name.repeat(resource.service, count);
    to.environment.repeat(resource.environment, count);
    to.host_name.repeat(resource.host, count);
    to.resource_id.repeat(resource.low, resource.high, count);
    to.scope_id.repeat(scope.low, scope.high, count);
    to.retention_days.repeat(this.#retention, count);
  }

  /** Forgets the span under way. */
  cancel(): void {
    const to = this.#columns;
    this.attributes.cancel();
    to.event_times.items.rows = this.#firstEvent;
    to.event_names.items.rows = this.#firstEvent;
    to.event_attributes.items.truncate(this.#firstEvent, this.#eventBytes);
    to.event_dropped_counts.items.rows = this.#firstEvent;
    to.link_trace_ids.items.rows = this.#firstLink;
    to.link_span_ids.items.rows = this.#firstLink;
    to.link_trace_states.items.truncate(this.#firstLink, this.#linkStateBytes);
    to.link_flags.items.rows = this.#firstLink;
    to.link_attributes.items.truncate(this.#firstLink, this.#linkBytes);
    to.link_dropped_counts.items.rows = this.#firstLink;
  }

  #name(source: ByteSource, start: number, end: number): number {
    if (start === end) return 0;
    const kept = utf8Cut(source.bytes, start, end, this.#limits.maxValueBytes);
    if (kept < end) this.#ownMarks |= CUT;
    const sent = this.#interner.intern(source, start, kept);
    const name = this.#interner.wellFormed(sent);
    if (name !== sent) this.#ownMarks |= REPAIRED;
    return name;
  }

  #text(column: StringColumn, source: ByteSource, start: number, end: number): void {
    if (start === end) {
      column.pushEmpty();
      return;
    }
    const kept = utf8Cut(source.bytes, start, end, this.#limits.maxValueBytes);
    if (kept < end) this.#ownMarks |= CUT;
    if (column.pushText(source, start, kept)) this.#ownMarks |= REPAIRED;
  }
}
