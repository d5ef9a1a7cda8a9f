import { ID_UNREADABLE, type LogRows, WORDS } from '#pipeline';
import { TAGS } from './proto/otlp.generated.ts';
import type { Rejections } from './rejections.ts';
import type { RecordReader, RequestWalk } from './request.ts';

const { LogRecord } = TAGS;

/** opentelemetry/proto/logs/v1/logs.proto, `LogRecord`. */
export class LogReader implements RecordReader {
  readonly #walk: RequestWalk;
  readonly #rows: LogRows;
  readonly #rejections: Rejections;

  constructor(walk: RequestWalk, rejections: Rejections) {
    this.#walk = walk;
    this.#rows = walk.columns.logs;
    this.#rejections = rejections;
  }

  read(end: number): void {
    const { wire, values, slot, columns } = this.#walk;
    if (this.#walk.passesOver(this.#rejections, end)) return;
    const rows = this.#rows;
    const { fields, attributes } = rows;
    let unreadable = 0;
    rows.begin();
    while (wire.at < end) {
      const tag = wire.tag();
      switch (tag) {
        case LogRecord.timeUnixNano:
          wire.fixed64();
          fields.timeLow = wire.low;
          fields.timeHigh = wire.high;
          break;
        case LogRecord.severityNumber:
          fields.severityNumber = wire.uint32() | 0;
          break;
        case LogRecord.severityText:
          fields.severityEnd = wire.end(end);
          fields.severityStart = wire.at;
          wire.at = fields.severityEnd;
          break;
        case LogRecord.body:
          values.readBody(fields.body, wire.end(end));
          break;
        case LogRecord.attributes:
          // They come in runs.
          do values.readAttribute(attributes, slot, wire.end(end));
          while (wire.at < end && wire.bytes[wire.at] === LogRecord.attributes && wire.at++ >= 0);
          break;
        case LogRecord.droppedAttributesCount:
          fields.dropped = wire.uint32();
          break;
        case LogRecord.flags:
          fields.flags = wire.fixed32();
          break;
        case LogRecord.traceId: {
          const stop = wire.end(end);
          // An id of another length is none; the record is kept without it, and says so.
          fields.traceAt = stop - wire.at === 16 ? wire.at : -1;
          unreadable = fields.traceAt < 0 && stop > wire.at ? unreadable | 1 : unreadable & ~1;
          wire.at = stop;
          break;
        }
        case LogRecord.spanId: {
          const stop = wire.end(end);
          fields.spanAt = stop - wire.at === 8 ? wire.at : -1;
          unreadable = fields.spanAt < 0 && stop > wire.at ? unreadable | 2 : unreadable & ~2;
          wire.at = stop;
          break;
        }
        case LogRecord.observedTimeUnixNano:
          wire.fixed64();
          fields.observedLow = wire.low;
          fields.observedHigh = wire.high;
          break;
        case LogRecord.eventName:
          fields.eventEnd = wire.end(end);
          fields.eventStart = wire.at;
          wire.at = fields.eventEnd;
          break;
        default:
          wire.skip(tag, end);
      }
    }
    wire.closed(end);
    if (unreadable !== 0) fields.marks |= ID_UNREADABLE;
    rows.commit(wire.source, this.#walk.resource);
    columns.accept(rows.marks);
    const { day } = columns.filing;
    if (this.#walk.recorded(day)) columns.fields.sample(attributes, WORDS.attribute, day);
  }

  endScope(): void {
    this.#rows.endRun(this.#walk.resource, this.#walk.scope);
  }
}
