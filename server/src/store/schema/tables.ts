import {
  EXEMPLARS,
  FIELDS,
  HISTOGRAMS,
  LOGS,
  RESOURCES,
  SAMPLES,
  SCOPES,
  SERIES,
  SPANS,
  type TableName,
  wordsExpression,
} from '#base';
import type { SkipIndex, TableSchema } from './table.ts';

/*
 * Sort keys start with the tenant, so that one tenant's rows lie together and its predicate prunes. Then the hour and
 * the resource: rows of one service in one hour share almost all columns, which is where the compression comes from,
 * and a query for a service reads only its runs. Within a run by time.
 *
 * Partitions are day and retention class: a part then expires as a whole and TTL only ever drops files.
 *
 * Codecs were chosen by measuring (README.md has the figures). ZSTD(1) everywhere, ids too: neighbours in a run often
 * share a trace and absent ids are zeros, so it took 10 of 77 bytes off a log row for no measurable CPU. Attributes and
 * bodies at level 3: 1.6 of 44 bytes off a log row and 1.7 of 36 off a span, for less CPU than runs differ by. A
 * log's attributes at level 5 and trace id at 3: 0.5 bytes off for no measurable CPU; a span's cost its insert a tenth.
 */
const ZSTD = 'ZSTD(1)';
export const TEXT = 'ZSTD(3)';
export const LOG_ATTRIBUTES = 'ZSTD(5)';
/** A trace's comes again within a run. */
export const LOG_TRACE = 'ZSTD(3)';
const STEADY = 'Delta(8), ZSTD(1)';
/** Senders count nanoseconds but most clocks tick in micro- or milliseconds: the common divisor goes first. */
const TIME = 'GCD, Delta(8), ZSTD(1)';

/** Mostly small or whole milliseconds, often all alike; what is random in them is in the low bits. */
export const DELAY = 'GCD, T64, ZSTD(1)';

/**
 * Traces, each together with whose it is: a granule where two tenants' rows meet is read for a tenant's own traces and not
 * for its neighbour's. The very expression that queries look traces up by (query/language/ids.ts), else the index is not
 * asked. One filter per `granularity` granules; 0.1 % false answers: of 10 million rows a lookup of an absent id reads about
 * one granule. Why of all indexes this one alone: docs/decisions/indexes-of-shared-parts.md.
 */
const byTrace = (granularity: number): SkipIndex => ({
  name: 'by_tenant_trace',
  expression: 'cityHash64(tenant, trace_id)',
  type: 'bloom_filter(0.001)',
  granularity,
});

/**
 * For rows that stand for a day: its end, because records of its last hour refer to them, and a part of these goes only when
 * all of it has expired.
 */
const END_OF_DAY = '86400 * (toInt64(day) + 1)';

/**
 * Attributes are asked for one key at a time, so merged parts keep a map's pairs in several buckets by the hash of the key,
 * and only the bucket of the key is read (`attributes['k']`; `mapContains` reads the keys of all). What is inserted stays
 * in one piece: an insert costs the same. The order of the pairs is kept. Figures, why so many, and what it costs:
 * docs/decisions/map-buckets.md.
 */
const mapBuckets = (count: number) => ({
  map_serialization_version: 'with_buckets',
  map_serialization_version_for_zero_level_parts: 'basic',
  map_buckets_min_avg_size: 0,
  map_buckets_strategy: 'constant',
  max_buckets_in_map: count,
  // Four inserts of the usual size merged: from there on one column can be read without the others' pages between its own.
  min_bytes_for_wide_part: 33_554_432,
});
export const MAP_BUCKETS = {
  logs: mapBuckets(8),
  // A trace reads whole maps of few rows, and pays for every bucket.
  spans: mapBuckets(4),
} as const;

export const TABLES: Readonly<Record<TableName, TableSchema>> = {
  logs: {
    layout: LOGS,
    engine: 'MergeTree',
    orderBy: ['tenant', 'toStartOfHour(timestamp)', 'resource_id', 'timestamp'],
    partitionBy: ['toDate(timestamp)', 'retention_days'],
    ttlFrom: 'toUnixTimestamp64Second(timestamp)',
    codecs: { timestamp: TIME, observed_delay: DELAY, trace_id: LOG_TRACE, body: TEXT, attributes: LOG_ATTRIBUTES },
    indexes: [
      byTrace(1),
      {
        name: 'by_word',
        // Bit-packed lists of rows: 1.1 bytes less of 14 where words are many, 0.6 more of 6.5 where they are few.
        // The very expression that queries search by, else the index is not asked.
        expression: wordsExpression('body'),
        type: "text(tokenizer = splitByNonAlpha, posting_list_codec = 'bitpacking')",
        granularity: 100_000_000,
      },
    ],
    settings: MAP_BUCKETS.logs,
  },
  spans: {
    layout: SPANS,
    engine: 'MergeTree',
    orderBy: ['tenant', 'toStartOfHour(timestamp)', 'resource_id', 'timestamp'],
    partitionBy: ['toDate(timestamp)', 'retention_days'],
    ttlFrom: 'toUnixTimestamp64Second(timestamp)',
    // A trace is a few rows in each of a few runs; short granules keep what is read around them small.
    granularity: 2_048,
    codecs: { timestamp: TIME, duration: 'T64, ZSTD(1)', attributes: TEXT },
    indexes: [byTrace(4)],
    settings: MAP_BUCKETS.spans,
  },
  series: {
    layout: SERIES,
    engine: 'ReplacingMergeTree',
    orderBy: ['tenant', 'day', 'metric', 'series_id'],
    partitionBy: ['day', 'retention_days'],
    ttlFrom: END_OF_DAY,
    codecs: {},
    indexes: [],
  },
  samples: {
    layout: SAMPLES,
    engine: 'MergeTree',
    orderBy: ['tenant', 'metric', 'series_id', 'timestamp'],
    partitionBy: ['toDate(timestamp)', 'retention_days'],
    ttlFrom: 'toUnixTimestamp64Second(timestamp)',
    codecs: { timestamp: TIME, start_time: TIME, value: STEADY, int_value: STEADY },
    indexes: [],
  },
  histograms: {
    layout: HISTOGRAMS,
    engine: 'MergeTree',
    orderBy: ['tenant', 'metric', 'series_id', 'timestamp'],
    partitionBy: ['toDate(timestamp)', 'retention_days'],
    ttlFrom: 'toUnixTimestamp64Second(timestamp)',
    codecs: { timestamp: TIME, start_time: TIME, count: STEADY, sum: STEADY },
    indexes: [],
  },
  exemplars: {
    layout: EXEMPLARS,
    engine: 'MergeTree',
    orderBy: ['tenant', 'metric', 'series_id', 'timestamp'],
    partitionBy: ['toDate(timestamp)', 'retention_days'],
    ttlFrom: 'toUnixTimestamp64Second(timestamp)',
    codecs: { timestamp: TIME, point_time: TIME },
    indexes: [],
  },
  resources: {
    layout: RESOURCES,
    engine: 'ReplacingMergeTree',
    orderBy: ['tenant', 'day', 'resource_id'],
    partitionBy: ['day', 'retention_days'],
    ttlFrom: END_OF_DAY,
    codecs: {},
    indexes: [],
  },
  scopes: {
    layout: SCOPES,
    engine: 'ReplacingMergeTree',
    orderBy: ['tenant', 'day', 'scope_id'],
    partitionBy: ['day', 'retention_days'],
    ttlFrom: END_OF_DAY,
    codecs: {},
    indexes: [],
  },
  fields: {
    layout: FIELDS,
    engine: 'SummingMergeTree(count)',
    orderBy: ['tenant', 'day', 'signal', 'source', 'key', 'type', 'value'],
    partitionBy: ['day', 'retention_days'],
    ttlFrom: END_OF_DAY,
    codecs: {},
    indexes: [],
  },
};

export const DEFAULT_CODEC = ZSTD;
