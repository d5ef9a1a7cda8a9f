import {
  type ColumnDef,
  columnSizingFeature,
  columnVisibilityFeature,
  type RowData,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useMemo } from 'react';
import type { TableLayout } from '../../preferences/preferences.ts';
import type { Column } from './column.ts';
import { LEAST_WIDTH, setWidths } from './layout.ts';

export const gridFeatures = tableFeatures({ columnSizingFeature, columnVisibilityFeature });
export type GridFeatures = typeof gridFeatures;

/** The columns that are seen now, in order, with the widths they were given; sorting and paging are the caller's. */
export function useGridTable<Row extends RowData>(options: {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly layout: TableLayout;
  readonly layoutName: string;
  readonly narrow: boolean;
}) {
  const { rows, columns, layout, layoutName, narrow } = options;
  const definitions = useMemo(
    () =>
      columns.map(
        (column): ColumnDef<GridFeatures, Row> => ({
          id: column.id,
          header: column.header,
          size: narrow && typeof column.narrow === 'number' ? column.narrow : column.width,
          minSize: LEAST_WIDTH,
          enableHiding: !column.fixed,
        }),
      ),
    [columns, narrow],
  );
  const visibility = useMemo(
    () =>
      Object.fromEntries(
        columns.map((column) => [
          column.id,
          (column.fixed || !layout.hidden.includes(column.id)) && !(narrow && column.narrow === 'hide'),
        ]),
      ),
    [columns, layout.hidden, narrow],
  );
  const sizing = useMemo(() => (narrow ? {} : { ...layout.widths }), [narrow, layout.widths]);
  return useTable<GridFeatures, Row>({
    features: gridFeatures,
    columns: definitions,
    data: rows,
    state: { columnVisibility: visibility, columnSizing: sizing },
    onColumnSizingChange: (next) => setWidths(layoutName, typeof next === 'function' ? next(sizing) : next),
  });
}
