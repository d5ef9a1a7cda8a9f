import { MARK_BITS } from '#base';
import { type AttributeRows, type IntakeLimits, LETTER, TextScratch, type ValueSlot } from '#pipeline';
import { KeyFrames } from './key-frames.ts';
import { TAGS } from './proto/otlp.generated.ts';
import type { Wire } from './wire.ts';

const { AnyValue, ArrayValue, KeyValue, KeyValueList } = TAGS;

const DEPTH_CUT = MARK_BITS['depth-cut'];
const VALUE_CUT = MARK_BITS['value-cut'];
const KEY_CUT = MARK_BITS['key-cut'];
const DROPPED = MARK_BITS['attributes-dropped'];
const REPEATED = MARK_BITS['keys-repeated'];
const VALUE_TAGS: ReadonlySet<number> = new Set([
  AnyValue.stringValue,
  AnyValue.boolValue,
  AnyValue.intValue,
  AnyValue.doubleValue,
  AnyValue.arrayValue,
  AnyValue.kvlistValue,
  AnyValue.bytesValue,
]);

/**
 * Reads `AnyValue` and `KeyValue` (opentelemetry/proto/common/v1). Scalars go to a slot as they are, arrays and maps as
 * JSON text in the form of contract `AnyValue`, at most `maxDepth` deep and about as long as the limit of their place.
 */
export class AnyValueReader {
  readonly #wire: Wire;
  readonly #limits: IntakeLimits;
  readonly #text = new TextScratch();
  /** A body is kept until its record ends, while attributes come and go. */
  readonly #bodyText = new TextScratch();
  readonly #keys = new KeyFrames();

  constructor(wire: Wire, limits: IntakeLimits) {
    this.#wire = wire;
    this.#limits = limits;
  }

  /** Reads a log's body up to `end`; it stays valid until the next one. */
  readBody(slot: ValueSlot, end: number): void {
    this.#read(slot, end, this.#limits.maxBodyBytes, this.#bodyText);
  }

  /** Reads a message up to `end` into `slot`; an empty one leaves the slot as it was (protobuf merges). */
  #read(slot: ValueSlot, end: number, limit: number, text: TextScratch): void {
    const wire = this.#wire;
    while (wire.at < end) {
      const tag = wire.tag();
      switch (tag) {
        case AnyValue.stringValue:
          slot.letter = LETTER.string;
          slot.source = wire.source;
          slot.end = wire.end(end);
          slot.start = wire.at;
          wire.at = slot.end;
          break;
        case AnyValue.boolValue:
          wire.varint64();
          slot.letter = LETTER.boolean;
          slot.low = (wire.low | wire.high) === 0 ? 0 : 1;
          break;
        case AnyValue.intValue:
          wire.varint64();
          slot.letter = LETTER.integer;
          slot.low = wire.low;
          slot.high = wire.high;
          break;
        case AnyValue.doubleValue:
          slot.letter = LETTER.double;
          slot.double = wire.double();
          break;
        case AnyValue.arrayValue:
        case AnyValue.kvlistValue:
        case AnyValue.bytesValue:
          this.#readAsText(slot, tag, wire.end(end), limit, text);
          break;
        default:
          wire.skip(tag, end);
      }
    }
    wire.closed(end);
  }

  /** Reads a `KeyValue` up to `end` into the row under way. */
  readAttribute(rows: AttributeRows, slot: ValueSlot, end: number): void {
    const wire = this.#wire;
    const { bytes } = wire;
    // Nearly every attribute is a short key and a short string or an integer, in this order: a few bytes tell.
    const start = wire.at;
    if (bytes[start] === KeyValue.key && start + 2 < end) {
      const keyEnd = start + 2 + bytes[start + 1]!;
      if (
        bytes[start + 1]! < 128 &&
        keyEnd + 4 <= end &&
        bytes[keyEnd] === KeyValue.value &&
        keyEnd + 2 + bytes[keyEnd + 1]! === end
      ) {
        const kind = bytes[keyEnd + 2];
        if (kind === AnyValue.stringValue && keyEnd + 4 + bytes[keyEnd + 3]! === end && bytes[keyEnd + 1]! < 128) {
          rows.addText(wire.source, start + 2, keyEnd, keyEnd + 4, end);
          wire.at = end;
          return;
        }
        if (kind === AnyValue.intValue) {
          if (keyEnd + 4 === end && bytes[keyEnd + 3]! < 128) {
            wire.at = end;
            rows.addInteger(wire.source, start + 2, keyEnd, bytes[keyEnd + 3]!, 0);
            return;
          }
          wire.at = keyEnd + 3;
          wire.varint64();
          if (wire.at === end) {
            rows.addInteger(wire.source, start + 2, keyEnd, wire.low, wire.high);
            return;
          }
          wire.at = start;
        }
      }
    }
    let keyStart = 0;
    let keyEnd = 0;
    slot.clear();
    while (wire.at < end) {
      const tag = wire.tag();
      if (tag === KeyValue.key) {
        keyEnd = wire.end(end);
        keyStart = wire.at;
        wire.at = keyEnd;
      } else if (tag === KeyValue.value) this.#read(slot, wire.end(end), this.#limits.maxValueBytes, this.#text);
      else wire.skip(tag, end);
    }
    wire.closed(end);
    rows.add(wire.source, keyStart, keyEnd, slot);
  }

  /** Writes a list of attributes as JSON text: begin, one `appendPair` each, end. */
  beginPairs(text: TextScratch): void {
    text.clear();
    this.#keys.reset();
    text.raw('[');
  }

  /** Reads a `KeyValue` up to `end` and appends `["key",value]`. */
  appendPair(text: TextScratch, first: boolean, end: number): void {
    if (!first) text.raw(',');
    this.#pair(text, end, this.#limits.maxDepth, this.#limits.maxValueBytes);
  }

  #readAsText(slot: ValueSlot, tag: number, end: number, limit: number, text: TextScratch): void {
    const wire = this.#wire;
    text.clear();
    this.#keys.reset();
    slot.start = 0;
    if (tag === AnyValue.bytesValue) {
      slot.letter = LETTER.bytes;
      // Three bytes make four characters; more than the limit need not be written.
      const kept = Math.min(end, wire.at + Math.ceil(limit / 4) * 3 + 3);
      text.base64(wire.bytes, wire.at, kept);
      wire.at = end;
    } else {
      slot.letter = tag === AnyValue.arrayValue ? LETTER.array : LETTER.map;
      if (tag === AnyValue.arrayValue) this.#array(text, end, this.#limits.maxDepth - 1, limit);
      else this.#map(text, end, this.#limits.maxDepth - 1, limit);
    }
    slot.source = text.source;
    slot.end = text.length;
    slot.marks = text.marks;
  }

  #value(text: TextScratch, end: number, depth: number, limit: number): void {
    const wire = this.#wire;
    const from = text.length;
    while (wire.at < end) {
      const tag = wire.tag();
      // The last field of the oneof wins.
      if (VALUE_TAGS.has(tag)) text.length = from;
      switch (tag) {
        case AnyValue.stringValue: {
          const stop = wire.end(end);
          text.string(wire.source, wire.at, stop, limit, VALUE_CUT);
          wire.at = stop;
          break;
        }
        case AnyValue.boolValue:
          wire.varint64();
          text.raw((wire.low | wire.high) === 0 ? 'false' : 'true');
          break;
        case AnyValue.intValue:
          wire.varint64();
          text.integer(wire.low, wire.high);
          break;
        case AnyValue.doubleValue:
          text.double(wire.double());
          break;
        case AnyValue.arrayValue:
        case AnyValue.kvlistValue: {
          const stop = wire.end(end);
          if (depth <= 0) {
            text.marks |= DEPTH_CUT;
            text.raw('null');
            wire.at = stop;
          } else if (tag === AnyValue.arrayValue) this.#array(text, stop, depth - 1, limit);
          else this.#map(text, stop, depth - 1, limit);
          break;
        }
        case AnyValue.bytesValue: {
          const stop = wire.end(end);
          const kept = Math.min(stop, wire.at + limit);
          if (kept < stop) text.marks |= VALUE_CUT;
          text.raw('{"bytes":"');
          text.base64(wire.bytes, wire.at, kept);
          text.raw('"}');
          wire.at = stop;
          break;
        }
        default:
          wire.skip(tag, end);
      }
    }
    wire.closed(end);
    if (text.length === from) text.raw('null');
  }

  #array(text: TextScratch, end: number, depth: number, limit: number): void {
    const wire = this.#wire;
    let first = true;
    text.raw('[');
    while (wire.at < end) {
      const tag = wire.tag();
      if (tag !== ArrayValue.values) {
        wire.skip(tag, end);
        continue;
      }
      const stop = wire.end(end);
      if (text.length > limit) {
        // It will be cut anyway.
        wire.at = stop;
        continue;
      }
      if (!first) text.raw(',');
      first = false;
      this.#value(text, stop, depth, limit);
    }
    wire.closed(end);
    text.raw(']');
  }

  #map(text: TextScratch, end: number, depth: number, limit: number): void {
    const wire = this.#wire;
    let first = true;
    this.#keys.enter();
    text.raw('{"kv":[');
    while (wire.at < end) {
      const tag = wire.tag();
      if (tag !== KeyValueList.values) {
        wire.skip(tag, end);
        continue;
      }
      const stop = wire.end(end);
      if (text.length > limit) {
        wire.at = stop;
        continue;
      }
      if (!first) text.raw(',');
      first = false;
      this.#pair(text, stop, depth, limit);
    }
    wire.closed(end);
    this.#keys.leave();
    text.raw(']}');
  }

  #pair(text: TextScratch, end: number, depth: number, limit: number): void {
    const wire = this.#wire;
    let keyStart = 0;
    let keyEnd = 0;
    let valueStart = -1;
    let valueEnd = 0;
    while (wire.at < end) {
      const tag = wire.tag();
      if (tag === KeyValue.key) {
        keyEnd = wire.end(end);
        keyStart = wire.at;
        wire.at = keyEnd;
      } else if (tag === KeyValue.value) {
        const stop = wire.end(end);
        if (valueStart < 0 || stop > wire.at) {
          valueStart = wire.at;
          valueEnd = stop;
        }
        wire.at = stop;
      } else wire.skip(tag, end);
    }
    wire.closed(end);
    if (this.#keys.repeats(wire.source, keyStart, keyEnd)) text.marks |= REPEATED;
    text.raw('[');
    text.string(wire.source, keyStart, keyEnd, this.#limits.maxKeyBytes, KEY_CUT);
    text.raw(',');
    if (valueStart < 0) text.raw('null');
    else {
      wire.at = valueStart;
      this.#value(text, valueEnd, depth, limit);
      wire.at = end;
    }
    text.raw(']');
  }
}

/** A list of attributes as JSON text, for events, links and metric metadata. */
export class PairList {
  readonly text = new TextScratch();
  #count = 0;
  dropped = 0;
  readonly #values: AnyValueReader;
  readonly #max: number;

  constructor(values: AnyValueReader, limits: IntakeLimits) {
    this.#values = values;
    this.#max = limits.maxAttributes;
  }

  begin(): void {
    this.#count = 0;
    this.dropped = 0;
    this.#values.beginPairs(this.text);
  }

  add(wire: Wire, end: number): void {
    if (this.#count >= this.#max) {
      this.dropped++;
      this.text.marks |= DROPPED;
      wire.at = end;
      return;
    }
    this.#values.appendPair(this.text, this.#count === 0, end);
    this.#count++;
  }

  get empty(): boolean {
    return this.#count === 0;
  }

  end(): void {
    this.text.raw(']');
  }
}
