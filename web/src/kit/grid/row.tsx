import { type CSSProperties, memo } from 'react';
import { join } from '../join.ts';
import type { Column } from './column.ts';
import styles from './data-grid.module.css';

export interface RowProps<Row> {
  readonly id: string;
  readonly row: Row;
  readonly index: number;
  /** Pixels from the first row's edge. */
  readonly top: number;
  /** Absent: as high as its texts, at least `least`. */
  readonly height: number | undefined;
  readonly least: number;
  readonly measure: ((element: HTMLElement | null) => void) | undefined;
  readonly line: readonly Column<Row>[];
  /** Columns that stand under the others, each on a line of its own. */
  readonly below: readonly Column<Row>[];
  /** Where the cursor is. */
  readonly current: boolean;
  /** Its details are open. */
  readonly selected: boolean;
  readonly origin: boolean;
  readonly wrap: boolean;
  readonly opens: boolean;
  readonly token: `--${string}` | undefined;
  readonly tone: string | undefined;
  readonly onHover: ((row: Row) => void) | undefined;
}

function PlainRow<Row>(props: RowProps<Row>) {
  const { row, below, onHover, height, least } = props;
  const style: CSSProperties = {
    transform: `translateY(${props.top}px)`,
    ...(height === undefined ? { minHeight: least } : { height }),
    ...(props.token ? ({ '--edge': `var(${props.token})` } as CSSProperties) : {}),
  };
  const cell = (column: Column<Row>, under: boolean) => (
    <div
      key={column.id}
      role="gridcell"
      data-column={column.id}
      className={join(styles.cell, column.align === 'end' && styles.end, under && styles.under)}
    >
      {column.cell(row)}
    </div>
  );
  return (
    <div
      ref={props.measure}
      id={props.id}
      role="row"
      aria-rowindex={props.index + 2}
      aria-selected={props.current}
      aria-current={props.origin ? 'true' : undefined}
      data-index={props.index}
      data-row={props.index}
      data-current={props.current || undefined}
      data-selected={props.selected || undefined}
      data-origin={props.origin || undefined}
      data-wrap={props.wrap || undefined}
      data-below={below.length > 0 || undefined}
      data-opens={props.opens || undefined}
      data-edge={props.token ? '' : undefined}
      data-tone={props.tone}
      className={styles.row}
      style={style}
      onPointerEnter={onHover && (() => onHover(row))}
    >
      {props.line.map((column) => cell(column, false))}
      {below.map((column) => cell(column, true))}
    </div>
  );
}

/** Drawn anew only when something of it has changed: a long list moves one row's cursor, not all rows. */
export const GridRow = memo(PlainRow) as typeof PlainRow;
