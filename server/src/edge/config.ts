import { setting, type Values } from '#base';

export const EDGE_CONFIG = {
  httpPort: setting.port('HANOK_HTTP_PORT', 8080, 'User interface and API; 0 lets the system choose.'),
  maxConnections: setting.integer(
    'HANOK_HTTP_MAX_CONNECTIONS',
    2_000,
    'Open connections of the user interface and API: a browser opens six at most. Fewer when file handles are few.',
    { min: 1 },
  ),
  headersTimeoutMs: setting.duration(
    'HANOK_HTTP_HEADERS_TIMEOUT',
    10_000,
    'Longest time for the headers of an API request, from the opening of the connection.',
    { min: 100 },
  ),
  idleTimeoutMs: setting.duration(
    'HANOK_HTTP_IDLE_TIMEOUT',
    72_000,
    'A connection of the user interface without requests is closed after this; longer than the minute of usual proxies.',
    { min: 100 },
  ),
  publicUrl: setting.text(
    'HANOK_PUBLIC_URL',
    '',
    'Address people use when a proxy stands in front, for example https://hanok.example. With https cookies are Secure and browsers are told to stay on TLS.',
  ),
  allowedHosts: setting.text(
    'HANOK_ALLOWED_HOSTS',
    '',
    'Further host names the user interface and API answer to, separated by commas. Loopback names, the address of HANOK_BIND and the host of HANOK_PUBLIC_URL are always answered; when HANOK_BIND is beyond loopback the name of this machine too, and when it is 0.0.0.0 or :: every IP address. Anything else is refused, so that no page of another site reaches an instance under its own name. * answers to every name.',
  ),
  trustProxy: setting.text(
    'HANOK_TRUST_PROXY',
    '',
    'Addresses or networks of proxies, separated by commas, whose X-Forwarded-For is believed. Empty: none, because anybody can send that header.',
  ),
  bodyLimit: setting.bytes('HANOK_API_BODY_LIMIT', 1_048_576, 'Largest body of an API request; intake has its own.', {
    min: 1_024,
  }),
  timeBudget: setting.duration(
    'HANOK_API_TIMEOUT',
    60_000,
    'Time an API request may take before it is cancelled; streams are not bound by it.',
    { min: 100 },
  ),
  heartbeat: setting.duration(
    'HANOK_STREAM_HEARTBEAT',
    15_000,
    'Silence after which a stream sends a comment, so that proxies keep it open, and after which its session is checked again.',
    { min: 50 },
  ),
  wrongKeysPerMinute: setting.integer(
    'HANOK_WRONG_KEYS_PER_MINUTE',
    60,
    'Requests with ingest keys that do not exist which one address (IPv6: one /64 network) may send in a minute before they are answered 429 and the operator is told. Requests with a key in force are not counted and never held back.',
    { min: 1 },
  ),
  streamsPerTenant: setting.integer(
    'HANOK_STREAMS_PER_TENANT',
    100,
    'Streams (live tails) one tenant may have open at once.',
    { min: 1 },
  ),
} as const;

export type EdgeConfig = Values<typeof EDGE_CONFIG>;
