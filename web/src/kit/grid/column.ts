import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** Pixels; also the least width of a column that grows. */
  readonly width: number;
  /** Takes its part of what is left of the grid's width: 1, or more to take more than others. */
  readonly grow?: number;
  readonly align?: 'end';
  /** Given: a click on the header asks for this order; the first one is descending for numbers. */
  readonly sort?: 'text' | 'number';
  /**
   * On a narrow screen: its width, where pictures in cells are left out; `hide` leaves the column out; `below` gives it a
   * line of its own under the others, so that long texts can be read.
   */
  readonly narrow?: number | 'hide' | 'below';
  /** The column that names the row cannot be hidden. */
  readonly fixed?: boolean;
}

export interface Sort {
  readonly id: string;
  readonly order: 'asc' | 'desc';
}
