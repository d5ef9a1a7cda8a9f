import type { MetricListed } from '@hanok/contract';
import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { metricsQuery } from '../../api/queries.ts';
import { matchesHangul } from '../../format/hangul.ts';
import { formatExact } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import { isComposing, useShortcuts } from '../../keyboard/registry.ts';
import { Button, IconButton } from '../../kit/button.tsx';
import { TextField } from '../../kit/field.tsx';
import { join } from '../../kit/join.ts';
import { Dimmed, Empty } from '../../kit/states.tsx';
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

  const scroller = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState(-1);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  // A link that names a metric shows it in the list too, once.
  const shown = useRef(false);
  useEffect(() => {
    if (shown.current || rows.length === 0) return;
    shown.current = true;
    const at = rows.findIndex((row) => row.name === selected);
    setCursor(at);
    if (at >= 0) virtual.scrollToIndex(at, { align: 'center' });
  }, [rows, selected, virtual]);
  const move = (to: number) => {
    if (rows.length === 0) return;
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setCursor(next);
    virtual.scrollToIndex(next);
  };
  const openAt = (index: number) => {
    const row = rows[index];
    if (!row) return;
    setCursor(index);
    onOpen(row.name);
  };
  useShortcuts([
    { keys: 'j', label: 'metrics.next', group: 'app.keys.lists', run: () => move(cursor + 1) },
    { keys: 'k', label: 'metrics.previous', group: 'app.keys.lists', run: () => move(cursor - 1) },
    { keys: 'Enter', label: 'metrics.openKey', group: 'app.keys.lists', run: () => openAt(cursor) },
  ]);
  const onFindKey = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent)) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      move(cursor + (event.key === 'ArrowDown' ? 1 : -1));
    } else if (event.key === 'Enter') openAt(Math.max(0, cursor));
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
          onChange={(event) => {
            setText(event.target.value);
            setCursor(-1);
          }}
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
        <div ref={scroller} className={styles.scroller}>
          <Dimmed when={dimmed}>
            <ul className={styles.list} style={{ height: virtual.getTotalSize() }}>
              {virtual.getVirtualItems().map((item) => {
                const row = rows[item.index];
                if (!row) return null;
                return (
                  <li key={row.name} style={{ height: ROW, transform: `translateY(${item.start}px)` }}>
                    <button
                      type="button"
                      data-row={item.index}
                      aria-current={row.name === selected ? 'true' : undefined}
                      className={join(styles.row, item.index === cursor && styles.cursor)}
                      title={row.description || row.name}
                      onClick={() => openAt(item.index)}
                    >
                      <span className={styles.name}>{row.name}</span>
                      <span className={styles.facts}>
                        <TypeBadge metric={row} />
                        {unitName(row.unit) && <span className={styles.unit}>{unitName(row.unit)}</span>}
                        {row.forms > 1 && <span>{t('metrics.forms.count', { count: row.forms })}</span>}
                        <span>{t('metrics.series', { count: row.series })}</span>
                        <span className={styles.seen}>{seenDay(row.lastSeen)}</span>
                      </span>
                    </button>
                  </li>
                );
              })}
            </ul>
          </Dimmed>
        </div>
      )}
    </nav>
  );
}

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
