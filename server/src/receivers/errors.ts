import { errorCatalogue, failer } from '#base';

/** gRPC codes are given where the HTTP status alone would map to another one (see `answers/codes.ts`). */
export const RECEIVERS_ERRORS = errorCatalogue({
  'receivers.route': {
    kind: 'caller',
    status: 404,
    grpc: 12,
    retry: false,
    fix: 'Send to /v1/logs, /v1/traces or /v1/metrics; exporters usually want the address without a path.',
  },
  'receivers.method': { kind: 'caller', status: 405, retry: false, fix: 'Use POST.' },
  'receivers.content-type': {
    kind: 'caller',
    status: 415,
    retry: false,
    fix: 'Send content-type application/x-protobuf or application/json.',
  },
  'receivers.content-encoding': {
    kind: 'caller',
    status: 415,
    grpc: 12,
    retry: false,
    fix: 'Use gzip, deflate, zstd, snappy or identity.',
  },
  'receivers.compressed-data': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'The body is not what its content-encoding says; check that it is compressed exactly once.',
  },
  'receivers.too-large': {
    kind: 'caller',
    status: 413,
    grpc: 8,
    retry: false,
    fix: 'Send smaller batches (send_batch_max_size of the Collector, maxExportBatchSize of an SDK).',
  },
  'receivers.too-large-inflated': {
    kind: 'caller',
    status: 413,
    grpc: 8,
    retry: false,
    fix: 'Send smaller batches (send_batch_max_size of the Collector, maxExportBatchSize of an SDK).',
  },
  'receivers.headers-too-large': { kind: 'caller', status: 431, retry: false, fix: 'Send fewer or shorter headers.' },
  'receivers.repeated-header': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Send this header once; see whether a proxy on the way adds its own.',
  },
  /** A source that costs the main thread too much with what brings nothing. */
  'receivers.flood': {
    kind: 'caller',
    status: 429,
    grpc: 8,
    retry: true,
    fix: 'See what that sender does; if many senders stand behind the address, name it in HANOK_SHARED_SOURCES.',
  },
  /** Never thrown: connections that found no place, on the ingest-activity strip. */
  'receivers.connections': {
    kind: 'caller',
    status: 503,
    retry: true,
    fix: 'See HANOK_OTLP_MAX_CONNECTIONS, HANOK_CONNECTIONS_PER_SOURCE and the limit of file handles (ulimit -n).',
  },
  'receivers.slow-body': {
    kind: 'caller',
    status: 408,
    grpc: 4,
    retry: false,
    fix: 'The body came too slowly; check the network between the sender and Hanok.',
  },
  'receivers.malformed-request': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'The request breaks its transport protocol; check proxies in between.',
  },
  /** Never thrown: the code of a partial success on the ingest-activity strip. */
  'receivers.partial': { kind: 'caller', status: 200, grpc: 0, retry: false, fix: 'See the message for the reason.' },
  // Everything was stored, something of it otherwise than sent: partial_success with a message and no count.
  'receivers.warned': { kind: 'caller', status: 200, grpc: 0, retry: false, fix: 'See the message for the reason.' },
  /** gRPC: flags, message count and compressed flag that the protocol forbids. */
  'receivers.grpc-framing': {
    kind: 'caller',
    status: 400,
    grpc: 12,
    retry: false,
    fix: 'Send exactly one length-prefixed message per call, as gRPC clients do.',
  },
  'receivers.grpc-compressed-flag': {
    kind: 'caller',
    status: 400,
    grpc: 13,
    retry: false,
    fix: 'A message with the compressed flag needs a grpc-encoding header.',
  },
  'receivers.wrong-protocol': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'OTLP/gRPC and OTLP/HTTP have ports of their own, both without TLS; see GET / on the OTLP/HTTP port.',
  },
  'receivers.deadline': { kind: 'world', status: 504, retry: true },
  /** Not enough memory or decoding capacity for one more body at this moment. */
  'receivers.busy': { kind: 'world', status: 503, retry: true },
  'receivers.closing': { kind: 'world', status: 503, retry: true },
  /** A decode thread died or hung while it had this request. */
  'receivers.worker-lost': { kind: 'world', status: 503, retry: true },
  /** The journal could not make the batch durable; nothing of it is kept. */
  'receivers.not-stored': { kind: 'world', status: 503, retry: true },
  /** At start. */
  'receivers.port': {
    kind: 'world',
    status: 503,
    retry: false,
    fix: 'Stop the program that has the port, or set HANOK_OTLP_HTTP_PORT or HANOK_OTLP_GRPC_PORT.',
  },
  /** Our own fault. Final, because the same bytes would meet the same fault again. */
  'receivers.bug': { kind: 'bug', status: 500, retry: false, fix: 'Please report it with the time of the request.' },
});

export const fail = failer(RECEIVERS_ERRORS);
