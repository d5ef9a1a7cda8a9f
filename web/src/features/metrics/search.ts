import { readChoice, readList, readText } from '../../format/search-codec.ts';

export const AGGREGATES = [
  'avg',
  'sum',
  'min',
  'max',
  'count',
  'last',
  'rate',
  'increase',
  'p50',
  'p90',
  'p95',
  'p99',
] as const;
export type Aggregate = (typeof AGGREGATES)[number];

export const SERIES_SORTS = ['name', 'last', 'min', 'max', 'avg'] as const;
export type SeriesSort = (typeof SERIES_SORTS)[number];

export interface MetricsSearch {
  metric?: string | undefined;
  /** Text to look for in the catalogue; initial consonants count. */
  find?: string | undefined;
  /** Filter of the series, in the query language. */
  query?: string | undefined;
  /** One line per value of these attributes; absent: the metric's own default; `NO_GROUPS`: one line in all. */
  by?: string[] | undefined;
  /** The form of the name that is shown, by `formKey`. */
  form?: string | undefined;
  agg?: Aggregate | undefined;
  /** One small chart per value of this attribute. */
  split?: string | undefined;
  /** The one series that is drawn, by its key. */
  only?: string | undefined;
  sort?: SeriesSort | undefined;
  order?: 'asc' | 'desc' | undefined;
}

/** `by` when the default grouping was taken away. */
export const NO_GROUPS = '-';

/** As many as the server groups by. */
const MOST_GROUPS = 8;

export function readMetricsSearch(raw: Record<string, unknown>): MetricsSearch {
  const metric = readText(raw['metric']);
  const find = readText(raw['find']);
  const query = readText(raw['query']);
  const by = [...new Set(readList(raw['by']))].slice(0, MOST_GROUPS);
  const form = readText(raw['form']);
  const agg = readChoice(raw['agg'], AGGREGATES);
  const split = readText(raw['split']);
  const only = readText(raw['only']);
  const sort = readChoice(raw['sort'], SERIES_SORTS);
  const order = readChoice(raw['order'], ['asc', 'desc'] as const);
  return {
    ...(metric ? { metric } : {}),
    ...(find ? { find } : {}),
    ...(query ? { query } : {}),
    ...(by.length > 0 ? { by } : {}),
    ...(form ? { form } : {}),
    ...(agg ? { agg } : {}),
    ...(split ? { split } : {}),
    ...(only ? { only } : {}),
    ...(sort ? { sort } : {}),
    ...(order ? { order } : {}),
  };
}
