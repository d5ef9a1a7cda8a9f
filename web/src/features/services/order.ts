import type { ServiceRow } from '@hanok/contract';
import { matchesHangul } from '../../format/hangul.ts';
import type { ServiceSort } from './search.ts';

/** Ties, and rows without a figure, stand in the order of their names, so that a refresh moves nothing needlessly. */
export function orderServices(
  rows: readonly ServiceRow[],
  { find = '', sort, order }: { find?: string | undefined; sort: ServiceSort; order: 'asc' | 'desc' },
): ServiceRow[] {
  const sign = order === 'asc' ? 1 : -1;
  return rows
    .filter((row) => find === '' || matchesHangul(row.name, find))
    .sort((a, b) => sign * compare(a, b, sort) || a.name.localeCompare(b.name));
}

function compare(a: ServiceRow, b: ServiceRow, sort: ServiceSort): number {
  if (sort === 'name') return a.name.localeCompare(b.name);
  if (sort === 'lastSeen')
    return a.lastSeen.length - b.lastSeen.length || (a.lastSeen < b.lastSeen ? -1 : a.lastSeen > b.lastSeen ? 1 : 0);
  return a[sort] - b[sort];
}
