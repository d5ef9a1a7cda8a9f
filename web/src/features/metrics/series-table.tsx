import { useMemo } from 'react';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import type { Column } from '../../kit/grid/column.ts';
import { DataGrid, rowTarget } from '../../kit/grid/data-grid.tsx';
import { Panel } from '../../kit/panel.tsx';
import styles from './metric-view.module.css';
import { SERIES_SORTS, type SeriesSort } from './search.ts';
import { type Line, sortLines } from './series.ts';

interface Props {
  readonly lines: readonly Line[];
  readonly groups: readonly string[];
  readonly format: (value: number) => string;
  readonly sort: { readonly id: SeriesSort; readonly order: 'asc' | 'desc' };
  readonly onSort: (id: SeriesSort, order: 'asc' | 'desc') => void;
  readonly only: string | undefined;
  readonly onOnly: (key: string | undefined) => void;
  /** The line that the pointer or the focus is on. */
  readonly onPoint: (key: string | undefined) => void;
}

const HEADS = {
  last: 'metrics.col.last',
  min: 'metrics.col.min',
  max: 'metrics.col.max',
  avg: 'metrics.col.avg',
} as const;

/** The legend with figures: pointing at a row lights its line, a press draws it alone. */
export function SeriesTable({ lines, groups, format, sort, onSort, only, onOnly, onPoint }: Props) {
  const rows = useMemo(() => sortLines(lines, sort.id, sort.order), [lines, sort.id, sort.order]);
  const columns: Column<Line>[] = [
    {
      id: 'name',
      header: groups.length > 0 ? visibleName(groups.join(' · ')) : t('metrics.col.name'),
      width: 180,
      grow: 1,
      fixed: true,
      sort: 'text',
      cell: (line) => (
        <>
          <i className={styles.swatch} style={{ background: `var(${line.token})` }} />
          <button
            type="button"
            className={rowTarget}
            aria-pressed={line.key === only}
            title={line.key === only ? t('metrics.showAll') : t('metrics.isolate', { series: line.label })}
            onFocus={() => onPoint(line.key)}
            onBlur={() => onPoint(undefined)}
            onClick={() => onOnly(line.key === only ? undefined : line.key)}
          >
            {line.label}
          </button>
        </>
      ),
    },
    ...(['last', 'min', 'avg', 'max'] as const).map(
      (id): Column<Line> => ({
        id,
        header: t(HEADS[id]),
        width: 104,
        align: 'end',
        sort: 'number',
        cell: (line) => {
          const value = line[id];
          return value === null ? '–' : format(value);
        },
      }),
    ),
  ];
  return (
    <Panel flush className={styles.bare ?? ''}>
      <div className={styles.table} onPointerLeave={() => onPoint(undefined)}>
        <DataGrid
          label={t('metrics.table')}
          layoutName="metrics.series"
          columns={columns}
          rows={rows}
          rowId={(line) => line.key}
          rowHeight={30}
          maxHeight={360}
          sort={sort}
          onSort={(next) => {
            const id = SERIES_SORTS.find((one) => one === next.id);
            if (id) onSort(id, next.order);
          }}
          onHover={(line) => onPoint(line.key)}
          selected={only}
        />
      </div>
    </Panel>
  );
}
