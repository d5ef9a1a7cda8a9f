import { QueryError } from '@hanok/contract/query';
import { errorCatalogue, failer } from '#base';

export const QUERY_ERRORS = errorCatalogue({
  'query.syntax': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'See docs/query-language.md.',
  },
  'query.field': { kind: 'caller', status: 400, retry: false, fix: 'Name a field as GET /api/v1/fields lists it.' },
  'query.bad-cursor': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Send the cursor of the page before with the same query, order and view; or none, to begin again.',
  },
  'query.bad-id': { kind: 'caller', status: 400, retry: false, fix: 'Send the id of a row as a search gave it.' },
  'query.range': { kind: 'caller', status: 400, retry: false, fix: 'Send from before to, both as the API describes.' },
  'query.step': { kind: 'caller', status: 400, retry: false, fix: 'Send a longer step, or none.' },
  'query.aggregate': {
    kind: 'caller',
    status: 400,
    retry: false,
    fix: 'Leave the aggregate out to use the metric’s own.',
  },
  'query.too-many': {
    kind: 'caller',
    status: 429,
    retry: true,
    fix: 'Ask fewer questions at once, or for shorter ranges.',
  },
  /** Other questions took all turns for longer than anybody waits. */
  'query.busy': { kind: 'world', status: 503, retry: true },
  'query.tails': {
    kind: 'caller',
    status: 429,
    retry: true,
    fix: 'Close another live tail of this tenant first.',
  },
  /** Ends a live tail, as an event of its stream. */
  'query.tail-too-slow': {
    kind: 'caller',
    status: 422,
    retry: false,
    fix: 'Make the regular expression simpler: fewer and smaller counts.',
  },
  /** Ends a live tail, as an event of its stream. */
  'query.tail-lost': { kind: 'world', status: 503, retry: true, fix: 'Open the live tail again.' },
});

export const fail = failer(QUERY_ERRORS);

/** A fault in a query's text as an answer that points at the character. */
export function syntaxError(error: unknown): unknown {
  if (!(error instanceof QueryError)) return error;
  const { reason, values } = error;
  return fail('query.syntax', error.message, {
    at: `query:${error.at}`,
    fix: error.fix,
    cause: error,
    ...(reason === undefined ? {} : { reason }),
    ...(values === undefined ? {} : { values }),
  });
}
