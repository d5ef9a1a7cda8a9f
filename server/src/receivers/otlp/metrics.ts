import type { Byte8Column, ErrorValues } from '#base';
import { ENUM_UNKNOWN, HISTOGRAM_KIND, METRIC_TYPE, type MetricRows, WORDS } from '#pipeline';
import { PairList } from './any-value.ts';
import { ExemplarReader } from './exemplars.ts';
import {
  type EXPONENTIAL_HISTOGRAM_AGGREGATION_TEMPORALITY,
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
  type EXPONENTIAL_HISTOGRAM_DATA_POINTS,
  GAUGE_DATA_POINTS,
  type HISTOGRAM_AGGREGATION_TEMPORALITY,
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
  type HISTOGRAM_DATA_POINTS,
  METRIC_DESCRIPTION,
  METRIC_EXPONENTIAL_HISTOGRAM,
  METRIC_GAUGE,
  METRIC_HISTOGRAM,
  METRIC_METADATA,
  METRIC_NAME,
  METRIC_SUM,
  METRIC_SUMMARY,
  METRIC_UNIT,
  NUMBER_DATA_POINT_AS_DOUBLE,
  NUMBER_DATA_POINT_AS_INT,
  NUMBER_DATA_POINT_ATTRIBUTES,
  NUMBER_DATA_POINT_EXEMPLARS,
  NUMBER_DATA_POINT_FLAGS,
  NUMBER_DATA_POINT_START_TIME_UNIX_NANO,
  NUMBER_DATA_POINT_TIME_UNIX_NANO,
  SUM_AGGREGATION_TEMPORALITY,
  type SUM_DATA_POINTS,
  SUM_IS_MONOTONIC,
  SUMMARY_DATA_POINT_ATTRIBUTES,
  SUMMARY_DATA_POINT_COUNT,
  SUMMARY_DATA_POINT_FLAGS,
  SUMMARY_DATA_POINT_QUANTILE_VALUES,
  type SUMMARY_DATA_POINT_START_TIME_UNIX_NANO,
  SUMMARY_DATA_POINT_SUM,
  type SUMMARY_DATA_POINT_TIME_UNIX_NANO,
  SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_QUANTILE,
  SUMMARY_DATA_POINT_VALUE_AT_QUANTILE_VALUE,
  type SUMMARY_DATA_POINTS,
} from './proto/otlp.generated.ts';
import { type Cause, n, type Rejections, TOO_MANY_METRICS, TOO_MANY_RECORDS, TOO_MANY_SERIES } from './rejections.ts';
import type { RecordReader, RequestWalk } from './request.ts';

/** What the kinds of metrics and points have in common. Were the tags not the same, this would not compile. */
const DATA_POINTS: typeof GAUGE_DATA_POINTS &
  typeof SUM_DATA_POINTS &
  typeof HISTOGRAM_DATA_POINTS &
  typeof EXPONENTIAL_HISTOGRAM_DATA_POINTS &
  typeof SUMMARY_DATA_POINTS = GAUGE_DATA_POINTS;
const AGGREGATION_TEMPORALITY: typeof SUM_AGGREGATION_TEMPORALITY &
  typeof HISTOGRAM_AGGREGATION_TEMPORALITY &
  typeof EXPONENTIAL_HISTOGRAM_AGGREGATION_TEMPORALITY = SUM_AGGREGATION_TEMPORALITY;
const START_TIME_UNIX_NANO: typeof NUMBER_DATA_POINT_START_TIME_UNIX_NANO &
  typeof HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO &
  typeof EXPONENTIAL_HISTOGRAM_DATA_POINT_START_TIME_UNIX_NANO &
  typeof SUMMARY_DATA_POINT_START_TIME_UNIX_NANO = NUMBER_DATA_POINT_START_TIME_UNIX_NANO;
const TIME_UNIX_NANO: typeof NUMBER_DATA_POINT_TIME_UNIX_NANO &
  typeof HISTOGRAM_DATA_POINT_TIME_UNIX_NANO &
  typeof EXPONENTIAL_HISTOGRAM_DATA_POINT_TIME_UNIX_NANO &
  typeof SUMMARY_DATA_POINT_TIME_UNIX_NANO = NUMBER_DATA_POINT_TIME_UNIX_NANO;

const TOO_MANY_BUCKETS: Cause = {
  reason: 'too-many-buckets',
  text: ({ limit, name }) => `more buckets than the limit of ${n(limit)}; the first is a point of metric ${name}`,
};

/** Field tag of `Metric.data` to type and its word. */
const KINDS: ReadonlyMap<number, { readonly type: number; readonly word: number }> = new Map([
  [METRIC_GAUGE, { type: METRIC_TYPE.gauge, word: WORDS.gauge }],
  [METRIC_SUM, { type: METRIC_TYPE.sum, word: WORDS.sum }],
  [METRIC_HISTOGRAM, { type: METRIC_TYPE.histogram, word: WORDS.histogram }],
  [METRIC_EXPONENTIAL_HISTOGRAM, { type: METRIC_TYPE.exponential, word: WORDS.exponential_histogram }],
  [METRIC_SUMMARY, { type: METRIC_TYPE.summary, word: WORDS.summary }],
]);

/** One message of `Metric.data`. */
interface DataRange {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** opentelemetry/proto/metrics/v1/metrics.proto, `Metric`. */
export class MetricReader implements RecordReader {
  readonly #walk: RequestWalk;
  readonly #rows: MetricRows;
  readonly #rejections: Rejections;
  readonly #metadata: PairList;
  readonly #exemplars: ExemplarReader;
  readonly #data: DataRange[] = [];
  readonly #metadataRanges: number[] = [];
  #nameRefused = false;

  constructor(walk: RequestWalk, rejections: Rejections) {
    this.#walk = walk;
    this.#rows = walk.columns.metrics;
    this.#rejections = rejections;
    this.#exemplars = new ExemplarReader(walk);
    this.#metadata = new PairList(walk.values, walk.columns.limits);
  }

  read(end: number): void {
    const { wire } = this.#walk;
    const rows = this.#rows;
    const { metric } = rows;
    const data = this.#data;
    metric.name = metric.unit = metric.descriptionStart = metric.descriptionEnd = metric.marks = 0;
    data.length = 0;
    this.#metadataRanges.length = 0;
    let lastTag = 0;
    let firstKept = 0;
    while (wire.at < end) {
      const tag = wire.tag();
      if ((tag & 7) !== 2) {
        wire.skip(tag, end);
        continue;
      }
      const stop = wire.end(end);
      if (tag === METRIC_NAME) metric.name = rows.name(wire.source, wire.at, stop);
      else if (tag === METRIC_DESCRIPTION) {
        metric.descriptionStart = wire.at;
        metric.descriptionEnd = stop;
      } else if (tag === METRIC_UNIT) metric.unit = rows.name(wire.source, wire.at, stop);
      else if (tag === METRIC_METADATA) this.#metadataRanges.push(wire.at, stop);
      else if (KINDS.has(tag)) {
        // In a oneof the last one counts; parts of the same one are merged.
        if (tag !== lastTag) firstKept = data.length;
        lastTag = tag;
        data.push({ tag, start: wire.at, end: stop });
      }
      wire.at = stop;
    }
    wire.closed(end);
    this.#readMetadata();
    // What was replaced is read too, to see that it is well-formed, and forgotten. Real senders send none.
    for (let i = 0; i < firstKept; i++) this.#readData(data, i, i + 1, false);
    if (data.length > 0) {
      this.#nameRefused = !this.#walk.columns.names.name('metrics', metric.name, 0);
      this.#readData(data, firstKept, data.length, true);
    }
    wire.at = end;
  }

  endScope(): void {}

  #readMetadata(): void {
    const { wire } = this.#walk;
    const pairs = this.#metadata;
    if (this.#metadataRanges.length === 0) {
      pairs.text.clear();
      return;
    }
    pairs.begin();
    for (let i = 0; i < this.#metadataRanges.length; i += 2) {
      wire.at = this.#metadataRanges[i]!;
      pairs.add(wire, this.#metadataRanges[i + 1]!);
    }
    pairs.end();
    this.#rows.metric.marks |= pairs.text.marks;
  }

  /** Temporality and monotonicity first: they are part of what a series is, and may stand behind the points. */
  #readData(data: readonly DataRange[], from: number, to: number, keep: boolean): void {
    const { wire } = this.#walk;
    const { metric } = this.#rows;
    const kind = KINDS.get(data[from]!.tag)!;
    metric.type = kind.type;
    metric.typeWord = kind.word;
    const temporal = metric.type !== METRIC_TYPE.gauge && metric.type !== METRIC_TYPE.summary;
    metric.temporality = 0;
    metric.monotonic = 0;
    for (let i = from; i < to; i++) {
      const { start, end } = data[i]!;
      wire.at = start;
      while (wire.at < end) {
        const tag = wire.tag();
        if (tag === AGGREGATION_TEMPORALITY && temporal) {
          const value = wire.uint32();
          metric.temporality = value <= 2 ? value : 0;
          if (value > 2) metric.marks |= ENUM_UNKNOWN;
        } else if (tag === SUM_IS_MONOTONIC && metric.type === METRIC_TYPE.sum) {
          wire.varint64();
          metric.monotonic = (wire.low | wire.high) === 0 ? 0 : 1;
        } else wire.skip(tag, end);
      }
      wire.closed(end);
    }
    for (let i = from; i < to; i++) {
      const { start, end } = data[i]!;
      wire.at = start;
      while (wire.at < end) {
        const tag = wire.tag();
        if (tag === DATA_POINTS) this.#point(wire.end(end), keep);
        else wire.skip(tag, end);
      }
    }
  }

  #point(end: number, keep: boolean): void {
    const { wire, columns, resource, scope } = this.#walk;
    const rows = this.#rows;
    const { type } = rows.metric;
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
    rows.beginPoint();
    let buckets = 0;
    if (type === METRIC_TYPE.histogram) buckets = this.#histogramPoint(end);
    else if (type === METRIC_TYPE.exponential) buckets = this.#exponentialPoint(end);
    else if (type === METRIC_TYPE.summary) buckets = this.#summaryPoint(end);
    else this.#numberPoint(end);
    wire.closed(end);
    if (!keep) {
      rows.cancelPoint();
      return;
    }
    if (this.#nameRefused) {
      columns.limited.add('metrics', 1, rows.metric.name);
      this.#reject(TOO_MANY_METRICS);
      return;
    }
    if (buckets > columns.limits.maxBuckets) {
      const limit = columns.limits.maxBuckets;
      this.#reject(TOO_MANY_BUCKETS, () => ({ limit, name: columns.interner.text(rows.metric.name).slice(0, 120) }));
      return;
    }
    rows.identify(resource, scope);
    const { day } = rows;
    let fresh = false;
    if (rows.isNewSeries()) {
      if (!rows.admitsSeries(columns.names)) {
        columns.limited.addSeries(rows.metric.name, rows.attributes);
        this.#reject(TOO_MANY_SERIES);
        return;
      }
      fresh = true;
      rows.commitSeries(wire.source, resource, scope, this.#metadata.text);
    } else rows.cancelSeries();
    if (type === METRIC_TYPE.gauge || type === METRIC_TYPE.sum) rows.commitSample(resource);
    else
      rows.commitHistogram(
        type === METRIC_TYPE.histogram
          ? HISTOGRAM_KIND.histogram
          : type === METRIC_TYPE.exponential
            ? HISTOGRAM_KIND.exponential
            : HISTOGRAM_KIND.summary,
        resource,
      );
    columns.accept(rows.marks);
    this.#walk.recorded(day);
    // Every new series may bring a value not seen before; a known one cannot.
    if (fresh) columns.fields.sample(rows.attributes, WORDS.attribute, day);
  }

  #reject(cause: Cause, which?: () => ErrorValues): void {
    this.#rows.cancelPoint();
    this.#rejections.add(cause, which);
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
