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
    'memory one engine process may use before it refuses work; an idle one takes about 0.25 GiB, most of it the shared library. Engines of silos share HANOK_ENGINES_MEMORY',
    { min: 256 * 1024 ** 2 },
  ),
  engineIdle: setting.duration(
    'HANOK_ENGINE_IDLE',
    10 * 60_000,
    'an engine of a silo that nobody asked for this long sleeps: its process ends, its journal goes on taking in, and the next question starts it. 0: engines start with the instance and never sleep',
    { min: 0 },
  ),
  engineWakeBytes: setting.bytes(
    'HANOK_ENGINE_WAKE_BYTES',
    64 * 1024 ** 2,
    'journal bytes that may wait for an engine that sleeps; it is woken to take them in',
    { min: 1024 },
  ),
  engineWakeAge: setting.duration(
    'HANOK_ENGINE_WAKE_AGE',
    5 * 60_000,
    'how long records may wait for an engine that sleeps; a question is answered with all of them whatever this says',
    { min: 0 },
  ),
  enginesAwake: setting.integer(
    'HANOK_ENGINES_AWAKE',
    0,
    'engines of silos that may be awake at one time; the one asked longest ago makes room. 0: as many as HANOK_ENGINES_MEMORY is enough for, with 256 MiB each, at most 64',
    { min: 0, max: 1_000 },
  ),
  enginesMemory: setting.bytes(
    'HANOK_ENGINES_MEMORY',
    0,
    'memory that engines of silos may use together: what each may use is its share, so that all of them fit, and at most HANOK_ENGINE_MEMORY. 0: half of the machine’s',
    { min: 0 },
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
