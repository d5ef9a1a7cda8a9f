import { readChoice, readList, readText } from '../../app/search-codec.ts';

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

export interface MetricsSearch {
  metric?: string | undefined;
  /** Of the catalogue. */
  find?: string | undefined;
  /** Filter of the series, in the query language. */
  query?: string | undefined;
  /** One line per value of these attributes. */
  by?: string[] | undefined;
  agg?: Aggregate | undefined;
  /** One small chart per value of this attribute. */
  split?: string | undefined;
}

export function readMetricsSearch(raw: Record<string, unknown>): MetricsSearch {
  const metric = readText(raw['metric']);
  const find = readText(raw['find']);
  const query = readText(raw['query']);
  const by = readList(raw['by']);
  const agg = readChoice(raw['agg'], AGGREGATES);
  const split = readText(raw['split']);
  return {
    ...(metric ? { metric } : {}),
    ...(find ? { find } : {}),
    ...(query ? { query } : {}),
    ...(by.length > 0 ? { by } : {}),
    ...(agg ? { agg } : {}),
    ...(split ? { split } : {}),
  };
}
