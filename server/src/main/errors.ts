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
});
export const fail = failer(MAIN_ERRORS);
