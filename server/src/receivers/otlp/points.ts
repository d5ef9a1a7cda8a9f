import type { Byte8Column, Float8Column } from '#base';
import { METRIC_TYPE, type MetricRows } from '#pipeline';
import { ExemplarReader } from './exemplars.ts';
import { TAGS } from './proto/otlp.generated.ts';
import type { RequestWalk } from './request.ts';

const {
  Buckets,
  ExponentialHistogramDataPoint,
  HistogramDataPoint,
  NumberDataPoint,
  SummaryDataPoint,
  ValueAtQuantile,
} = TAGS;

/** What the kinds of points have in common. Were the tags not the same, this would not compile. */
const START_TIME_UNIX_NANO: typeof NumberDataPoint.startTimeUnixNano &
  typeof HistogramDataPoint.startTimeUnixNano &
  typeof ExponentialHistogramDataPoint.startTimeUnixNano &
  typeof SummaryDataPoint.startTimeUnixNano = NumberDataPoint.startTimeUnixNano;
const TIME_UNIX_NANO: typeof NumberDataPoint.timeUnixNano &
  typeof HistogramDataPoint.timeUnixNano &
  typeof ExponentialHistogramDataPoint.timeUnixNano &
  typeof SummaryDataPoint.timeUnixNano = NumberDataPoint.timeUnixNano;

/** Reads the fields of one data point, of any kind, into the row under way; the wire stands at its beginning. */
export class PointReader {
  readonly #walk: RequestWalk;
  readonly #rows: MetricRows;
  readonly #exemplars: ExemplarReader;
  /** Whether the buckets of the last point cannot be right: they contradict its bounds or its count. */
  contradictory = false;

  constructor(walk: RequestWalk) {
    this.#walk = walk;
    this.#rows = walk.columns.metrics;
    this.#exemplars = new ExemplarReader(walk);
  }

  /** Returns how many buckets or quantiles the point has; of more than the limit not all are kept. */
  read(type: number, end: number): number {
    this.contradictory = false;
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
        case NumberDataPoint.attributes:
          values.readAttribute(attributes, slot, wire.end(end));
          break;
        case NumberDataPoint.asDouble:
          point.value.setDouble(wire.double());
          break;
        case NumberDataPoint.asInt:
          wire.fixed64();
          point.value.setInteger(wire.low, wire.high);
          break;
        case NumberDataPoint.exemplars:
          this.#exemplars.read(wire.end(end));
          break;
        case NumberDataPoint.flags:
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
        case HistogramDataPoint.attributes:
          values.readAttribute(attributes, slot, wire.end(end));
          break;
        case HistogramDataPoint.count:
          wire.fixed64();
          point.countLow = wire.low;
          point.countHigh = wire.high;
          break;
        case HistogramDataPoint.sum:
          point.sum = wire.double();
          point.present |= 1;
          break;
        case HistogramDataPoint.bucketCounts:
          wire.fixed64();
          if (counts.rows - countsFrom <= most) counts.push(wire.low, wire.high);
          break;
        case HistogramDataPoint.bucketCountsPacked: {
          const stop = wire.eights(end, most - (counts.rows - countsFrom) + 1);
          for (; wire.at < stop; counts.push(wire.low, wire.high)) wire.fixed64();
          wire.at = wire.listEnd;
          break;
        }
        case HistogramDataPoint.explicitBounds: {
          const bound = wire.double();
          if (bounds.rows - boundsFrom <= most) bounds.push(bound);
          break;
        }
        case HistogramDataPoint.explicitBoundsPacked: {
          const stop = wire.eights(end, most - (bounds.rows - boundsFrom) + 1);
          while (wire.at < stop) bounds.push(wire.double());
          wire.at = wire.listEnd;
          break;
        }
        case HistogramDataPoint.exemplars:
          this.#exemplars.read(wire.end(end));
          break;
        case HistogramDataPoint.flags:
          point.flags = wire.uint32();
          break;
        case HistogramDataPoint.min:
          point.min = wire.double();
          point.present |= 2;
          break;
        case HistogramDataPoint.max:
          point.max = wire.double();
          point.present |= 4;
          break;
        default:
          this.#timeOrSkip(tag, end);
      }
    }
    const counted = counts.rows - countsFrom;
    const bounded = bounds.rows - boundsFrom;
    this.contradictory =
      !ascend(bounds, boundsFrom) ||
      (counted > 0 &&
        ((bounded > 0 && counted !== bounded + 1) || !addUp(counts, countsFrom, point.countLow, point.countHigh)));
    return Math.max(counted, bounded);
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
        case ExponentialHistogramDataPoint.attributes:
          values.readAttribute(attributes, slot, wire.end(end));
          break;
        case ExponentialHistogramDataPoint.count:
          wire.fixed64();
          point.countLow = wire.low;
          point.countHigh = wire.high;
          break;
        case ExponentialHistogramDataPoint.sum:
          point.sum = wire.double();
          point.present |= 1;
          break;
        case ExponentialHistogramDataPoint.scale:
          point.scale = zigzag(wire.uint32());
          break;
        case ExponentialHistogramDataPoint.zeroCount:
          wire.fixed64();
          point.zeroLow = wire.low;
          point.zeroHigh = wire.high;
          break;
        case ExponentialHistogramDataPoint.positive:
          point.positiveOffset = this.#exponentialBuckets(positive, wire.end(end), point.positiveOffset);
          break;
        case ExponentialHistogramDataPoint.negative:
          point.negativeOffset = this.#exponentialBuckets(negative, wire.end(end), point.negativeOffset);
          break;
        case ExponentialHistogramDataPoint.flags:
          point.flags = wire.uint32();
          break;
        case ExponentialHistogramDataPoint.exemplars:
          this.#exemplars.read(wire.end(end));
          break;
        case ExponentialHistogramDataPoint.min:
          point.min = wire.double();
          point.present |= 2;
          break;
        case ExponentialHistogramDataPoint.max:
          point.max = wire.double();
          point.present |= 4;
          break;
        case ExponentialHistogramDataPoint.zeroThreshold:
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
      if (tag === Buckets.offset) offset = zigzag(wire.uint32());
      else if (tag === Buckets.bucketCounts) {
        wire.varint64();
        if (counts.rows < full) counts.push(wire.low, wire.high);
      } else if (tag === Buckets.bucketCountsPacked) {
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
        case SummaryDataPoint.attributes:
          values.readAttribute(attributes, slot, wire.end(end));
          break;
        case SummaryDataPoint.count:
          wire.fixed64();
          point.countLow = wire.low;
          point.countHigh = wire.high;
          break;
        case SummaryDataPoint.sum:
          point.sum = wire.double();
          break;
        case SummaryDataPoint.quantileValues: {
          const stop = wire.end(end);
          let quantile = 0;
          let value = 0;
          while (wire.at < stop) {
            const inner = wire.tag();
            if (inner === ValueAtQuantile.quantile) quantile = wire.double();
            else if (inner === ValueAtQuantile.value) value = wire.double();
            else wire.skip(inner, stop);
          }
          wire.closed(stop);
          if (quantiles++ > columns.limits.maxBuckets) break;
          buckets.bounds.items.push(quantile);
          buckets.values.items.push(value);
          break;
        }
        case SummaryDataPoint.flags:
          point.flags = wire.uint32();
          break;
        default:
          this.#timeOrSkip(tag, end);
      }
    }
    return quantiles;
  }
}

function ascend({ data, rows }: Float8Column, from: number): boolean {
  if (from < rows && Number.isNaN(data[from]!)) return false;
  for (let i = from + 1; i < rows; i++) if (!(data[i - 1]! < data[i]!)) return false;
  return true;
}

/** Sums of halves stay exact: there are at most some thousand buckets. */
function addUp({ data, rows }: Byte8Column, from: number, countLow: number, countHigh: number): boolean {
  let low = 0;
  let high = 0;
  for (let i = from; i < rows; i++) {
    low += data[i * 2]!;
    high += data[i * 2 + 1]!;
  }
  return low % 2 ** 32 === countLow >>> 0 && high + Math.floor(low / 2 ** 32) === countHigh >>> 0;
}

function zigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}
