import { type ErrorValues, utf8Cut } from '#base';
import { ENUM_UNKNOWN, ID_UNREADABLE, type SpanRows, WORDS } from '#pipeline';
import { PairList } from './any-value.ts';
import { TAGS } from './proto/otlp.generated.ts';
import type { Cause, Rejections } from './rejections.ts';
import type { RecordReader, RequestWalk } from './request.ts';

const { Event, Link, Span, Status } = TAGS;

const badId = (reason: string, text: string): Cause => ({
  reason,
  text: ({ record, name }) => `${text}; the first is span ${record} of the request, ${JSON.stringify(name)}`,
});
const BAD_TRACE_ID = badId(
  'bad-trace-id',
  'trace_id is not 16 bytes that are not all zero (in JSON 32 hex digits, not base64)',
);
const BAD_SPAN_ID = badId(
  'bad-span-id',
  'span_id is not 8 bytes that are not all zero (in JSON 16 hex digits, not base64)',
);
const BAD_PARENT_ID = badId('bad-parent-id', 'parent_span_id is neither empty nor 8 bytes');
/** Bytes of a span's name that an answer quotes. */
const QUOTED_BYTES = 120;

/** opentelemetry/proto/trace/v1/trace.proto, `Span`. */
export class SpanReader implements RecordReader {
  readonly #walk: RequestWalk;
  readonly #rows: SpanRows;
  readonly #rejections: Rejections;
  readonly #pairs: PairList;

  constructor(walk: RequestWalk, rejections: Rejections) {
    this.#walk = walk;
    this.#rows = walk.columns.spans;
    this.#rejections = rejections;
    this.#pairs = new PairList(walk.values, walk.columns.limits);
  }

  read(end: number): void {
    const { wire, values, slot, columns } = this.#walk;
    if (this.#walk.passesOver(this.#rejections, end)) return;
    const rows = this.#rows;
    const { fields, attributes } = rows;
    let parentWrong = false;
    rows.begin();
    while (wire.at < end) {
      const tag = wire.tag();
      switch (tag) {
        case Span.traceId: {
          const stop = wire.end(end);
          fields.traceAt = stop - wire.at === 16 && !this.#zero(wire.at, stop) ? wire.at : -1;
          wire.at = stop;
          break;
        }
        case Span.spanId: {
          const stop = wire.end(end);
          fields.spanAt = stop - wire.at === 8 && !this.#zero(wire.at, stop) ? wire.at : -1;
          wire.at = stop;
          break;
        }
        case Span.traceState:
          fields.stateEnd = wire.end(end);
          fields.stateStart = wire.at;
          wire.at = fields.stateEnd;
          break;
        case Span.parentSpanId: {
          const stop = wire.end(end);
          const length = stop - wire.at;
          fields.parentAt = length === 8 ? wire.at : -1;
          parentWrong = length !== 8 && length !== 0;
          wire.at = stop;
          break;
        }
        case Span.name:
          fields.nameEnd = wire.end(end);
          fields.nameStart = wire.at;
          wire.at = fields.nameEnd;
          break;
        case Span.kind: {
          const kind = wire.uint32();
          fields.kind = kind <= 5 ? kind : 0;
          if (kind > 5) fields.marks |= ENUM_UNKNOWN;
          break;
        }
        case Span.startTimeUnixNano:
          wire.fixed64();
          fields.startLow = wire.low;
          fields.startHigh = wire.high;
          break;
        case Span.endTimeUnixNano:
          wire.fixed64();
          fields.endLow = wire.low;
          fields.endHigh = wire.high;
          break;
        case Span.attributes:
          // They come in runs.
          do values.readAttribute(attributes, slot, wire.end(end));
          while (wire.at < end && wire.bytes[wire.at] === Span.attributes && wire.at++ >= 0);
          break;
        case Span.droppedAttributesCount:
          fields.dropped = wire.uint32();
          break;
        case Span.events:
          this.#event(wire.end(end));
          break;
        case Span.droppedEventsCount:
          fields.droppedEvents = wire.uint32();
          break;
        case Span.links:
          this.#link(wire.end(end));
          break;
        case Span.droppedLinksCount:
          fields.droppedLinks = wire.uint32();
          break;
        case Span.status:
          this.#status(wire.end(end));
          break;
        case Span.flags:
          fields.flags = wire.fixed32();
          break;
        default:
          wire.skip(tag, end);
      }
    }
    wire.closed(end);
    if (fields.traceAt < 0 || fields.spanAt < 0 || parentWrong) {
      const cause = fields.traceAt < 0 ? BAD_TRACE_ID : fields.spanAt < 0 ? BAD_SPAN_ID : BAD_PARENT_ID;
      this.#reject(cause);
      rows.cancel();
      return;
    }
    rows.commit(wire.source, this.#walk.resource);
    columns.accept(rows.marks);
    const { day } = columns.filing;
    if (this.#walk.recorded(day)) columns.fields.sample(attributes, WORDS.attribute, day);
  }

  endScope(): void {
    this.#rows.endRun(this.#walk.resource, this.#walk.scope);
  }

  /** A method of its own: a closure in `read` would cost every span a context. */
  #reject(cause: Cause): void {
    this.#rejections.add(cause, () => this.#which());
  }

  /** The span under way, in words its sender knows it by. */
  #which(): ErrorValues {
    const { wire, columns } = this.#walk;
    const { nameStart, nameEnd } = this.#rows.fields;
    const cut = utf8Cut(wire.bytes, nameStart, nameEnd, QUOTED_BYTES);
    const name = Buffer.from(wire.bytes.subarray(nameStart, cut)).toString();
    return { record: columns.records + this.#rejections.rejected, name: cut < nameEnd ? `${name}…` : name };
  }

  #event(end: number): void {
    const { wire } = this.#walk;
    const rows = this.#rows;
    if (!rows.admitsEvent()) {
      wire.at = end;
      return;
    }
    const pairs = this.#pairs;
    let timeLow = 0;
    let timeHigh = 0;
    let nameStart = 0;
    let nameEnd = 0;
    let dropped = 0;
    pairs.begin();
    while (wire.at < end) {
      const tag = wire.tag();
      switch (tag) {
        case Event.timeUnixNano:
          wire.fixed64();
          timeLow = wire.low;
          timeHigh = wire.high;
          break;
        case Event.name:
          nameEnd = wire.end(end);
          nameStart = wire.at;
          wire.at = nameEnd;
          break;
        case Event.attributes:
          pairs.add(wire, wire.end(end));
          break;
        case Event.droppedAttributesCount:
          dropped = wire.uint32();
          break;
        default:
          wire.skip(tag, end);
      }
    }
    wire.closed(end);
    pairs.end();
    rows.addEvent(wire.source, timeLow, timeHigh, nameStart, nameEnd, pairs.text, dropped + pairs.dropped);
  }

  #link(end: number): void {
    const { wire } = this.#walk;
    const rows = this.#rows;
    if (!rows.admitsLink()) {
      wire.at = end;
      return;
    }
    const pairs = this.#pairs;
    let traceAt = -1;
    let spanAt = -1;
    let unreadable = 0;
    let stateStart = 0;
    let stateEnd = 0;
    let flags = 0;
    let dropped = 0;
    pairs.begin();
    while (wire.at < end) {
      const tag = wire.tag();
      switch (tag) {
        case Link.traceId: {
          const stop = wire.end(end);
          traceAt = stop - wire.at === 16 ? wire.at : -1;
          unreadable = traceAt < 0 && stop > wire.at ? unreadable | 1 : unreadable & ~1;
          wire.at = stop;
          break;
        }
        case Link.spanId: {
          const stop = wire.end(end);
          spanAt = stop - wire.at === 8 ? wire.at : -1;
          unreadable = spanAt < 0 && stop > wire.at ? unreadable | 2 : unreadable & ~2;
          wire.at = stop;
          break;
        }
        case Link.traceState:
          stateEnd = wire.end(end);
          stateStart = wire.at;
          wire.at = stateEnd;
          break;
        case Link.attributes:
          pairs.add(wire, wire.end(end));
          break;
        case Link.droppedAttributesCount:
          dropped = wire.uint32();
          break;
        case Link.flags:
          flags = wire.fixed32();
          break;
        default:
          wire.skip(tag, end);
      }
    }
    wire.closed(end);
    pairs.end();
    if (unreadable !== 0) rows.fields.marks |= ID_UNREADABLE;
    rows.addLink(wire.source, traceAt, spanAt, stateStart, stateEnd, flags, pairs.text, dropped + pairs.dropped);
  }

  #status(end: number): void {
    const { wire } = this.#walk;
    const { fields } = this.#rows;
    while (wire.at < end) {
      const tag = wire.tag();
      if (tag === Status.message) {
        fields.messageEnd = wire.end(end);
        fields.messageStart = wire.at;
        wire.at = fields.messageEnd;
      } else if (tag === Status.code) {
        const code = wire.uint32();
        fields.statusCode = code <= 2 ? code : 0;
        if (code > 2) fields.marks |= ENUM_UNKNOWN;
      } else wire.skip(tag, end);
    }
    wire.closed(end);
  }

  /** 8 or 16 bytes. */
  #zero(start: number, end: number): boolean {
    const { view } = this.#walk.wire;
    let seen = 0;
    for (let i = start; i < end; i += 4) seen |= view.getInt32(i, true);
    return seen === 0;
  }
}
