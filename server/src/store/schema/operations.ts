import { MARK_BITS } from '#base';
import type { RollupSchema } from './table.ts';

/**
 * See `rollups.ts` for what the columns mean. Spans whose name is new beyond the tenant's limit are counted under one name;
 * they keep their own. `retention_days` is in the key only so that parts
 * expire whole.
 */
export const OPERATIONS: RollupSchema = {
  name: 'operations',
  source: 'spans',
  engine: 'AggregatingMergeTree',
  columns: {
    tenant: 'LowCardinality(String)',
    time: 'DateTime',
    service_name: 'LowCardinality(String)',
    environment: 'LowCardinality(String)',
    name: 'LowCardinality(String)',
    kind: 'UInt8',
    entry: 'UInt8',
    count: 'SimpleAggregateFunction(sum, UInt64)',
    errors: 'SimpleAggregateFunction(sum, UInt64)',
    duration_sum: 'SimpleAggregateFunction(sum, UInt64)',
    buckets: 'SimpleAggregateFunction(sumMap, Map(UInt16, UInt64))',
    retention_days: 'UInt16',
  },
  orderBy: ['tenant', 'time', 'service_name', 'environment', 'name', 'kind', 'entry'],
  partitionBy: ['toDate(time)', 'retention_days'],
  ttlFrom: 'toInt64(time)',
  select: `SELECT
  tenant,
  toStartOfMinute(timestamp) AS time,
  service_name,
  environment,
  toLowCardinality(if(bitAnd(marks, ${MARK_BITS['name-limited']}) = 0, toString({source}.name), '(other operations)')) AS name,
  kind,
  toUInt8(kind IN (2, 5) OR parent_span_id = toFixedString('', 8)) AS entry,
  count() AS count,
  countIf(status_code = 2) AS errors,
  sum(toUInt64(greatest(duration, 0))) AS duration_sum,
  sumMap(map(toUInt16(floor(8 * log2(greatest(duration, 1)))), toUInt64(1))) AS buckets,
  retention_days
FROM {source}
GROUP BY tenant, time, service_name, environment, name, kind, entry, retention_days`,
};
