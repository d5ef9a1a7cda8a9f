import { setting, type Values } from '#base';

export const OUTBOUND_CONFIG = {
  allow: setting.text(
    'HANOK_OUTBOUND_ALLOW',
    '',
    'Targets inside your network that URLs given by tenants may name, with commas between: `HOST:PORT`, `ADDRESS:PORT` or `NETWORK:PORT`, as in `idp.corp.example:8443, 10.1.2.0/24:443, [fd00:1::]/64:443`; `*` is every port. Everything that is not public is refused otherwise. Every tenant may use them.',
  ),
  ports: setting.text(
    'HANOK_OUTBOUND_PORTS',
    '80,443,8080,8443',
    'Ports of public hosts that URLs given by tenants may name, so that nobody speaks to mail servers and databases through Hanok.',
  ),
  caFile: setting.text(
    'HANOK_OUTBOUND_CA_FILE',
    '',
    'PEM file of authorities that are trusted besides the usual ones when Hanok calls a URL given by a tenant. Certificates are always verified.',
  ),
  connectTimeout: setting.duration(
    'HANOK_OUTBOUND_CONNECT_TIMEOUT',
    5_000,
    'Longest wait for name, connection and TLS of a URL given by a tenant.',
    { min: 10, max: 60_000 },
  ),
  headersTimeout: setting.duration(
    'HANOK_OUTBOUND_HEADERS_TIMEOUT',
    10_000,
    'Longest wait from the request to the headers of its answer.',
    { min: 10, max: 120_000 },
  ),
  timeout: setting.duration('HANOK_OUTBOUND_TIMEOUT', 20_000, 'Longest wait for the whole answer.', {
    min: 10,
    max: 600_000,
  }),
  maxBytes: setting.bytes(
    'HANOK_OUTBOUND_MAX_BYTES',
    1024 ** 2,
    'Largest answer, on the wire and inflated, unless less is asked for.',
    { min: 1_024, max: 64 * 1024 ** 2 },
  ),
  perTenant: setting.integer(
    'HANOK_OUTBOUND_PER_TENANT',
    8,
    'Requests of one tenant under way at once; as many times four may wait.',
    { min: 1, max: 1_000 },
  ),
  atOnce: setting.integer('HANOK_OUTBOUND_AT_ONCE', 256, 'Requests of all tenants under way at once.', {
    min: 1,
    max: 10_000,
  }),
} as const;

export type OutboundConfig = Values<typeof OUTBOUND_CONFIG>;
