import { useVirtualizer } from '@tanstack/react-virtual';
import { type PointerEvent, type ReactNode, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { t } from '../i18n/index.ts';
import { useShortcuts } from '../keyboard/registry.ts';
import { type TableLayout, usePreferences } from '../preferences/preferences.ts';
import { Button } from './button.tsx';
import styles from './data-table.module.css';
import { Icon } from './icon.tsx';
import { join } from './join.ts';
import { Menu, MenuToggle } from './menu.tsx';

export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** Pixels; also the least width of a column that grows. */
  readonly width: number;
  /** Takes what is left of the table's width. */
  readonly grow?: boolean;
  readonly align?: 'end';
  /** Given: a click on the header asks for this order; the first one is descending for numbers. */
  readonly sort?: 'text' | 'number';
  /** Its width on a narrow screen, where pictures in cells are left out; `hide` leaves the column out. */
  readonly narrow?: number | 'hide';
  /** The column that names the row cannot be hidden. */
  readonly fixed?: boolean;
}

export interface Sort {
  readonly id: string;
  readonly order: 'asc' | 'desc';
}

interface Props<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
  readonly sort?: Sort | undefined;
  readonly onSort?: (sort: Sort) => void;
  /** Widths and hidden columns are kept under this name in the browser. */
  readonly layoutName: string;
  readonly rowHeight?: number;
  /** Pixels; absent: the table fills its parent and scrolls inside. */
  readonly maxHeight?: number;
  /** `j`, `k`, Enter move and open; one table per screen may have them. */
  readonly keys?: boolean;
  readonly onHover?: (row: Row) => void;
  readonly selected?: string | undefined;
}

const EMPTY: TableLayout = { widths: {}, hidden: [] };
const LEAST_WIDTH = 48;

/**
 * Dense rows of equal height, drawn only where they are seen. A row is opened by the one link or button in it that
 * carries `rowTarget` (its area is the whole row), so that a middle click and screen readers work as on any link.
 */
export function DataTable<Row>(props: Props<Row>) {
  const { label, columns, rows, rowId, sort, rowHeight = 34, maxHeight, keys = false, onHover, selected } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState(-1);
  const layout = usePreferences((state) => state.tables[props.layoutName]) ?? EMPTY;
  const narrow = useNarrow();
  const shown = columns
    .filter((column) => column.fixed || !layout.hidden.includes(column.id))
    .filter((column) => !narrow || column.narrow !== 'hide')
    .map((column) => (narrow && typeof column.narrow === 'number' ? { ...column, width: column.narrow } : column));
  const widths = narrow ? EMPTY.widths : layout.widths;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  });

  const move = (to: number) => {
    if (rows.length === 0) return;
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setCursor(next);
    virtual.scrollToIndex(next);
    const row = rows[next];
    if (row) onHover?.(row);
  };
  const open = () => scroller.current?.querySelector<HTMLElement>(`[data-row="${cursor}"] .${styles.target}`)?.click();
  useShortcuts(
    [
      { keys: 'j', label: 'app.keys.down', group: 'app.keys.lists', run: () => move(cursor + 1) },
      { keys: 'k', label: 'app.keys.up', group: 'app.keys.lists', run: () => move(cursor - 1) },
      { keys: 'Enter', label: 'app.keys.open', group: 'app.keys.lists', run: open },
    ],
    keys,
  );
  // A cursor beyond the end would point at nothing once a filter has shortened the list.
  useEffect(() => {
    if (cursor >= rows.length) setCursor(rows.length - 1);
  }, [cursor, rows.length]);

  const template = shown
    .map((column) => {
      const width = widths[column.id];
      return width === undefined && column.grow ? `minmax(${column.width}px, 1fr)` : `${width ?? column.width}px`;
    })
    .join(' ');
  const least = shown.reduce((sum, column) => sum + (widths[column.id] ?? column.width), 0);

  return (
    <div
      ref={scroller}
      className={join(styles.scroller, maxHeight === undefined && styles.fill)}
      style={{ maxHeight }}
      role="table"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={shown.length}
      tabIndex={0}
    >
      <div
        className={styles.head}
        role="row"
        aria-rowindex={1}
        style={{ gridTemplateColumns: template, minWidth: least }}
      >
        {shown.map((column) => (
          <HeadCell key={column.id} column={column} sort={sort} {...props} layout={layout} />
        ))}
      </div>
      <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize(), minWidth: least }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const id = rowId(row);
          return (
            <div
              key={id}
              role="row"
              aria-rowindex={item.index + 2}
              data-row={item.index}
              className={join(styles.row, item.index === cursor && styles.cursor, id === selected && styles.selected)}
              style={{ gridTemplateColumns: template, height: rowHeight, transform: `translateY(${item.start}px)` }}
              onPointerEnter={onHover && (() => onHover(row))}
            >
              {shown.map((column) => (
                <div key={column.id} role="cell" className={join(styles.cell, column.align === 'end' && styles.end)}>
                  {column.cell(row)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

const NARROW = '(max-width: 720px)';

function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = matchMedia(NARROW);
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => matchMedia(NARROW).matches,
  );
}

/** The class of the link or button that opens its row. */
export const rowTarget = styles.target ?? '';

function HeadCell<Row>({
  column,
  sort,
  onSort,
  layoutName,
  layout,
}: Pick<Props<Row>, 'sort' | 'onSort' | 'layoutName'> & { column: Column<Row>; layout: TableLayout }) {
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
    >
      {column.sort && onSort ? (
        <button type="button" className={styles.sort} onClick={flip}>
          {column.header}
          {sorted && <Icon name={sorted === 'asc' ? 'sortUp' : 'sortDown'} size={12} />}
        </button>
      ) : (
        <span className={styles.headText}>{column.header}</span>
      )}
      <ResizeHandle column={column} layoutName={layoutName} layout={layout} />
    </div>
  );
}

function ResizeHandle<Row>({
  column,
  layoutName,
  layout,
}: {
  column: Column<Row>;
  layoutName: string;
  layout: TableLayout;
}) {
  const from = useRef<{ x: number; width: number } | undefined>(undefined);
  const keep = (width: number | undefined) => {
    const { [column.id]: _, ...others } = layout.widths;
    const widths = width === undefined ? others : { ...others, [column.id]: Math.max(LEAST_WIDTH, Math.round(width)) };
    setLayout(layoutName, { ...layout, widths });
  };
  const widthNow = (element: HTMLElement) => element.parentElement?.offsetWidth ?? column.width;
  const onDown = (event: PointerEvent<HTMLButtonElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = { x: event.clientX, width: widthNow(event.currentTarget) };
  };
  return (
    <button
      type="button"
      className={styles.handle}
      aria-label={t('kit.table.resize', { column: column.header })}
      tabIndex={-1}
      onPointerDown={onDown}
      onPointerMove={(event) => from.current && keep(from.current.width + event.clientX - from.current.x)}
      onPointerUp={() => {
        from.current = undefined;
      }}
      onDoubleClick={() => keep(undefined)}
    />
  );
}

function setLayout(name: string, layout: TableLayout): void {
  const { tables, set } = usePreferences.getState();
  set({ tables: { ...tables, [name]: layout } });
}

/** Which columns a table shows. Stands in the header of the panel around the table. */
export function ColumnsMenu<Row>({ columns, layoutName }: { columns: readonly Column<Row>[]; layoutName: string }) {
  const layout = usePreferences((state) => state.tables[layoutName]) ?? EMPTY;
  return (
    <Menu
      align="end"
      trigger={
        <Button tone="quiet" size="s" icon="columns">
          {t('kit.table.columns')}
        </Button>
      }
    >
      {columns
        .filter((column) => !column.fixed)
        .map((column) => (
          <MenuToggle
            key={column.id}
            checked={!layout.hidden.includes(column.id)}
            onChange={(visible) =>
              setLayout(layoutName, {
                ...layout,
                hidden: visible ? layout.hidden.filter((id) => id !== column.id) : [...layout.hidden, column.id],
              })
            }
          >
            {column.header}
          </MenuToggle>
        ))}
    </Menu>
  );
}
