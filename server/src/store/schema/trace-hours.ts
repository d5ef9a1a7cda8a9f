import type { RollupSchema } from './table.ts';

const HOURS = `tenant, toUInt32(cityHash64(trace_id)) AS trace_hash, toStartOfHour(timestamp) AS hour, retention_days
FROM {source}`;

/**
 * See `rollups.ts` for what the columns mean. By week, so that a look over a month opens a dozen parts and not a hundred;
 * an hour that stays after its spans have expired costs a look, nothing else. Short granules: a look reads one of each part.
 */
export const TRACE_HOURS = {
  name: 'trace_hours',
  source: 'spans',
  engine: 'ReplacingMergeTree',
  columns: {
    tenant: 'LowCardinality(String)',
    trace_hash: 'UInt32',
    hour: 'DateTime',
    retention_days: 'UInt16',
  },
  // Sorted hashes of a million traces lie 4,000 apart: 12 bits a trace after the difference, instead of 32.
  codecs: { trace_hash: 'Delta(4), ZSTD(1)' },
  orderBy: ['tenant', 'trace_hash', 'hour'],
  partitionBy: ['toMonday(hour)', 'retention_days'],
  ttlFrom: 'toInt64(hour)',
  granularity: 1_024,
  select: `SELECT DISTINCT ${HOURS}`,
  // Not for a whole table: the distinct ones would have to be held in memory. The table itself makes them one.
  fill: `SELECT ${HOURS}`,
} as const satisfies RollupSchema;
