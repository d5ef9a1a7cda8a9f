import { readChoice, readText } from '../../format/search-codec.ts';

export const OPERATION_SORTS = ['name', 'rate', 'errorRate', 'p50', 'p95', 'p99', 'timeShare'] as const;
export type OperationSort = (typeof OPERATION_SORTS)[number];

export interface ServiceSearch {
  env?: string | undefined;
  /** Every span name, not only those that enter the service. */
  all?: '1' | undefined;
  find?: string | undefined;
  sort?: OperationSort | undefined;
  order?: 'asc' | 'desc' | undefined;
}

export function readServiceSearch(raw: Record<string, unknown>): ServiceSearch {
  const env = readText(raw['env']);
  const find = readText(raw['find']);
  const sort = readChoice(raw['sort'], OPERATION_SORTS);
  const order = readChoice(raw['order'], ['asc', 'desc'] as const);
  return {
    ...(env ? { env } : {}),
    ...(find ? { find } : {}),
    ...(raw['all'] === '1' ? { all: '1' as const } : {}),
    ...(sort ? { sort } : {}),
    ...(order ? { order } : {}),
  };
}
