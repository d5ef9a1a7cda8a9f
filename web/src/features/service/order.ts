import type { OperationRow } from '@hanok/contract';
import { matchesHangul } from '../../format/hangul.ts';
import type { OperationSort } from './search.ts';

interface Wanted {
  readonly find: string;
  readonly sort: OperationSort;
  readonly order: 'asc' | 'desc';
  /** False: only what enters the service. */
  readonly all: boolean;
}

export function orderOperations(rows: readonly OperationRow[], { find, sort, order, all }: Wanted): OperationRow[] {
  const sign = order === 'asc' ? 1 : -1;
  return rows
    .filter((row) => (all || row.entry) && (find === '' || matchesHangul(row.name, find)))
    .sort(
      (a, b) =>
        sign * (sort === 'name' ? a.name.localeCompare(b.name) : a[sort] - b[sort]) || a.name.localeCompare(b.name),
    );
}
