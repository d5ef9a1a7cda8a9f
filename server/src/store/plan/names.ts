import { LAYOUTS } from '#base';
import { OPERATIONS } from '../schema/operations.ts';
import { TRACE_HOURS } from '../schema/trace-hours.ts';

/** The columns of everything a plan may read, by table. */
export const COLUMNS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ...Object.values(LAYOUTS).map(
    ({ table, columns }) => [table, new Set<string>(columns.map((column) => column.name))] as const,
  ),
  ...[OPERATIONS, TRACE_HOURS].map(({ name, columns }) => [name, new Set<string>(Object.keys(columns))] as const),
]);
