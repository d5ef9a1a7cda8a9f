import type { RowData } from '@tanstack/react-table';
import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual';
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type Ref,
  type RefObject,
  useCallback,
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { isComposing, useShortcuts } from '../../keyboard/registry.ts';
import { join } from '../join.ts';
import { useNarrow } from '../use-narrow.ts';
import type { Column, Sort } from './column.ts';
import styles from './data-grid.module.css';
import { HeadCell } from './head.tsx';
import { useLayout } from './layout.ts';
import { decideMove, placeOf } from './move.ts';
import { GridRow } from './row.tsx';
import { useGridTable } from './table.ts';

export interface DataGridHandle {
  focus(): void;
  scrollToTop(): void;
  /** As the key of this code would. */
  move(code: string): void;
  openCurrent(): void;
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
  /** Pixels; absent: the grid fills its parent and scrolls inside. */
  readonly maxHeight?: number;
  /** `j`, `k`, Enter, and arrows where the grid fills its screen and nothing has the focus, work from anywhere on the page; one grid per screen may have them. */
  readonly keys?: boolean;
  readonly onHover?: ((row: Row) => void) | undefined;
  /** The row whose details are open; the cursor goes there when it changes. */
  readonly selected?: string | undefined;
  /** A row that stays marked and is brought to the middle once, when it is first there. */
  readonly origin?: string | undefined;
  /** What a click or Enter does; absent: the link or button in the row that carries `rowTarget`. */
  readonly onOpen?: ((row: Row, index: number) => void) | undefined;
  /** The cursor has moved by key. */
  readonly onCurrent?: ((row: Row) => void) | undefined;
  /** The last row came into view. */
  readonly onEnd?: (() => void) | undefined;
  /** Whether the first row is in view. */
  readonly onTop?: ((atTop: boolean) => void) | undefined;
  /** Texts break into as many lines as they need. */
  readonly wrap?: boolean;
  /** Drawn at the row's left edge, the name of a colour token. */
  readonly rowToken?: ((row: Row) => `--${string}` | undefined) | undefined;
  /** A word for the style sheet, on the row as `data-tone`. */
  readonly rowTone?: ((row: Row) => string | undefined) | undefined;
  /** The names of the columns are for screen readers only. */
  readonly hideHead?: boolean;
  /** An answer is on its way; what is shown is the last one. */
  readonly busy?: boolean;
  readonly ref?: Ref<DataGridHandle>;
}

interface Current {
  readonly id: string;
  readonly at: number;
}

/**
 * The one table of the product. Rows are drawn only where they are seen. It has the focus as a whole and names its
 * current row (`aria-activedescendant`), so that a screen reader says the row when an arrow key, `j`, `k`, Page, Home or
 * End moves it; Enter opens. Tab goes on to links and buttons inside.
 */
export function DataGrid<Row extends RowData>(props: Props<Row>) {
  const { label, columns, rows, rowId, sort, rowHeight = 34, maxHeight, keys = false, selected, origin } = props;
  const { onHover, onOpen, onCurrent, onEnd, onTop, wrap = false } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const layout = useLayout(props.layoutName);
  const narrow = useNarrow();
  const table = useGridTable<Row>({ rows, columns, layout, layoutName: props.layoutName, narrow });
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns]);
  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  const shownIds = headers.map((header) => header.column.id).join('\n');
  const shown = useMemo(() => shownIds.split('\n').flatMap((one) => byId.get(one) ?? []), [shownIds, byId]);
  const below = useMemo(() => shown.filter((column) => narrow && column.narrow === 'below'), [shown, narrow]);
  const line = below.length === 0 ? shown : shown.filter((column) => !below.includes(column));
  const measured = wrap || below.length > 0;

  const [current, setCurrent] = useState<Current | undefined>();
  const at = useMemo(() => placeOf(rows, rowId, current), [rows, rowId, current]);
  const middle = useHalfHeight(scroller, origin !== undefined);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (below.length > 0 ? rowHeight + 44 : rowHeight),
    getItemKey: (index) => `${rowId(rows[index]!)} ${index}`,
    overscan: 10,
    // The header stays over the rows; a row scrolled to must not hide under it.
    scrollPaddingStart: props.hideHead ? 0 : HEAD,
    // Room at both ends, so that a marked row near an end can stand in the middle too.
    paddingStart: middle,
    paddingEnd: middle,
    // The current row is named by its id: it is in the document wherever the reader has scrolled.
    rangeExtractor: useCallback(
      (range: Range) => {
        const seen = defaultRangeExtractor(range);
        return at < 0 || at >= range.count || seen.includes(at) ? seen : [...seen, at].sort((a, b) => a - b);
      },
      [at],
    ),
  });
  const items = virtual.getVirtualItems();
  const wasMeasured = useRef(measured);
  useEffect(() => {
    if (wasMeasured.current === measured) return;
    // Heights of the other kind are kept by the virtualizer until it is told.
    wasMeasured.current = measured;
    virtual.measure();
  }, [measured, virtual]);

  const goTo = (index: number) => {
    const row = rows[index];
    if (row === undefined) return;
    setCurrent({ id: rowId(row), at: index });
    virtual.scrollToIndex(index);
    onHover?.(row);
    onCurrent?.(row);
  };
  const move = (code: string) => {
    const next = decideMove(code, at, rows.length);
    if (next !== undefined) goTo(next);
  };
  const open = (index: number) => {
    const row = rows[index];
    if (row === undefined) return;
    setCurrent({ id: rowId(row), at: index });
    if (onOpen) onOpen(row, index);
    else scroller.current?.querySelector<HTMLElement>(`[data-row="${index}"] .${styles.target}`)?.click();
  };
  useImperativeHandle(props.ref, () => ({
    focus: () => scroller.current?.focus(),
    scrollToTop: () => scroller.current?.scrollTo({ top: 0 }),
    move,
    openCurrent: () => open(Math.max(0, at)),
  }));

  // From anywhere on the page: the grid takes the focus, else nobody would hear which row is the current one.
  const fromPage = (code: string) => {
    scroller.current?.focus({ preventScroll: true });
    move(code);
  };
  useShortcuts(
    [
      { keys: 'j', label: 'app.keys.down', group: 'app.keys.lists', run: () => fromPage('KeyJ') },
      { keys: 'k', label: 'app.keys.up', group: 'app.keys.lists', run: () => fromPage('KeyK') },
      ...(maxHeight === undefined ? ARROWS : []).map((keys) => ({
        keys,
        label: 'app.keys.down' as const,
        group: 'app.keys.lists' as const,
        unfocused: true,
        run: () => fromPage(keys),
      })),
      { keys: 'Enter', label: 'app.keys.open', group: 'app.keys.lists', run: () => open(at) },
    ],
    keys,
  );
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent) || event.metaKey || event.ctrlKey || event.altKey || event.shiftKey) return;
    const inside = event.target !== event.currentTarget;
    // Enter on a link or button inside is theirs, and so are all keys of an open menu.
    if (inside && (event.code === 'Enter' || (event.target as Element).closest('[popover], input, select'))) return;
    if (event.code === 'Enter') {
      if (at < 0) return;
      event.preventDefault();
      open(at);
      return;
    }
    const next = decideMove(event.code, at, rows.length);
    if (next === undefined) return;
    event.preventDefault();
    if (inside) scroller.current?.focus({ preventScroll: true });
    goTo(next);
  };
  const onClick = (event: MouseEvent) => {
    if (!onOpen || (event.target as Element).closest('a, button, [role=columnheader]')) return;
    // Marking text to copy it is not opening the row.
    if (getSelection()?.isCollapsed === false) return;
    const row = (event.target as Element).closest<HTMLElement>('[data-row]');
    if (row) open(Number(row.dataset['row']));
  };

  const revealed = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (selected === undefined || revealed.current === selected) return;
    const index = rows.findIndex((row) => rowId(row) === selected);
    if (index < 0) return;
    revealed.current = selected;
    if (current?.id === selected) return;
    // Chosen elsewhere, by a link for example: the list shows it too, once.
    setCurrent({ id: selected, at: index });
    virtual.scrollToIndex(index);
  }, [selected, rows, rowId, current, virtual]);
  const centred = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (origin === undefined || centred.current === origin) return;
    const index = rows.findIndex((row) => rowId(row) === origin);
    if (index < 0) return;
    if (middle === 0) return;
    centred.current = origin;
    virtual.scrollToIndex(index, { align: 'center' });
  }, [origin, rows, rowId, virtual, middle]);
  const lastShown = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (onEnd && rows.length > 0 && lastShown >= rows.length - 1) onEnd();
  }, [lastShown, rows.length, onEnd]);

  const template = line
    .map((column) => {
      const width = table.getColumn(column.id)?.getSize() ?? column.width;
      const fixed = narrow ? false : layout.widths[column.id] !== undefined;
      return column.grow && !fixed ? `minmax(${width}px, ${column.grow}fr)` : `${width}px`;
    })
    .join(' ');
  const least = line.reduce((sum, column) => sum + (table.getColumn(column.id)?.getSize() ?? column.width), 0);
  const heads = (wanted: readonly Column<Row>[]): ReactNode =>
    headers.map((header) => {
      const column = byId.get(header.column.id);
      return column && wanted.includes(column) ? (
        <HeadCell key={header.id} header={header} column={column} sort={sort} onSort={props.onSort} />
      ) : null;
    });

  return (
    <div
      ref={scroller}
      className={join(styles.scroller, maxHeight === undefined && styles.fill)}
      style={{ maxHeight, '--columns': template, '--least': `${least}px` } as CSSProperties}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={shown.length}
      aria-busy={props.busy}
      aria-activedescendant={at >= 0 ? `${id}-row-${at}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onFocus={(event) => {
        const self = event.target === event.currentTarget;
        if (self && at < 0 && rows[0] !== undefined && event.currentTarget.matches(':focus-visible'))
          setCurrent({ id: rowId(rows[0]), at: 0 });
      }}
      onScroll={onTop && ((event) => onTop(event.currentTarget.scrollTop < rowHeight))}
    >
      <div className={props.hideHead ? 'visually-hidden' : styles.head} role="row" aria-rowindex={1}>
        {heads(line)}
        {below.length > 0 && <div className="visually-hidden">{heads(below)}</div>}
      </div>
      <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            <GridRow
              key={item.key}
              id={`${id}-row-${item.index}`}
              row={row}
              index={item.index}
              top={item.start}
              height={measured ? undefined : rowHeight}
              least={rowHeight}
              measure={measured ? virtual.measureElement : undefined}
              line={line}
              below={below}
              current={item.index === at}
              selected={selected !== undefined && rowId(row) === selected}
              origin={origin !== undefined && rowId(row) === origin}
              wrap={wrap}
              opens={onOpen !== undefined}
              token={props.rowToken?.(row)}
              tone={props.rowTone?.(row)}
              onHover={onHover}
            />
          );
        })}
      </div>
    </div>
  );
}

/** Half of what an element shows, in pixels, once it is known; 0 where it is not asked for. */
function useHalfHeight(element: RefObject<HTMLElement | null>, wanted: boolean): number {
  const [half, setHalf] = useState(0);
  useLayoutEffect(() => {
    if (wanted && element.current) setHalf(Math.floor(element.current.clientHeight / 2));
  }, [wanted, element]);
  return half;
}

/** These too walk a list that fills its screen while nothing has the focus; elsewhere they scroll the page. */
const ARROWS = ['ArrowDown', 'ArrowUp'] as const;

/** Pixels of the header; the style sheet has the same. */
const HEAD = 30;

/** The class of the link or button that opens its row. */
export const rowTarget = styles.target ?? '';
