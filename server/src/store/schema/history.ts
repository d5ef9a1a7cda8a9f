import { LAYOUT_VERSION, LAYOUTS, type TableName } from '#base';

/**
 * Columns that blocks of earlier layout versions carry; the journal may still hold such blocks after an upgrade. Add
 * the columns a table had here, under the version it had them, whenever `LAYOUT_VERSION` is raised.
 */
export type LayoutHistory = Readonly<Record<number, Partial<Readonly<Record<TableName, readonly string[]>>>>>;

const HISTORY: LayoutHistory = {
  1: {
    // The table takes `observed_timestamp` still and makes `observed_delay` of it: migration 3.
    logs: [
      'tenant',
      'timestamp',
      'observed_timestamp',
      'original_time',
      'severity_number',
      'severity_text',
      'severity_original',
      'service_name',
      'environment',
      'host_name',
      'resource_id',
      'scope_id',
      'trace_id',
      'span_id',
      'flags',
      'event_name',
      'body',
      'body_type',
      'attributes',
      'attribute_types',
      'dropped_attributes_count',
      'marks',
      'retention_days',
    ],
  },
};

/** Column names of a block written at `version`, or undefined when that version is not known to this program. */
export function columnsAt(
  table: TableName,
  version: number,
  history: LayoutHistory = HISTORY,
): readonly string[] | undefined {
  if (version === LAYOUT_VERSION) return LAYOUTS[table].columns.map((column) => column.name);
  if (version > LAYOUT_VERSION) return undefined;
  // A table that did not change between two versions is listed only under the one before its change.
  for (let at = version; at < LAYOUT_VERSION; at++) {
    const columns = history[at]?.[table];
    if (columns) return columns;
  }
  return LAYOUTS[table].columns.map((column) => column.name);
}
