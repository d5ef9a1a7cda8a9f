import { errorCatalogue, failer } from '#base';

export const MAIN_ERRORS = errorCatalogue({
  'main.data-dir-in-use': {
    kind: 'caller',
    status: 409,
    retry: false,
    fix: 'Stop the other Hanok, or give this one its own HANOK_DATA_DIR.',
  },
});
export const fail = failer(MAIN_ERRORS);
