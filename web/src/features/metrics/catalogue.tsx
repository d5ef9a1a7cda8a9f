import type { MetricListed } from '@hanok/contract';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { metricsQuery } from '../../api/queries.ts';
import { matchesHangul } from '../../format/hangul.ts';
import { formatExact } from '../../format/numbers.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { isComposing } from '../../keyboard/registry.ts';
import { Button, IconButton } from '../../kit/button.tsx';
import { TextField } from '../../kit/field.tsx';
import type { Column } from '../../kit/grid/column.ts';
import { DataGrid, type DataGridHandle } from '../../kit/grid/data-grid.tsx';
import { Empty } from '../../kit/states.tsx';
import { Visible } from '../../kit/visible.tsx';
import type { TimeRange } from '../../time/range.ts';
import styles from './catalogue.module.css';
import { seenDay, TypeBadge } from './metric-head.tsx';
import { unitName } from './units.ts';

interface Props {
  readonly tenant: string;
  readonly range: TimeRange;
  readonly metrics: readonly MetricListed[];
  readonly dimmed: boolean;
  readonly find: string;
  readonly onFind: (text: string) => void;
  readonly selected: string | undefined;
  readonly onOpen: (name: string) => void;
}

/** As many as `metricsQuery` asks for: a list this long may go on, so the server searches then. */
const WHOLE_LIST = 2_000;
const ROW = 48;
const URL_DELAY_MS = 300;

/** Every metric of the range, by name. `/` finds, `j` and `k` walk, Enter opens. */
export function Catalogue({ tenant, range, metrics, dimmed, find, onFind, selected, onOpen }: Props) {
  const [text, setText] = useState(find);
  const wanted = useDeferredValue(text);
  useWriteLate(text, find, onFind);
  const goesOn = metrics.length >= WHOLE_LIST;
  const deep = useQuery({ ...metricsQuery(tenant, range, wanted.trim()), enabled: goesOn && wanted.trim() !== '' });
  const all = goesOn && wanted.trim() !== '' && deep.data ? deep.data.metrics : metrics;
  const rows = useMemo(
    () =>
      all.filter(
        (one) =>
          matchesHangul(one.name, wanted) ||
          matchesHangul(one.description, wanted) ||
          one.services.some((service) => matchesHangul(service, wanted)),
      ),
    [all, wanted],
  );

  const grid = useRef<DataGridHandle>(null);
  const onOpenRow = useCallback((row: MetricListed) => onOpen(row.name), [onOpen]);
  const onFindKey = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent)) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      grid.current?.move(event.code);
    } else if (event.key === 'Enter') grid.current?.openCurrent();
    else if (event.key === 'Escape' && text !== '') {
      event.preventDefault();
      setText('');
    }
  };

  return (
    <nav className={styles.catalogue} aria-label={t('metrics.catalogue')}>
      <div className={styles.find}>
        <TextField
          label={t('metrics.find')}
          hideLabel
          icon="search"
          type="search"
          data-search
          placeholder={t('metrics.find')}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onFindKey}
          trailing={
            text !== '' && (
              <IconButton icon="close" size="s" label={t('metrics.clearFind')} onClick={() => setText('')} />
            )
          }
        />
        <p className={styles.count} aria-live="polite">
          {rows.length === all.length
            ? t('metrics.count', { count: all.length })
            : t('metrics.countOf', { shown: formatExact(rows.length), total: formatExact(all.length) })}
        </p>
      </div>
      {rows.length === 0 ? (
        <Empty
          title={t('metrics.notFound')}
          why={t('metrics.notFoundWhy', { text: wanted })}
          action={<Button onClick={() => setText('')}>{t('metrics.clearFind')}</Button>}
        />
      ) : (
        <DataGrid
          ref={grid}
          keys
          hideHead
          label={t('metrics.catalogue')}
          layoutName="metrics.catalogue"
          columns={COLUMNS}
          rows={rows}
          rowId={nameOf}
          rowHeight={ROW}
          busy={dimmed}
          selected={selected}
          onOpen={onOpenRow}
        />
      )}
    </nav>
  );
}

const nameOf = (metric: MetricListed): string => metric.name;

const COLUMNS: readonly Column<MetricListed>[] = [
  {
    id: 'metric',
    get header() {
      return t('metrics.catalogue');
    },
    width: 180,
    grow: 1,
    fixed: true,
    cell: (row) => (
      <span className={styles.row} title={visibleName(row.description || row.name)}>
        <span className={styles.name}>
          <Visible text={row.name} name />
        </span>
        <span className={styles.facts}>
          <TypeBadge metric={row} />
          {unitName(row.unit) && <span className={styles.unit}>{unitName(row.unit)}</span>}
          {row.forms > 1 && <span>{t('metrics.forms.count', { count: row.forms })}</span>}
          <span>{t('metrics.series', { count: row.series })}</span>
          <span className={styles.seen}>{seenDay(row.lastSeen)}</span>
        </span>
      </span>
    ),
  },
];

/** What is typed goes to the URL when the typing rests, so that the history is not full of half words. */
function useWriteLate(text: string, written: string, write: (text: string) => void): void {
  const latest = useRef(write);
  latest.current = write;
  useEffect(() => {
    if (text === written) return;
    const timer = window.setTimeout(() => latest.current(text), URL_DELAY_MS);
    return () => window.clearTimeout(timer);
  }, [text, written]);
}
