import type { Byte8Column } from '#base';
import { METRIC_TYPE, type MetricRows } from '#pipeline';
import { ExemplarReader } from './exemplars.ts';
import {
  EXPONENTIAL_HISTOGRAM_DATA_POINT_ATTRIBUTES,
  EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_BUCKET_COUNTS,
  EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_BUCKET_COUNTS_PACKED,
  EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_OFFSET,
  EXPONENTIAL_HISTOGRAM_DATA_POINT_COUNT,
  EXPONENTIAL_HISTOGRAM_DATA_POINT_EXEMPLARS,
  EXPONENTIAL_HISTOGRAM_DATA_POINT_FLAGS,
  EXPONENTIAL_HISTOGRAM_DATA_POINT_MAX,
  EXPONENTIAL_HISTOGRAM_DATA_POINT_MIN,
  EXPONENTIAL_HISTOGRAM_DATA_POINT_NEGATIVE,
  EXPONENTIAL_HISTOGRAM_DATA_POINT_POSITIVE,
  EXPONENTIAL_HISTOGRAM_DATA_POINT_SCALE,
  type EXPONENTIAL_HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO,
  EXPONENTIAL_HISTOGRAM_DATA_POINT_SUM,
  type EXPONENTIAL_HISTOGRAM_DATA_POINT_TIME_UNIX_NANO,
  EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_COUNT,
  EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_THRESHOLD,
  HISTOGRAM_DATA_POINT_ATTRIBUTES,
  HISTOGRAM_DATA_POINT_BUCKET_COUNTS,
  HISTOGRAM_DATA_POINT_BUCKET_COUNTS_PACKED,
  HISTOGRAM_DATA_POINT_COUNT,
  HISTOGRAM_DATA_POINT_EXEMPLARS,
  HISTOGRAM_DATA_POINT_EXPLICIT_BOUNDS,
  HISTOGRAM_DATA_POINT_EXPLICIT_BOUNDS_PACKED,
  HISTOGRAM_DATA_POINT_FLAGS,
  HISTOGRAM_DATA_POINT_MAX,
  HISTOGRAM_DATA_POINT_MIN,
  type HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO,
  HISTOGRAM_DATA_POINT_SUM,
  type HISTOGRAM_DATA_POINT_TIME_UNIX_NANO,
  NUMBER_DATA_POINT_AS_DOUBLE,
  NUMBER_DATA_POINT_AS_INT,
  NUMBER_DATA_POINT_ATTRIBUTES,
  NUMBER_DATA_POINT_EXEMPLARS,
  NUMBER_DATA_POINT_FLAGS,
  NUMBER_DATA_POINT_START_TIME_UNIX_NANO,
  NUMBER_DATA_POINT_TIME_UNIX_NANO,
  SUMMARY_DATA_POINT_ATTRIBUTES,
  SUMMARY_DATA_POINT_COUNT,
  SUMMARY_DATA_POINT_FLAGS,
  SUMMARY_DATA_POINT_QUANTILE_VALUES,
  type SUMMARY_DATA_POINT_START_TIME_UNIX_NANO,
  SUMMARY_DATA_POINT_SUM,
  type SUMMARY_DATA_POINT_TIME_UNIX_NANO,
  SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_QUANTILE,
  SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_VALUE,
} from './proto/otlp.generated.ts';
import type { RequestWalk } from './request.ts';

/** What the kinds of points have in common. Were the tags not the same, this would not compile. */
const START_TIME_UNIX_NANO: typeof NUMBER_DATA_POINT_START_TIME_UNIX_NANO &
  typeof HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO &
  typeof EXPONENTIAL_HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO &
  typeof SUMMARY_DATA_POINT_START_TIME_UNIX_NANO = NUMBER_DATA_POINT_START_TIME_UNIX_NANO;
const TIME_UNIX_NANO: typeof NUMBER_DATA_POINT_TIME_UNIX_NANO &
  typeof HISTOGRAM_DATA_POINT_TIME_UNIX_NANO &
  typeof EXPONENTIAL_HISTOGRAM_DATA_POINT_TIME_UNIX_NANO &
  typeof SUMMARY_DATA_POINT_TIME_UNIX_NANO = NUMBER_DATA_POINT_TIME_UNIX_NANO;

/** Reads the fields of one data point, of any kind, into the row under way; the wire stands at its beginning. */
export class PointReader {
  readonly #walk: RequestWalk;
  readonly #rows: MetricRows;
  readonly #exemplars: ExemplarReader;

  constructor(walk: RequestWalk) {
    this.#walk = walk;
    this.#rows = walk.columns.metrics;
    this.#exemplars = new ExemplarReader(walk);
  }

  /** Returns how many buckets or quantiles the point has; of more than the limit not all are kept. */
  read(type: number, end: number): number {
    if (type === METRIC_TYPE.histogram) return this.#histogramPoint(end);
    if (type === METRIC_TYPE.exponential) return this.#exponentialPoint(end);
    if (type === METRIC_TYPE.summary) return this.#summaryPoint(end);
    this.#numberPoint(end);
    return 0;
  }

  #numberPoint(end: number): void {
    const { wire, values, slot } = this.#walk;
    const { point, attributes } = this.#rows;
    while (wire.at < end) {
      const tag = wire.tag();
      switch (tag) {
        case NUMBER_DATA_POINT_ATTRIBUTES:
          values.readAttribute(attributes, slot, wire.end(end));
          break;
        case NUMBER_DATA_POINT_AS_DOUBLE:
          point.value.setDouble(wire.double());
          break;
        case NUMBER_DATA_POINT_AS_INT:
          wire.fixed64();
          point.value.setInteger(wire.low, wire.high);
          break;
        case NUMBER_DATA_POINT_EXEMPLARS:
          this.#exemplars.read(wire.end(end));
          break;
        case NUMBER_DATA_POINT_FLAGS:
          point.flags = wire.uint32();
          break;
        default:
          this.#timeOrSkip(tag, end);
      }
    }
  }

  /** Start and time are the same fields in all kinds of points. */
  #timeOrSkip(tag: number, end: number): void {
    const { wire } = this.#walk;
    const { point } = this.#rows;
    if (tag === START_TIME_UNIX_NANO) {
      wire.fixed64();
      point.startLow = wire.low;
      point.startHigh = wire.high;
    } else if (tag === TIME_UNIX_NANO) {
      wire.fixed64();
      point.timeLow = wire.low;
      point.timeHigh = wire.high;
    } else wire.skip(tag, end);
  }

  #histogramPoint(end: number): number {
    const { wire, values, slot } = this.#walk;
    const { point, attributes, buckets } = this.#rows;
    const most = this.#walk.columns.limits.maxBuckets;
    const counts = buckets.counts.items;
    const bounds = buckets.bounds.items;
    const countsFrom = counts.rows;
    const boundsFrom = bounds.rows;
    while (wire.at < end) {
      const tag = wire.tag();
      switch (tag) {
        case HISTOGRAM_DATA_POINT_ATTRIBUTES:
          values.readAttribute(attributes, slot, wire.end(end));
          break;
        case HISTOGRAM_DATA_POINT_COUNT:
          wire.fixed64();
          point.countLow = wire.low;
          point.countHigh = wire.high;
          break;
        case HISTOGRAM_DATA_POINT_SUM:
          point.sum = wire.double();
          point.present |= 1;
          break;
        case HISTOGRAM_DATA_POINT_BUCKET_COUNTS:
          wire.fixed64();
          if (counts.rows - countsFrom <= most) counts.push(wire.low, wire.high);
          break;
        case HISTOGRAM_DATA_POINT_BUCKET_COUNTS_PACKED: {
          const stop = wire.eights(end, most - (counts.rows - countsFrom) + 1);
          for (; wire.at < stop; counts.push(wire.low, wire.high)) wire.fixed64();
          wire.at = wire.listEnd;
          break;
        }
        case HISTOGRAM_DATA_POINT_EXPLICIT_BOUNDS: {
          const bound = wire.double();
          if (bounds.rows - boundsFrom <= most) bounds.push(bound);
          break;
        }
        case HISTOGRAM_DATA_POINT_EXPLICIT_BOUNDS_PACKED: {
          const stop = wire.eights(end, most - (bounds.rows - boundsFrom) + 1);
          while (wire.at < stop) bounds.push(wire.double());
          wire.at = wire.listEnd;
          break;
        }
        case HISTOGRAM_DATA_POINT_EXEMPLARS:
          this.#exemplars.read(wire.end(end));
          break;
        case HISTOGRAM_DATA_POINT_FLAGS:
          point.flags = wire.uint32();
          break;
        case HISTOGRAM_DATA_POINT_MIN:
          point.min = wire.double();
          point.present |= 2;
          break;
        case HISTOGRAM_DATA_POINT_MAX:
          point.max = wire.double();
          point.present |= 4;
          break;
        default:
          this.#timeOrSkip(tag, end);
      }
    }
    return Math.max(counts.rows - countsFrom, bounds.rows - boundsFrom);
  }

  #exponentialPoint(end: number): number {
    const { wire, values, slot } = this.#walk;
    const { point, attributes, buckets } = this.#rows;
    const positive = buckets.positive_counts.items;
    const negative = buckets.negative_counts.items;
    const before = positive.rows + negative.rows;
    while (wire.at < end) {
      const tag = wire.tag();
      switch (tag) {
        case EXPONENTIAL_HISTOGRAM_DATA_POINT_ATTRIBUTES:
          values.readAttribute(attributes, slot, wire.end(end));
          break;
        case EXPONENTIAL_HISTOGRAM_DATA_POINT_COUNT:
          wire.fixed64();
          point.countLow = wire.low;
          point.countHigh = wire.high;
          break;
        case EXPONENTIAL_HISTOGRAM_DATA_POINT_SUM:
          point.sum = wire.double();
          point.present |= 1;
          break;
        case EXPONENTIAL_HISTOGRAM_DATA_POINT_SCALE:
          point.scale = zigzag(wire.uint32());
          break;
        case EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_COUNT:
          wire.fixed64();
          point.zeroLow = wire.low;
          point.zeroHigh = wire.high;
          break;
        case EXPONENTIAL_HISTOGRAM_DATA_POINT_POSITIVE:
          point.positiveOffset = this.#exponentialBuckets(positive, wire.end(end), point.positiveOffset);
          break;
        case EXPONENTIAL_HISTOGRAM_DATA_POINT_NEGATIVE:
          point.negativeOffset = this.#exponentialBuckets(negative, wire.end(end), point.negativeOffset);
          break;
        case EXPONENTIAL_HISTOGRAM_DATA_POINT_FLAGS:
          point.flags = wire.uint32();
          break;
        case EXPONENTIAL_HISTOGRAM_DATA_POINT_EXEMPLARS:
          this.#exemplars.read(wire.end(end));
          break;
        case EXPONENTIAL_HISTOGRAM_DATA_POINT_MIN:
          point.min = wire.double();
          point.present |= 2;
          break;
        case EXPONENTIAL_HISTOGRAM_DATA_POINT_MAX:
          point.max = wire.double();
          point.present |= 4;
          break;
        case EXPONENTIAL_HISTOGRAM_DATA_POINT_ZERO_THRESHOLD:
          point.zeroThreshold = wire.double();
          break;
        default:
          this.#timeOrSkip(tag, end);
      }
    }
    return positive.rows + negative.rows - before;
  }

  /** Appends bucket counts, at most one more than the limit; returns the offset. */
  #exponentialBuckets(counts: Byte8Column, end: number, given: number): number {
    const { wire, columns } = this.#walk;
    const full = counts.rows + columns.limits.maxBuckets + 1;
    let offset = given;
    while (wire.at < end) {
      const tag = wire.tag();
      if (tag === EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_OFFSET) offset = zigzag(wire.uint32());
      else if (tag === EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_BUCKET_COUNTS) {
        wire.varint64();
        if (counts.rows < full) counts.push(wire.low, wire.high);
      } else if (tag === EXPONENTIAL_HISTOGRAM_DATA_POINT_BUCKETS_BUCKET_COUNTS_PACKED) {
        const stop = wire.end(end);
        while (wire.at < stop) {
          wire.varint64();
          if (counts.rows < full) counts.push(wire.low, wire.high);
        }
        wire.closed(stop);
      } else wire.skip(tag, end);
    }
    wire.closed(end);
    return offset;
  }

  #summaryPoint(end: number): number {
    const { wire, values, slot, columns } = this.#walk;
    const { point, attributes, buckets } = this.#rows;
    let quantiles = 0;
    point.present = 1;
    while (wire.at < end) {
      const tag = wire.tag();
      switch (tag) {
        case SUMMARY_DATA_POINT_ATTRIBUTES:
          values.readAttribute(attributes, slot, wire.end(end));
          break;
        case SUMMARY_DATA_POINT_COUNT:
          wire.fixed64();
          point.countLow = wire.low;
          point.countHigh = wire.high;
          break;
        case SUMMARY_DATA_POINT_SUM:
          point.sum = wire.double();
          break;
        case SUMMARY_DATA_POINT_QUANTILE_VALUES: {
          const stop = wire.end(end);
          let quantile = 0;
          let value = 0;
          while (wire.at < stop) {
            const inner = wire.tag();
            if (inner === SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_QUANTILE) quantile = wire.double();
            else if (inner === SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_VALUE) value = wire.double();
            else wire.skip(inner, stop);
          }
          wire.closed(stop);
          if (quantiles++ > columns.limits.maxBuckets) break;
          buckets.bounds.items.push(quantile);
          buckets.values.items.push(value);
          break;
        }
        case SUMMARY_DATA_POINT_FLAGS:
          point.flags = wire.uint32();
          break;
        default:
          this.#timeOrSkip(tag, end);
      }
    }
    return quantiles;
  }
}

function zigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}
