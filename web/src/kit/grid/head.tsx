import type { Header, RowData } from '@tanstack/react-table';
import { type PointerEvent, useRef } from 'react';
import { t } from '../../i18n/index.ts';
import { Icon } from '../icon.tsx';
import { join } from '../join.ts';
import type { Column, Sort } from './column.ts';
import styles from './data-grid.module.css';
import type { GridFeatures } from './table.ts';

interface Props<Row extends RowData> {
  readonly header: Header<GridFeatures, Row>;
  readonly column: Column<Row>;
  readonly sort: Sort | undefined;
  readonly onSort: ((sort: Sort) => void) | undefined;
}

/** A column's name, its order when it has one, and the handle that sets its width. */
export function HeadCell<Row extends RowData>({ header, column, sort, onSort }: Props<Row>) {
  const sorted = sort?.id === column.id ? sort.order : undefined;
  const flip = () => {
    const first = column.sort === 'number' ? 'desc' : 'asc';
    onSort?.({ id: column.id, order: sorted === undefined ? first : sorted === 'asc' ? 'desc' : 'asc' });
  };
  return (
    <div
      role="columnheader"
      className={join(styles.headCell, column.align === 'end' && styles.end)}
      aria-sort={sorted === undefined ? undefined : sorted === 'asc' ? 'ascending' : 'descending'}
      title={column.header}
    >
      {column.sort && onSort ? (
        <button type="button" className={styles.sort} onClick={flip}>
          {column.header}
          {sorted && <Icon name={sorted === 'asc' ? 'sortUp' : 'sortDown'} size={12} />}
        </button>
      ) : (
        <span className={styles.headText}>{column.header}</span>
      )}
      <ResizeHandle header={header} label={t('kit.table.resize', { column: column.header })} />
    </div>
  );
}

function ResizeHandle<Row extends RowData>({ header, label }: { header: Header<GridFeatures, Row>; label: string }) {
  const from = useRef<{ readonly x: number; readonly width: number } | undefined>(undefined);
  const keep = (width: number) =>
    header.getContext().table.setColumnSizing((sizes) => ({ ...sizes, [header.column.id]: width }));
  const onDown = (event: PointerEvent<HTMLButtonElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    // A column that grows is wider than its size says.
    const width = event.currentTarget.parentElement?.offsetWidth ?? header.column.getSize();
    from.current = { x: event.clientX, width };
  };
  return (
    <button
      type="button"
      className={styles.handle}
      aria-label={label}
      tabIndex={-1}
      onPointerDown={onDown}
      onPointerMove={(event) => from.current && keep(from.current.width + event.clientX - from.current.x)}
      onPointerUp={() => {
        from.current = undefined;
      }}
      onDoubleClick={() => header.column.resetSize()}
    />
  );
}
