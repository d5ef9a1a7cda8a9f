import { errorCatalogue, failer } from '#base';

export const MAIN_ERRORS = errorCatalogue({
  'main.data-dir-in-use': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Stop the other Hanok, or give this one its own HANOK_DATA_DIR.',
  },
  'main.no-control-database': {
    kind: 'caller',
    status: 404,
    retry: false,
    fix: 'Name the data directory of a Hanok that keeps its control plane on SQLite, or the postgres:// URL of one that does not.',
  },
  'main.no-such-file': { kind: 'caller', status: 404, retry: false, fix: 'Check the path.' },
  'main.no-public-key': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Name a file of public keys in PEM, as signing/public.pem in the data directory is.',
  },
  /** A request that was let in before its tenant's removal began. */
  'main.tenant-removed': {
    kind: 'caller',
    status: 403,
    grpc: 7,
    retry: false,
    fix: 'The tenant is being deleted; stop sending to it.',
  },
  /** For commands that ask a running instance. */
  'main.nothing-listens': {
    kind: 'world',
    status: 503,
    retry: false,
    fix: 'Start Hanok, or name where it listens: HANOK_URL, or HANOK_HTTP_PORT and HANOK_BIND as the instance has them.',
  },
  'main.no-operator': {
    kind: 'caller',
    status: 401,
    retry: false,
    fix: 'Set HANOK_TOKEN, or HANOK_OPERATOR_EMAIL and HANOK_OPERATOR_PASSWORD, or name the data directory with the bootstrap.json of the first start in HANOK_DATA_DIR.',
  },
  'main.usage': { kind: 'caller', status: 400, retry: false },
  'main.unreadable': { kind: 'caller', status: 400, retry: false, fix: 'Check the path, and who may read the file.' },
  /** What the instance answered, in its own words. */
  'main.refused': { kind: 'caller', status: 400, retry: false },
});
export const TENANT_REMOVED: keyof typeof MAIN_ERRORS = 'main.tenant-removed';
export const fail = failer(MAIN_ERRORS);
