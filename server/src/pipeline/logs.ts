import {
  BlockWriter,
  type ByteSource,
  type ColumnsOf,
  type Interner,
  LAYOUTS,
  MARK_BITS,
  openColumns,
  utf8Cut,
} from '#base';
import { AttributeRows, pushValue } from './attributes.ts';
import { BodyPeek, levelOfText } from './body-peek.ts';
import type { NameGate } from './cardinality/name-gate.ts';
import type { IntakeLimits } from './config.ts';
import type { Filing } from './filing.ts';
import { INHERITED, type ResourceFacts, type ScopeFacts } from './resources.ts';
import { severityWord } from './severity.ts';
import { LETTER, ValueSlot } from './value.ts';
import { LAST_SPECIAL, WORDS } from './vocabulary.ts';

const DERIVED = MARK_BITS['severity-derived'];
const OUT_OF_RANGE = MARK_BITS['severity-out-of-range'];
const SERVICE_MISSING = MARK_BITS['service-missing'];
const REPAIRED = MARK_BITS['utf8-repaired'];
const CUT = MARK_BITS['value-cut'];
const LIMITED = MARK_BITS['name-limited'];

/** One log record as sent, filled by a receiver and reused. Ranges and ids are places in the request's bytes. */
export class LogFields {
  timeLow = 0;
  timeHigh = 0;
  observedLow = 0;
  observedHigh = 0;
  severityNumber = 0;
  severityStart = 0;
  severityEnd = 0;
  dropped = 0;
  flags = 0;
  /** Where 16 bytes begin, or -1. */
  traceAt = -1;
  /** Where 8 bytes begin, or -1. */
  spanAt = -1;
  eventStart = 0;
  eventEnd = 0;
  /** What the receiver noticed. */
  marks = 0;
  readonly body = new ValueSlot();

  clear(): void {
    this.timeLow = this.timeHigh = this.observedLow = this.observedHigh = 0;
    this.severityNumber = this.severityStart = this.severityEnd = 0;
    this.dropped = this.flags = 0;
    this.traceAt = this.spanAt = -1;
    this.eventStart = this.eventEnd = this.marks = 0;
    this.body.clear();
  }
}

/** Rows of `logs`: `begin`, fill `fields` and `attributes`, `commit`; after the last record of a scope `endRun`. */
export class LogRows {
  readonly writer: BlockWriter;
  readonly attributes: AttributeRows;
  readonly fields = new LogFields();
  /** Marks of the last committed record. */
  marks = 0;
  readonly #columns: ColumnsOf<typeof LAYOUTS.logs.types>;
  readonly #interner: Interner;
  readonly #filing: Filing;
  readonly #peek: BodyPeek;
  readonly #names: NameGate;
  readonly #limits: IntakeLimits;
  /** Severity number plus one by interner id of a text; 0 while not asked. */
  #severities = new Uint8Array(1_024);
  #tenant = 0;
  #retention = 0;

  constructor(interner: Interner, filing: Filing, names: NameGate, limits: IntakeLimits) {
    this.#names = names;
    this.#interner = interner;
    this.#filing = filing;
    this.#limits = limits;
    this.#columns = openColumns(LAYOUTS.logs.types, interner);
    this.writer = new BlockWriter('logs', this.#columns);
    this.attributes = new AttributeRows(this.#columns.attributes, this.#columns.attribute_types, interner, limits);
    this.#peek = new BodyPeek(interner);
  }

  beginBatch(tenant: number, tenantBytes: Uint8Array, retention: number): void {
    this.#tenant = tenant;
    this.#retention = retention;
    this.attributes.beginBatch(tenantBytes);
  }

  forget(): void {
    this.attributes.forget();
    this.#severities.fill(0);
  }

  begin(): void {
    this.fields.clear();
    this.attributes.begin();
  }

  /** Ends the record. `filing` holds where it was filed. */
  commit(source: ByteSource, resource: ResourceFacts): void {
    const { fields, attributes } = this;
    const { body } = fields;
    const filing = this.#filing;
    const to = this.#columns;
    let marks = (resource.marks & INHERITED) | fields.marks;

    if (fields.timeLow === 0 && fields.timeHigh === 0 && (fields.observedLow !== 0 || fields.observedHigh !== 0)) {
      filing.place(fields.observedLow, fields.observedHigh);
      // The observed time is kept in its own column; nothing of the sender's is replaced here.
      filing.originalLow = filing.originalHigh = 0;
      marks |= MARK_BITS['time-missing'];
    } else {
      filing.place(fields.timeLow, fields.timeHigh);
      marks |= filing.marks;
    }

    let severity = fields.severityNumber;
    if (severity < 0 || severity > 24) {
      marks |= OUT_OF_RANGE;
      severity = 0;
    }
    let original = 0;
    let named = 0;
    if (fields.severityEnd > fields.severityStart) {
      const sent = this.#text(source, fields.severityStart, fields.severityEnd);
      named = this.#severityOf(sent);
      original = this.#interner.wellFormed(sent);
      if (original !== sent) marks |= REPAIRED;
    }
    let service = resource.service;
    const homeless = (resource.marks & SERVICE_MISSING) !== 0;
    // A number that was sent decides; texts are for reading (Python says CRITICAL of 21, which is fatal).
    if (severity === 0) {
      severity = named || this.#severityOfAttributes();
      if (severity === 0 || homeless) {
        this.#lookAtBody();
        if (severity === 0) severity = this.#peek.severity;
      }
      if (severity !== 0) marks |= DERIVED;
    } else if (homeless) this.#lookAtBody();
    if (homeless && this.#peek.application !== 0) {
      service = this.#peek.application;
      marks &= ~SERVICE_MISSING;
      if (!this.#names.name('services', service)) {
        service = WORDS['(other services)'];
        marks |= LIMITED;
      }
    }

    to.timestamp.push(filing.low, filing.high);
    const observed = fields.observedLow !== 0 || fields.observedHigh !== 0;
    const delayLow = (observed ? fields.observedLow : filing.arrivalLow) - filing.low;
    const delayHigh = (observed ? fields.observedHigh : filing.arrivalHigh) - filing.high - (delayLow < 0 ? 1 : 0);
    to.observed_delay.push(delayLow, delayHigh);
    to.original_time.push(filing.originalLow, filing.originalHigh);
    to.severity_number.push(severity);
    to.severity_text.push(severityWord(severity));
    to.severity_original.push(original);
    if (service !== resource.service) {
      to.service_name.repeat(resource.service, to.timestamp.rows - 1 - to.service_name.rows);
      to.service_name.push(service);
    }
    if (fields.traceAt >= 0) to.trace_id.push(source.view, fields.traceAt);
    else to.trace_id.pushZero();
    if (fields.spanAt >= 0) to.span_id.push(source.view, fields.spanAt);
    else to.span_id.pushZero();
    to.flags.push(fields.flags);
    if (fields.eventEnd > fields.eventStart) {
      const sent = this.#text(source, fields.eventStart, fields.eventEnd);
      const event = this.#interner.wellFormed(sent);
      if (event !== sent) marks |= REPAIRED;
      if (fields.eventEnd - fields.eventStart > this.#limits.maxValueBytes) marks |= CUT;
      to.event_name.push(event);
    } else to.event_name.push(0);
    to.body_type.push(pushValue(to.body, body, this.#limits.maxBodyBytes));
    attributes.noteRepeated();
    attributes.end();
    to.dropped_attributes_count.push(fields.dropped + attributes.dropped);
    marks |= body.marks | attributes.marks;
    to.marks.push(marks);
    this.marks = marks;
  }

  /** Ends a run of records of one resource and scope: fills the columns in which they are all alike. */
  endRun(resource: ResourceFacts, scope: ScopeFacts): void {
    const to = this.#columns;
    const { rows } = to.timestamp;
    const count = rows - to.tenant.rows;
    if (count === 0) return;
    to.tenant.repeat(this.#tenant, count);
    to.service_name.repeat(resource.service, rows - to.service_name.rows);
    to.environment.repeat(resource.environment, count);
    to.host_name.repeat(resource.host, count);
    to.resource_id.repeat(resource.low, resource.high, count);
    to.scope_id.repeat(scope.low, scope.high, count);
    to.retention_days.repeat(this.#retention, count);
  }

  #text(source: ByteSource, start: number, end: number): number {
    return this.#interner.intern(source, start, utf8Cut(source.bytes, start, end, this.#limits.maxValueBytes));
  }

  #severityOf(id: number): number {
    if (id >= this.#severities.length) {
      const larger = new Uint8Array(id * 2);
      larger.set(this.#severities);
      this.#severities = larger;
    }
    const known = this.#severities[id]!;
    if (known !== 0) return known - 1;
    const severity = levelOfText(this.#interner.text(id));
    this.#severities[id] = severity + 1;
    return severity;
  }

  #severityOfAttributes(): number {
    for (let key = WORDS.severity; key <= LAST_SPECIAL; key++) {
      const value = this.attributes.specialValue(key);
      if (value === 0) continue;
      const severity = this.#severityOf(value);
      if (severity !== 0) return severity;
    }
    return 0;
  }

  #lookAtBody(): void {
    const { body } = this.fields;
    const peek = this.#peek;
    peek.severity = 0;
    peek.application = 0;
    if (body.letter === LETTER.string) peek.look(body.source, body.start, body.end);
    else if (body.letter === LETTER.map) peek.severity = this.#severityOfPairs();
  }

  /** A map is held as `{"kv":[[key,value],…]}`. */
  #severityOfPairs(): number {
    const { body } = this.fields;
    const text = body.source.bytes.subarray(body.start, Math.min(body.end, body.start + 16_384));
    const pair = /\["(?:level|severity|severity_text|log\.level|lvl)",(?:"([^"\\]{1,16})"|(\d{1,3}))\]/.exec(
      String.fromCharCode(...text.subarray(0, 4_096)),
    );
    return pair ? levelOfText(pair[1] ?? pair[2]!) : 0;
  }
}
