import { errorCatalogue, failer } from '#base';

export const STORE_ERRORS = errorCatalogue({
  'store.unavailable': {
    kind: 'world',
    status: 503,
    retry: true,
    fix: 'The store is starting or being restarted; ingest goes on, ask again in a moment.',
  },
  'store.busy': { kind: 'world', status: 503, retry: true, fix: 'Too many queries wait for this store; ask again.' },
  'store.memory': {
    kind: 'caller',
    status: 422,
    retry: false,
    fix: 'The query needs more memory than its budget; narrow the time range or group by fewer values.',
  },
  'store.timeout': {
    kind: 'caller',
    status: 422,
    retry: false,
    fix: 'The query took longer than its budget; narrow the time range or add a filter.',
  },
  'store.rows': {
    kind: 'caller',
    status: 422,
    retry: false,
    fix: 'The query reads or returns more rows than its budget; narrow the time range or add a filter.',
  },
  'store.too-large': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Ask with fewer or shorter conditions, or one after another.',
  },
  'store.cancelled': { kind: 'caller', status: 499, retry: false, fix: 'The caller went away or cancelled.' },
  'store.refused': { kind: 'bug', status: 500, retry: false, fix: 'The engine refused our own SQL; report it.' },
  'store.isolation': {
    kind: 'bug',
    status: 500,
    retry: false,
    fix: 'A row that is not the tenant’s was about to be given out and was withheld. Report it at once, with the log.',
  },
  'store.migration': {
    kind: 'world',
    status: 503,
    retry: false,
    fix: 'The data was written by a newer version of Hanok; start that version.',
  },
});

export const fail = failer(STORE_ERRORS);
