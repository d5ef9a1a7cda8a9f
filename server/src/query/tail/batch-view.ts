import { type Block, type ReadBlock, readBlocks } from '#base';
import { LogBlock, nativePairs, nativeText } from '../decode/log-block.ts';
import type { Row } from '../rows.ts';

/** An id and what the store would answer for it. */
export type Referred = readonly [id: string, row: Row];

/** A batch of logs, read once for all tails that look at it. */
export interface BatchView {
  readonly logs: readonly LogBlock[];
  readonly resources: readonly Referred[];
  readonly scopes: readonly Referred[];
}

type BlockBytes = Pick<Block, 'table' | 'bytes'>;

/** Tables that a view is made of. */
export const VIEWED: ReadonlySet<Block['table']> = new Set(['logs', 'resources', 'scopes']);

export function viewOf(blocks: readonly BlockBytes[]): BatchView {
  const read = (table: string) =>
    blocks.flatMap((block) => (block.table === table ? [...readBlocks(block.bytes)] : []));
  return {
    logs: read('logs').map((block) => new LogBlock(block)),
    resources: read('resources').flatMap((block) => referred(block, 'resource_id')),
    scopes: read('scopes').flatMap((block) => referred(block, 'scope_id')),
  };
}
function referred(block: ReadBlock, idColumn: string): Referred[] {
  const text = (column: string, row: number): string =>
    block.columns.some((one) => one.name === column) ? nativeText(block.column(column).get(row)) : '';
  return Array.from({ length: block.rows }, (_, row) => {
    const pairs = nativePairs(block, row);
    return [
      text(idColumn, row),
      {
        c_keys: pairs.keys,
        c_values: pairs.values,
        c_attribute_types: pairs.types,
        c_dropped: text('dropped_attributes_count', row),
        c_schema_url: text('schema_url', row),
        c_entity_refs: text('entity_refs', row),
        c_name: text('name', row),
        c_version: text('version', row),
      },
    ];
  });
}
