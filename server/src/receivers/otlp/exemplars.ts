import { ID_UNREADABLE, NumberSlot } from '#pipeline';
import { TAGS } from './proto/otlp.generated.ts';
import type { RequestWalk } from './request.ts';

const { Exemplar } = TAGS;

/** opentelemetry/proto/metrics/v1/metrics.proto, `Exemplar`; of all kinds of points. */
export class ExemplarReader {
  readonly #walk: RequestWalk;
  readonly #number = new NumberSlot();

  constructor(walk: RequestWalk) {
    this.#walk = walk;
  }

  read(end: number): void {
    const { wire, values, slot, columns } = this.#walk;
    const rows = columns.metrics;
    if (!rows.admitsExemplar()) {
      wire.at = end;
      return;
    }
    const number = this.#number;
    let timeLow = 0;
    let timeHigh = 0;
    let traceAt = -1;
    let spanAt = -1;
    let unreadable = 0;
    number.clear();
    while (wire.at < end) {
      const tag = wire.tag();
      switch (tag) {
        case Exemplar.timeUnixNano:
          wire.fixed64();
          timeLow = wire.low;
          timeHigh = wire.high;
          break;
        case Exemplar.asDouble:
          number.setDouble(wire.double());
          break;
        case Exemplar.spanId: {
          const stop = wire.end(end);
          spanAt = stop - wire.at === 8 ? wire.at : -1;
          unreadable = spanAt < 0 && stop > wire.at ? unreadable | 2 : unreadable & ~2;
          wire.at = stop;
          break;
        }
        case Exemplar.traceId: {
          const stop = wire.end(end);
          traceAt = stop - wire.at === 16 ? wire.at : -1;
          unreadable = traceAt < 0 && stop > wire.at ? unreadable | 1 : unreadable & ~1;
          wire.at = stop;
          break;
        }
        case Exemplar.asInt:
          wire.fixed64();
          number.setInteger(wire.low, wire.high);
          break;
        case Exemplar.filteredAttributes:
          values.readAttribute(rows.exemplarAttributes, slot, wire.end(end));
          break;
        default:
          wire.skip(tag, end);
      }
    }
    wire.closed(end);
    if (unreadable !== 0) rows.point.marks |= ID_UNREADABLE;
    rows.addExemplar(wire.source, timeLow, timeHigh, number, traceAt, spanAt);
  }
}
