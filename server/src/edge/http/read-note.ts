import type { Route } from '#base';

/** Characters of a query's text. */
const MOST_QUERY = 200;
/** They say how much is wanted, not what. */
const HOW_MUCH = new Set(['from', 'to', 'limit', 'cursor', 'points', 'buckets']);

/** What a request read, for the audit log. */
export interface ReadWords {
  /** `read.logs`: from the path, so that no route can forget to be named. */
  readonly action: string;
  readonly target: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly asked: string;
}

/**
 * In words what a read asked for: the route, the query's text (of routes without one, what else was asked) and the range,
 * as they were sent.
 */
export function readWords(route: Route, input: unknown): ReadWords {
  const given: Readonly<Record<string, unknown>> = typeof input === 'object' && input !== null ? { ...input } : {};
  const kind = route.path.split('/')[3] ?? 'other';
  const rest = Object.entries(given).filter(([key, value]) => !HOW_MUCH.has(key) && value !== undefined);
  const text =
    typeof given['query'] === 'string'
      ? given['query']
      : rest.length === 0
        ? ''
        : JSON.stringify(Object.fromEntries(rest), (_, value) => (typeof value === 'bigint' ? String(value) : value));
  const query = text.slice(0, MOST_QUERY);
  const name = route.id;
  const range = ['from', 'to'].flatMap((key) => (given[key] === undefined ? [] : [[key, String(given[key])]]));
  return {
    action: `read.${kind}`,
    target: name,
    detail: { ...(query === '' ? {} : { query }), ...Object.fromEntries(range) },
    asked: query === '' ? name : `${name} ${query}`,
  };
}
