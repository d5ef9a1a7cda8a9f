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
  /** One line per value of these attributes and those of the metric's default; see `groupsOf`. */
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

/** In `by`: the metric's default is not to be added. */
const NO_DEFAULT = '-';

/** What lines are drawn by; undefined when nothing was chosen, so that the server's default stands. */
export function groupsOf(
  { by, split }: Pick<MetricsSearch, 'by' | 'split'>,
  defaults: readonly string[],
): string[] | undefined {
  if (by === undefined && split === undefined) return undefined;
  const chosen = (by ?? []).filter((one) => one !== NO_DEFAULT);
  return [...new Set([...(by?.includes(NO_DEFAULT) ? [] : defaults), ...chosen, ...(split ? [split] : [])])];
}

/** `by` for these groups: the default is named only when a part of it is not wanted. */
export function byOf(groups: readonly string[], defaults: readonly string[]): string[] | undefined {
  const by = defaults.every((one) => groups.includes(one))
    ? groups.filter((one) => !defaults.includes(one))
    : [NO_DEFAULT, ...groups];
  return by.length > 0 ? by : undefined;
}

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
