import { setting, type Values } from '#base';

const MIB = 1024 ** 2;

export const RECEIVERS_CONFIG = {
  httpPort: setting.port('HANOK_OTLP_HTTP_PORT', 4318, 'OTLP over HTTP; 0 picks a free port.'),
  grpcPort: setting.port('HANOK_OTLP_GRPC_PORT', 4317, 'OTLP over gRPC; 0 picks a free port.'),
  maxWireBytes: setting.bytes(
    'HANOK_OTLP_MAX_COMPRESSED',
    16 * MIB,
    'Largest compressed body. A body sent without compression is bounded by HANOK_OTLP_MAX_INFLATED instead.',
    { min: 1024 },
  ),
  maxInflatedBytes: setting.bytes(
    'HANOK_OTLP_MAX_INFLATED',
    64 * MIB,
    'Largest body after decompression; the OTLP specification recommends 64 MiB.',
    { min: 1024 },
  ),
  bodyMemoryBytes: setting.bytes(
    'HANOK_OTLP_BODY_MEMORY',
    256 * MIB,
    'Bytes of request bodies and sealed batches held at once by all connections; beyond it requests are asked to come again. One tenant may take a quarter.',
    { min: MIB },
  ),
  bodyTimeoutMs: setting.duration('HANOK_OTLP_BODY_TIMEOUT', 60_000, 'Longest time a body may take to arrive.', {
    min: 100,
  }),
  bodyGraceMs: setting.duration(
    'HANOK_OTLP_BODY_GRACE',
    5_000,
    'After this time a body must have come at the least rate.',
    { min: 50 },
  ),
  bodyMinRate: setting.bytes(
    'HANOK_OTLP_BODY_MIN_RATE',
    4 * 1024,
    'Least bytes per second, so that a slow sender cannot hold memory; far below any working network.',
  ),
  headersTimeoutMs: setting.duration(
    'HANOK_OTLP_HEADERS_TIMEOUT',
    10_000,
    'Longest time for request headers, or for the first bytes of a gRPC connection.',
    { min: 100 },
  ),
  idleTimeoutMs: setting.duration(
    'HANOK_OTLP_IDLE_TIMEOUT',
    300_000,
    'A connection without requests is closed after this; longer than the export interval of usual senders.',
    { min: 1_000 },
  ),
  maxConnections: setting.integer(
    'HANOK_OTLP_MAX_CONNECTIONS',
    4_000,
    'Open connections per port. Fewer when file handles are few.',
    { min: 1 },
  ),
  maxStreams: setting.integer('HANOK_OTLP_MAX_STREAMS', 128, 'Calls open at once on one gRPC connection.', { min: 1 }),
  corsOrigins: setting.text(
    'HANOK_OTLP_CORS_ORIGINS',
    '',
    'Origins, separated by commas, whose pages may send OTLP/HTTP from a browser; * for any. Off by default because a key in a page is public.',
  ),
  decodeThreads: setting.integer(
    'HANOK_DECODE_THREADS',
    -1,
    'Threads that inflate and decode; 0 decodes on the main thread, -1 takes the number of cores less one, at least 1 and at most 8.',
    { min: -1, max: 64 },
  ),
  decodeQueue: setting.integer(
    'HANOK_DECODE_QUEUE',
    1_000,
    'Requests that may wait for a decode thread; one tenant may take half. Beyond it requests are asked to come again.',
    { min: 1 },
  ),
  decodeStuckMs: setting.duration(
    'HANOK_DECODE_STUCK',
    30_000,
    'A decode thread without progress for this long is replaced; the largest body takes about two seconds.',
    { min: 50 },
  ),
  inlineBytes: setting.bytes(
    'HANOK_DECODE_INLINE',
    16 * 1024,
    'Bodies up to this size, inflated, are decoded on the main thread: it takes less than 0.2 ms, and handing over costs 0.04 ms.',
  ),
  drainMs: setting.duration('HANOK_OTLP_DRAIN', 5_000, 'At closing, how long requests under way may take to finish.'),
} as const;

export type ReceiversConfig = Values<typeof RECEIVERS_CONFIG>;
