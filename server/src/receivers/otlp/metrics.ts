import type { ErrorValues } from '#base';
import { ENUM_UNKNOWN, HISTOGRAM_KIND, METRIC_TYPE, type MetricRows, WORDS } from '#pipeline';
import { PairList } from './any-value.ts';
import { PointReader } from './points.ts';
import { TAGS } from './proto/otlp.generated.ts';
import { type Cause, n, type Rejections, TOO_MANY_METRICS, TOO_MANY_SERIES } from './rejections.ts';
import type { RecordReader, RequestWalk } from './request.ts';

const { ExponentialHistogram, Gauge, Histogram, Metric, Sum, Summary } = TAGS;

/** What the kinds of metrics have in common. Were the tags not the same, this would not compile. */
const DATA_POINTS: typeof Gauge.dataPoints &
  typeof Sum.dataPoints &
  typeof Histogram.dataPoints &
  typeof ExponentialHistogram.dataPoints &
  typeof Summary.dataPoints = Gauge.dataPoints;
const AGGREGATION_TEMPORALITY: typeof Sum.aggregationTemporality &
  typeof Histogram.aggregationTemporality &
  typeof ExponentialHistogram.aggregationTemporality = Sum.aggregationTemporality;

const TOO_MANY_BUCKETS: Cause = {
  reason: 'too-many-buckets',
  text: ({ limit, name }) => `more buckets than the limit of ${n(limit)}; the first is a point of metric ${name}`,
};
const BAD_HISTOGRAM: Cause = {
  reason: 'bad-histogram',
  text: ({ name }) =>
    `the buckets of a histogram must be one in number above its bounds and add up to its count, and the bounds must ascend; the first is a point of metric ${name}`,
};
/** A name is what points are asked for by. */
const NO_NAME: Cause = { reason: 'metric-without-name', text: 'the name of the metric is empty' };

/** Field tag of `Metric.data` to type and its word. */
const KINDS: ReadonlyMap<number, { readonly type: number; readonly word: number }> = new Map([
  [Metric.gauge, { type: METRIC_TYPE.gauge, word: WORDS.gauge }],
  [Metric.sum, { type: METRIC_TYPE.sum, word: WORDS.sum }],
  [Metric.histogram, { type: METRIC_TYPE.histogram, word: WORDS.histogram }],
  [Metric.exponentialHistogram, { type: METRIC_TYPE.exponential, word: WORDS.exponential_histogram }],
  [Metric.summary, { type: METRIC_TYPE.summary, word: WORDS.summary }],
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
  readonly #points: PointReader;
  readonly #data: DataRange[] = [];
  readonly #metadataRanges: number[] = [];
  /** Why no point of the metric under way is kept. */
  #refused: Cause | undefined;

  constructor(walk: RequestWalk, rejections: Rejections) {
    this.#walk = walk;
    this.#rows = walk.columns.metrics;
    this.#rejections = rejections;
    this.#points = new PointReader(walk);
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
      if (tag === Metric.name) metric.name = rows.name(wire.source, wire.at, stop);
      else if (tag === Metric.description) {
        metric.descriptionStart = wire.at;
        metric.descriptionEnd = stop;
      } else if (tag === Metric.unit) metric.unit = rows.name(wire.source, wire.at, stop);
      else if (tag === Metric.metadata) this.#metadataRanges.push(wire.at, stop);
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
      this.#refused = this.#refusalOf(metric.name);
      this.#readData(data, firstKept, data.length, true);
    }
    wire.at = end;
  }

  endScope(): void {}

  #refusalOf(name: number): Cause | undefined {
    // 0 is the empty text (pipeline/vocabulary.ts).
    if (name === 0) return NO_NAME;
    return this.#walk.columns.names.name('metrics', name, 0) ? undefined : TOO_MANY_METRICS;
  }

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
        } else if (tag === Sum.isMonotonic && metric.type === METRIC_TYPE.sum) {
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
    if (this.#walk.passesOver(this.#rejections, end)) return;
    rows.beginPoint();
    const buckets = this.#points.read(type, end);
    wire.closed(end);
    if (!keep) {
      rows.cancelPoint();
      return;
    }
    if (this.#refused) {
      if (this.#refused === TOO_MANY_METRICS) columns.limited.add('metrics', 1, rows.metric.name);
      this.#reject(this.#refused);
      return;
    }
    if (buckets > columns.limits.maxBuckets) {
      this.#rejectNamed(TOO_MANY_BUCKETS, { limit: columns.limits.maxBuckets });
      return;
    }
    if (this.#points.contradictory) {
      this.#rejectNamed(BAD_HISTOGRAM, {});
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

  /** A method of its own: a closure in `#point` would cost every point a context. */
  #rejectNamed(cause: Cause, values: ErrorValues): void {
    const { columns } = this.#walk;
    this.#rows.cancelPoint();
    this.#rejections.add(cause, () => ({
      ...values,
      name: columns.interner.text(this.#rows.metric.name).slice(0, 120),
    }));
  }

  #reject(cause: Cause): void {
    this.#rows.cancelPoint();
    this.#rejections.add(cause);
  }
}
