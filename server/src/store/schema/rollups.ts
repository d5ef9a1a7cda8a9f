/**
 * Roll-ups: filled by incremental materialised views from one insert, read like tables.
 *
 * `operations`: per minute and operation, from spans.
 *   tenant, time DateTime (minute), service_name, environment, name, kind UInt8, entry UInt8 (1 for a root, server or
 *   consumer span), count UInt64, errors UInt64, duration_sum UInt64 (ns), buckets Map(UInt16, UInt64)
 * Bucket i counts durations in [2^(i/8), 2^((i+1)/8)) nanoseconds, i = floor(8 * log2(max(duration, 1))): a quantile
 * read from the middle of a bucket is off by at most 2^(1/16) - 1 = 4.4 %. Rows of the same key may not be merged
 * yet, so always group and sum (`sumMap` for buckets).
 *
 * `trace_hours`: the hours in which a trace has spans, from spans, so that a trace is looked for where it is and not in all
 * days that are kept.
 *   tenant, trace_hash UInt32 (the low half of cityHash64 of the trace id), hour DateTime
 * Two traces may share a hash: an hour says where a trace may be. Rows of the same key may not be merged yet.
 */
export const ROLLUPS = ['operations', 'trace_hours'] as const;
export type RollupName = (typeof ROLLUPS)[number];
