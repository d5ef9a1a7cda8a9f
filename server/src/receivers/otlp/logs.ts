import { ID_UNREADABLE, type LogRows, WORDS } from '#pipeline';
import {
  LOG_RECORD_ATTRIBUTES,
  LOG_RECORD_BODY,
  LOG_RECORD_DROPPED_ATTRIBUTES_COUNT,
  LOG_RECORD_EVENT_NAME,
  LOG_RECORD_FLAGS,
  LOG_RECORD_OBSERVED_TIME_UNIX_NANO,
  LOG_RECORD_SEVERITY_NUMBER,
  LOG_RECORD_SEVERITY_TEXT,
  LOG_RECORD_SPAN_ID,
  LOG_RECORD_TIME_UNIX_NANO,
  LOG_RECORD_TRACE_ID,
} from './proto/otlp.generated.ts';
import { type Rejections, TOO_MANY_RECORDS } from './rejections.ts';
import type { RecordReader, RequestWalk } from './request.ts';

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
    if (columns.records >= columns.limits.maxRecords) {
      this.#rejections.add(TOO_MANY_RECORDS, () => ({ limit: columns.limits.maxRecords }));
      wire.at = end;
      return;
    }
    if (this.#walk.refused) {
      this.#rejections.add(this.#walk.refused);
      this.#walk.tallyRefused();
      wire.at = end;
      return;
    }
    const rows = this.#rows;
    const { fields, attributes } = rows;
    let unreadable = 0;
    rows.begin();
    while (wire.at < end) {
      const tag = wire.tag();
      switch (tag) {
        case LOG_RECORD_TIME_UNIX_NANO:
          wire.fixed64();
          fields.timeLow = wire.low;
          fields.timeHigh = wire.high;
          break;
        case LOG_RECORD_SEVERITY_NUMBER:
          fields.severityNumber = wire.uint32() | 0;
          break;
        case LOG_RECORD_SEVERITY_TEXT:
          fields.severityEnd = wire.end(end);
          fields.severityStart = wire.at;
          wire.at = fields.severityEnd;
          break;
        case LOG_RECORD_BODY:
          values.readBody(fields.body, wire.end(end));
          break;
        case LOG_RECORD_ATTRIBUTES:
          // They come in runs.
          do values.readAttribute(attributes, slot, wire.end(end));
          while (wire.at < end && wire.bytes[wire.at] === LOG_RECORD_ATTRIBUTES && wire.at++ >= 0);
          break;
        case LOG_RECORD_DROPPED_ATTRIBUTES_COUNT:
          fields.dropped = wire.uint32();
          break;
        case LOG_RECORD_FLAGS:
          fields.flags = wire.fixed32();
          break;
        case LOG_RECORD_TRACE_ID: {
          const stop = wire.end(end);
          // An id of another length is none; the record is kept without it, and says so.
          fields.traceAt = stop - wire.at === 16 ? wire.at : -1;
          unreadable = fields.traceAt < 0 && stop > wire.at ? unreadable | 1 : unreadable & ~1;
          wire.at = stop;
          break;
        }
        case LOG_RECORD_SPAN_ID: {
          const stop = wire.end(end);
          fields.spanAt = stop - wire.at === 8 ? wire.at : -1;
          unreadable = fields.spanAt < 0 && stop > wire.at ? unreadable | 2 : unreadable & ~2;
          wire.at = stop;
          break;
        }
        case LOG_RECORD_OBSERVED_TIME_UNIX_NANO:
          wire.fixed64();
          fields.observedLow = wire.low;
          fields.observedHigh = wire.high;
          break;
        case LOG_RECORD_EVENT_NAME:
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
