import { readChoice, readText } from '../../format/search-codec.ts';

export const SERVICE_SORTS = ['name', 'rate', 'errorRate', 'p50', 'p95', 'p99', 'lastSeen'] as const;
export type ServiceSort = (typeof SERVICE_SORTS)[number];

export interface ServicesSearch {
  /** Part of a name; initial consonants count. */
  find?: string | undefined;
  env?: string | undefined;
  sort?: ServiceSort | undefined;
  order?: 'asc' | 'desc' | undefined;
}

export function readServicesSearch(raw: Record<string, unknown>): ServicesSearch {
  const find = readText(raw['find']);
  const env = readText(raw['env']);
  const sort = readChoice(raw['sort'], SERVICE_SORTS);
  const order = readChoice(raw['order'], ['asc', 'desc'] as const);
  return { ...(find ? { find } : {}), ...(env ? { env } : {}), ...(sort ? { sort } : {}), ...(order ? { order } : {}) };
}
