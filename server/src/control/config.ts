import { setting, type Values } from '#base';

const DAY = 86_400_000;

export const CONTROL_CONFIG = {
  url: setting.text(
    'HANOK_CONTROL_URL',
    '',
    'Where tenants, people, keys and the audit log are kept: the URL of a PostgreSQL database (15 or later), as in `postgres://hanok:SECRET@db.example/hanok?sslmode=verify-full`. Empty: an SQLite file in the data directory.',
    { secret: true },
  ),
  sessionLifetime: setting.duration(
    'HANOK_SESSION_LIFETIME',
    7 * DAY,
    'A session ends after this, however busy it is.',
    { min: 60_000 },
  ),
  sessionIdle: setting.duration('HANOK_SESSION_IDLE', DAY, 'A session unused for this long ends.', { min: 60_000 }),
  passwordCost: setting.integer(
    'HANOK_PASSWORD_COST',
    15,
    'Work of one password check: scrypt with N = 2^this, r = 8, p = 3; 15 takes 32 MiB and some 0.2 s. Hashes made with other figures are renewed at the next login.',
    { min: 10, max: 20 },
  ),
  recordsPerSecond: setting.integer(
    'HANOK_TENANT_RECORDS_PER_SECOND',
    0,
    'Records per second a tenant may send, where its plan and its own limits say nothing. 0: 50,000 for each core of this machine, about half of what its cores take, so that one flood leaves room for the others.',
    { min: 0 },
  ),
  bytesPerSecond: setting.bytes(
    'HANOK_TENANT_BYTES_PER_SECOND',
    100_000_000,
    'Bytes per second, after decompression, a tenant may send, where its plan and its own limits say nothing.',
    { min: 1_024 },
  ),
  requestsPerSecond: setting.integer(
    'HANOK_TENANT_REQUESTS_PER_SECOND',
    0,
    'Ingest requests per second a tenant may send, where its plan and its own limits say nothing. 0: 5,000 for each core of this machine.',
    { min: 0, max: 10_000_000 },
  ),
  burst: setting.duration(
    'HANOK_TENANT_BURST',
    10_000,
    'How long a silence a tenant may make up for at once: the size of its buckets in time.',
    { min: 1_000, max: 600_000 },
  ),
  logsDays: setting.integer(
    'HANOK_RETENTION_LOGS_DAYS',
    30,
    'Days a new tenant keeps logs, and the most it may choose where its plan says nothing.',
    { min: 1, max: 3_650 },
  ),
  tracesDays: setting.integer(
    'HANOK_RETENTION_TRACES_DAYS',
    30,
    'Days a new tenant keeps traces, and the most it may choose where its plan says nothing.',
    { min: 1, max: 3_650 },
  ),
  metricsDays: setting.integer(
    'HANOK_RETENTION_METRICS_DAYS',
    90,
    'Days a new tenant keeps metrics, and the most it may choose where its plan says nothing.',
    { min: 1, max: 3_650 },
  ),
  auditDays: setting.integer(
    'HANOK_AUDIT_DAYS',
    400,
    'Days that entries of the audit log are kept. Older ones are removed up to a signed checkpoint, so that what is kept can be verified on.',
    { min: 1, max: 36_500 },
  ),
  deleteDelay: setting.duration(
    'HANOK_TENANT_DELETE_DELAY',
    7 * DAY,
    'How long a tenant that is to be deleted can be undeleted, unless the request says otherwise. It is suspended meanwhile.',
    { min: 0, max: 365 * DAY },
  ),
} as const;

export type ControlConfig = Values<typeof CONTROL_CONFIG>;
