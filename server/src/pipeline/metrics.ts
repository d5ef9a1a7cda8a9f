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
import { AttributeRows } from './attributes.ts';
import type { NameGate } from './cardinality/name-gate.ts';
import type { IntakeLimits } from './config.ts';
import type { Filing } from './filing.ts';
import type { Identity } from './identity.ts';
import { KIND, type KnownIds } from './known-ids.ts';
import { INHERITED, type ResourceFacts, type ScopeFacts } from './resources.ts';
import type { TextScratch } from './text-scratch.ts';

const REPAIRED = MARK_BITS['utf8-repaired'];
const CUT = MARK_BITS['value-cut'];

export const METRIC_TYPE = { gauge: 1, sum: 2, histogram: 3, exponential: 4, summary: 5 } as const;
/** `histograms.kind`. */
export const HISTOGRAM_KIND = { histogram: 1, exponential: 2, summary: 3 } as const;
/** `samples.number_type`. */
const NUMBER = { double: 0, integer: 1, exactInteger: 2, none: 3 } as const;

/** What the points of one metric have in common. Names are interner ids. */
export class MetricFields {
  name = 0;
  unit = 0;
  type = 0;
  typeWord = 0;
  temporality = 0;
  monotonic = 0;
  descriptionStart = 0;
  descriptionEnd = 0;
  marks = 0;
}

/** A number of a point or exemplar: double, integer (two halves), or none. */
export class NumberSlot {
  type: number = NUMBER.none;
  double = 0;
  low = 0;
  high = 0;

  clear(): void {
    this.type = NUMBER.none;
    this.double = 0;
    this.low = this.high = 0;
  }
  setDouble(value: number): void {
    this.type = NUMBER.double;
    this.double = value;
    this.low = this.high = 0;
  }
  /** The double is exact, or the halves are. */
  setInteger(low: number, high: number): void {
    this.double = (high | 0) * 4_294_967_296 + (low >>> 0);
    const exact = Number.isSafeInteger(this.double);
    this.type = exact ? NUMBER.integer : NUMBER.exactInteger;
    this.low = exact ? 0 : low;
    this.high = exact ? 0 : high;
  }
}

/** One point as sent, filled by a receiver and reused. Buckets go to the columns directly; see `HistogramColumns`. */
export class PointFields {
  timeLow = 0;
  timeHigh = 0;
  startLow = 0;
  startHigh = 0;
  flags = 0;
  readonly value = new NumberSlot();
  countLow = 0;
  countHigh = 0;
  sum = 0;
  min = 0;
  max = 0;
  present = 0;
  scale = 0;
  zeroLow = 0;
  zeroHigh = 0;
  zeroThreshold = 0;
  positiveOffset = 0;
  negativeOffset = 0;
  exemplars = 0;
  /** What the receiver noticed, on exemplars too. */
  marks = 0;

  clear(): void {
    this.timeLow = this.timeHigh = this.startLow = this.startHigh = this.flags = 0;
    this.value.clear();
    this.countLow = this.countHigh = 0;
    this.sum = this.min = this.max = this.present = 0;
    this.scale = this.zeroLow = this.zeroHigh = this.zeroThreshold = 0;
    this.positiveOffset = this.negativeOffset = this.exemplars = this.marks = 0;
  }
}

export type HistogramColumns = ColumnsOf<typeof LAYOUTS.histograms.types>;

/** Rows of `series`, `samples`, `histograms` and `exemplars`. */
export class MetricRows {
  readonly series: BlockWriter;
  readonly samples: BlockWriter;
  readonly histograms: BlockWriter;
  readonly exemplars: BlockWriter;
  /** Attributes of the point under way: the row of its series, kept only when that is new. */
  readonly attributes: AttributeRows;
  readonly exemplarAttributes: AttributeRows;
  readonly metric = new MetricFields();
  readonly point = new PointFields();
  readonly buckets: HistogramColumns;
  /** Marks of the last committed point. */
  marks = 0;
  /** Day that the identified point is filed in. */
  day = 0;
  readonly #series: ColumnsOf<typeof LAYOUTS.series.types>;
  readonly #samples: ColumnsOf<typeof LAYOUTS.samples.types>;
  readonly #exemplars: ColumnsOf<typeof LAYOUTS.exemplars.types>;
  readonly #interner: Interner;
  readonly #filing: Filing;
  readonly #identity: Identity;
  readonly #known: KnownIds;
  readonly #limits: IntakeLimits;
  #tenant = 0;
  #knownSpace = 0;
  #retention = 0;
  #seriesLow = 0;
  #seriesHigh = 0;
  #firstExemplar = 0;
  #exemplarValueBytes = 0;
  #exemplarTypeBytes = 0;
  #exemplarMarks = 0;

  constructor(interner: Interner, filing: Filing, identity: Identity, known: KnownIds, limits: IntakeLimits) {
    this.#interner = interner;
    this.#filing = filing;
    this.#identity = identity;
    this.#known = known;
    this.#limits = limits;
    this.#series = openColumns(LAYOUTS.series.types, interner);
    this.#samples = openColumns(LAYOUTS.samples.types, interner);
    this.buckets = openColumns(LAYOUTS.histograms.types, interner);
    this.#exemplars = openColumns(LAYOUTS.exemplars.types, interner);
    this.series = new BlockWriter('series', this.#series);
    this.samples = new BlockWriter('samples', this.#samples);
    this.histograms = new BlockWriter('histograms', this.buckets);
    this.exemplars = new BlockWriter('exemplars', this.#exemplars);
    this.attributes = new AttributeRows(this.#series.attributes, this.#series.attribute_types, interner, limits);
    this.exemplarAttributes = new AttributeRows(
      this.#exemplars.attributes,
      this.#exemplars.attribute_types,
      interner,
      limits,
    );
  }

  beginBatch(tenant: number, knownSpace: number, tenantBytes: Uint8Array, retention: number): void {
    this.#tenant = tenant;
    this.#knownSpace = knownSpace;
    this.#retention = retention;
    this.attributes.beginBatch(tenantBytes);
    this.exemplarAttributes.beginBatch(tenantBytes);
  }

  forget(): void {
    this.attributes.forget();
    this.exemplarAttributes.forget();
  }

  /** Name or unit of a metric. */
  name(source: ByteSource, start: number, end: number): number {
    const kept = utf8Cut(source.bytes, start, end, this.#limits.maxValueBytes);
    if (kept < end) this.metric.marks |= CUT;
    const sent = this.#interner.intern(source, start, kept);
    const name = this.#interner.wellFormed(sent);
    if (name !== sent) this.metric.marks |= REPAIRED;
    return name;
  }

  beginPoint(): void {
    this.point.clear();
    this.attributes.begin();
    this.#firstExemplar = this.#exemplars.tenant.rows;
    this.#exemplarValueBytes = this.#exemplars.attributes.values.length;
    this.#exemplarTypeBytes = this.#exemplars.attribute_types.length;
    this.#exemplarMarks = 0;
  }

  /** Whether one more exemplar of the point is kept. */
  admitsExemplar(): boolean {
    if (this.point.exemplars >= this.#limits.maxExemplars) {
      this.#exemplarMarks |= MARK_BITS['attributes-dropped'];
      return false;
    }
    this.point.exemplars++;
    this.exemplarAttributes.begin();
    return true;
  }

  /** Its series and point are filled in by `commit…`. Its own time is filed like a record's, at the point's if absent. */
  addExemplar(
    source: ByteSource,
    timeLow: number,
    timeHigh: number,
    value: NumberSlot,
    traceAt: number,
    spanAt: number,
  ): void {
    const to = this.#exemplars;
    to.tenant.push(this.#tenant);
    to.metric.push(this.metric.name);
    to.timestamp.push(timeLow, timeHigh);
    to.value.push(value.double);
    to.int_value.push(value.low, value.high);
    to.number_type.push(value.type);
    if (traceAt >= 0) to.trace_id.push(source.view, traceAt);
    else to.trace_id.pushZero();
    if (spanAt >= 0) to.span_id.push(source.view, spanAt);
    else to.span_id.pushZero();
    this.exemplarAttributes.noteRepeated();
    this.exemplarAttributes.end();
    this.#exemplarMarks |= this.exemplarAttributes.marks;
    to.retention_days.push(this.#retention);
  }

  /** Works out the series of the point under way; the attributes must be complete. */
  identify(resource: ResourceFacts, scope: ScopeFacts): void {
    const { metric } = this;
    const identity = this.#identity;
    this.attributes.noteRepeated();
    identity.begin(KIND.series);
    identity.name(metric.name);
    identity.name(metric.unit);
    identity.attributes(this.attributes);
    identity.word(metric.type | (metric.temporality << 8) | (metric.monotonic << 16));
    identity.word(resource.low);
    identity.word(resource.high);
    identity.word(scope.low);
    identity.word(scope.high);
    identity.finish();
    this.#seriesLow = identity.low;
    this.#seriesHigh = identity.high;
    const { point } = this;
    this.#filing.place(point.timeLow, point.timeHigh);
    this.day = this.#filing.day;
  }

  /** Whether the series of the point under way has to be written for the day it is filed in. */
  isNewSeries(): boolean {
    return this.#known.needs(KIND.series, this.#filing.day, this.#knownSpace, this.#seriesLow, this.#seriesHigh);
  }

  /** Whether the tenant may have one more series. A series is counted once for each day that it is written for. */
  admitsSeries(names: NameGate): boolean {
    return names.id('series', this.#seriesLow, this.#seriesHigh, this.#filing.day);
  }

  /** Keeps the row of a new series. `metadata` is JSON text, empty when none. */
  commitSeries(source: ByteSource, resource: ResourceFacts, scope: ScopeFacts, metadata: TextScratch): void {
    const to = this.#series;
    const { metric } = this;
    this.#known.added(KIND.series, this.#filing.day, this.#knownSpace, this.#seriesLow, this.#seriesHigh);
    to.tenant.push(this.#tenant);
    to.day.push(this.#filing.day);
    to.metric.push(metric.name);
    to.series_id.push(this.#seriesLow, this.#seriesHigh);
    to.type.push(metric.typeWord);
    to.temporality.push(metric.temporality);
    to.monotonic.push(metric.monotonic);
    to.unit.push(metric.unit);
    const { descriptionStart, descriptionEnd } = metric;
    const kept = utf8Cut(source.bytes, descriptionStart, descriptionEnd, this.#limits.maxValueBytes);
    if (kept < descriptionEnd) metric.marks |= CUT;
    if (to.description.pushText(source, descriptionStart, kept)) metric.marks |= REPAIRED;
    to.service_name.push(resource.service);
    to.environment.push(resource.environment);
    to.host_name.push(resource.host);
    to.resource_id.push(resource.low, resource.high);
    to.scope_id.push(scope.low, scope.high);
    this.attributes.end();
    to.metadata.pushRange(metadata.source, 0, metadata.length);
    to.retention_days.push(this.#retention);
  }

  /** The series is known: its row is not kept. */
  cancelSeries(): void {
    this.attributes.cancel();
  }

  commitSample(resource: ResourceFacts): void {
    const { point } = this;
    const filing = this.#filing;
    const to = this.#samples;
    to.tenant.push(this.#tenant);
    to.metric.push(this.metric.name);
    to.series_id.push(this.#seriesLow, this.#seriesHigh);
    to.timestamp.push(filing.low, filing.high);
    to.start_time.push(point.startLow, point.startHigh);
    to.original_time.push(filing.originalLow, filing.originalHigh);
    to.value.push(point.value.double);
    to.int_value.push(point.value.low, point.value.high);
    // A point that says it has no value has none, whatever else it carries.
    to.number_type.push((point.flags & 1) === 1 ? NUMBER.none : point.value.type);
    to.flags.push(point.flags);
    this.#endPoint(resource);
    to.marks.push(this.marks);
    to.retention_days.push(this.#retention);
  }

  /** The buckets of the row are complete. */
  commitHistogram(kind: number, resource: ResourceFacts): void {
    const { point, buckets: to } = this;
    const filing = this.#filing;
    to.tenant.push(this.#tenant);
    to.metric.push(this.metric.name);
    to.series_id.push(this.#seriesLow, this.#seriesHigh);
    to.timestamp.push(filing.low, filing.high);
    to.start_time.push(point.startLow, point.startHigh);
    to.original_time.push(filing.originalLow, filing.originalHigh);
    to.kind.push(kind);
    to.count.push(point.countLow, point.countHigh);
    to.sum.push(point.sum);
    to.min.push(point.min);
    to.max.push(point.max);
    to.present.push(point.present);
    to.bounds.endRow();
    to.counts.endRow();
    to.values.endRow();
    to.scale.push(point.scale);
    to.zero_count.push(point.zeroLow, point.zeroHigh);
    to.zero_threshold.push(point.zeroThreshold);
    to.positive_offset.push(point.positiveOffset);
    to.positive_counts.endRow();
    to.negative_offset.push(point.negativeOffset);
    to.negative_counts.endRow();
    to.flags.push(point.flags);
    this.#endPoint(resource);
    to.marks.push(this.marks);
    to.retention_days.push(this.#retention);
  }

  /** Forgets the point under way, its exemplars and its buckets. */
  cancelPoint(): void {
    const to = this.#exemplars;
    this.attributes.cancel();
    const rows = this.#firstExemplar;
    for (const column of [to.tenant, to.metric, to.timestamp, to.value, to.int_value, to.number_type])
      column.rows = rows;
    for (const column of [to.trace_id, to.span_id, to.retention_days]) column.rows = rows;
    const attributes = rows === 0 ? 0 : to.attributes.offsets.data[(rows - 1) * 2]!;
    to.attributes.offsets.rows = rows;
    to.attributes.keys.rows = attributes;
    to.attributes.values.truncate(attributes, this.#exemplarValueBytes);
    to.attribute_types.truncate(rows, this.#exemplarTypeBytes);
    const { buckets } = this;
    const row = buckets.tenant.rows;
    for (const column of [
      buckets.bounds,
      buckets.counts,
      buckets.values,
      buckets.positive_counts,
      buckets.negative_counts,
    ])
      column.items.rows = row === 0 ? 0 : column.offsets.data[(row - 1) * 2]!;
  }

  #endPoint(resource: ResourceFacts): void {
    const filing = this.#filing;
    this.marks =
      (resource.marks & INHERITED) |
      filing.marks |
      this.metric.marks |
      this.point.marks |
      this.attributes.marks |
      this.#exemplarMarks;
    if (this.point.exemplars === 0) return;
    const to = this.#exemplars;
    const placed = filing.originalLow !== 0 || filing.originalHigh !== 0;
    const pointLow = placed ? filing.originalLow : filing.low;
    const pointHigh = placed ? filing.originalHigh : filing.high;
    const filedLow = filing.low;
    const filedHigh = filing.high;
    for (let row = this.#firstExemplar; row < to.tenant.rows; row++) {
      to.series_id.push(this.#seriesLow, this.#seriesHigh);
      to.point_time.push(pointLow, pointHigh);
      const at = row * 2;
      const low = to.timestamp.data[at]!;
      const high = to.timestamp.data[at + 1]!;
      if (low === 0 && high === 0) {
        to.timestamp.data[at] = filedLow;
        to.timestamp.data[at + 1] = filedHigh;
        to.original_time.push(0, 0);
        continue;
      }
      filing.place(low, high);
      to.timestamp.data[at] = filing.low;
      to.timestamp.data[at + 1] = filing.high;
      to.original_time.push(filing.originalLow, filing.originalHigh);
    }
  }
}
