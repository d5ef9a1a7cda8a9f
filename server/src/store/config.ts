import { type Slice, setting, type Values } from '#base';

export const STORE_CONFIG = {
  clickhouseUrl: setting.text(
    'HANOK_CLICKHOUSE_URL',
    '',
    'http(s)://user:password@host:port of a ClickHouse server that keeps the pool instead of an engine of our own; empty: our own',
    { secret: true },
  ),
  engineMemory: setting.bytes(
    'HANOK_ENGINE_MEMORY',
    3 * 1024 ** 3,
    'memory one engine process may use before it refuses work; an idle one takes about 0.25 GiB, most of it the shared library',
    { min: 256 * 1024 ** 2 },
  ),
  querySessions: setting.integer(
    'HANOK_ENGINE_QUERIES',
    4,
    'queries one engine runs side by side; a session runs one at a time and two cores are kept busy by four',
    { min: 1, max: 8 },
  ),
  drainLinger: setting.duration(
    'HANOK_STORE_LINGER',
    1_000,
    'one insert in this time while entries keep coming: longer gives fewer, fatter inserts, for which the engine does much less, shorter gives fresher answers; what comes after a silence waits 300 ms at most',
    { min: 0, max: 10_000 },
  ),
  drainBytes: setting.bytes(
    'HANOK_STORE_INSERT_BYTES',
    64 * 1024 ** 2,
    'most journal bytes of one insert; one insert must fit one engine block, so that it either happens or does not',
    { min: 1024 ** 2, max: 128 * 1024 ** 2 },
  ),
  queryTime: setting.duration(
    'HANOK_QUERY_TIME',
    30_000,
    'time one query may take; what was found by then is given, marked partial',
    {
      min: 100,
    },
  ),
  queryMemory: setting.bytes(
    'HANOK_QUERY_MEMORY',
    1024 ** 3,
    'memory one query may use; above a quarter of it, grouping and sorting spill to disk',
    {
      min: 16 * 1024 ** 2,
    },
  ),
  queryRows: setting.integer(
    'HANOK_QUERY_ROWS',
    2_000_000_000,
    'rows one query may read; what was found by then is given, marked partial',
    { min: 1_000 },
  ),
  queryResultBytes: setting.bytes('HANOK_QUERY_RESULT_BYTES', 256 * 1024 ** 2, 'bytes one answer may have', {
    min: 1024 ** 2,
  }),
} as const satisfies Slice;

export type StoreConfig = Values<typeof STORE_CONFIG>;
