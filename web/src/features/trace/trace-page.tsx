import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { ApiError } from '../../api/client.ts';
import { traceQuery } from '../../api/signal-queries.ts';
import { anyValueText } from '../../format/any-value.ts';
import { formatDuration } from '../../format/durations.ts';
import { formatInstantFull } from '../../format/instants.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { isComposing, useShortcuts } from '../../keyboard/registry.ts';
import { Button } from '../../kit/button.tsx';
import { TextField } from '../../kit/field.tsx';
import { SplitHandle } from '../../kit/split-handle.tsx';
import { Empty, Failure, PartialNote, Skeleton } from '../../kit/states.tsx';
import { Visible } from '../../kit/visible.tsx';
import { usePreferences } from '../../preferences/preferences.ts';
import { tokenOfService } from '../../theme/service-colours.ts';
import { Minimap } from './minimap.tsx';
import { buildTrace, findRepeats, type TraceModel, visibleRows } from './model.ts';
import type { TraceSearch } from './search.ts';
import { SpanPanel } from './span-panel.tsx';
import styles from './trace-page.module.css';
import { Waterfall, type WaterfallHandle, type Zoom } from './waterfall.tsx';

interface Props {
  readonly tenant: string;
  readonly traceId: string;
  readonly search: TraceSearch;
  /** `replace` when the change is not worth a step back. */
  readonly onSearch: (change: Partial<TraceSearch>, replace: boolean) => void;
  readonly onFindSpans: (query: string, around: string) => void;
  readonly onOpenLogs: (query: string, around: string) => void;
  readonly onOpenTrace: (traceId: string, spanId: string) => void;
}

/** Pixels: a statement is readable in the one, names and bars in the other. */
const LEAST_PANEL = 320;
const LEAST_WATERFALL = 520;

/** One trace: minimap, waterfall with the critical path, and everything about the selected span. */
export function TracePage(props: Props) {
  const { tenant, traceId, search } = props;
  const trace = useQuery(traceQuery(tenant, traceId, search.ts));
  const model = useMemo(() => (trace.data ? buildTrace(trace.data.spans) : undefined), [trace.data]);
  if (trace.isError) {
    if (trace.error instanceof ApiError && trace.error.status === 404)
      return <Missing onRetry={() => void trace.refetch()} />;
    return <Failure error={trace.error} onRetry={() => void trace.refetch()} />;
  }
  if (!model || !trace.data) return <Skeleton rows={14} />;
  if (model.count === 0) return <Missing onRetry={() => void trace.refetch()} />;
  return (
    <div className={styles.frame}>
      <PartialNote stats={trace.data.stats} />
      {trace.data.total > model.count && (
        <p className={styles.notice}>{t('trace.truncated', { shown: model.count, total: trace.data.total })}</p>
      )}
      <Loaded {...props} model={model} />
    </div>
  );
}

function Missing({ onRetry }: { readonly onRetry: () => void }) {
  return (
    <Empty
      title={t('trace.notFound')}
      why={t('trace.notFoundWhy')}
      action={<Button onClick={onRetry}>{t('kit.retry')}</Button>}
    />
  );
}

function Loaded({
  tenant,
  model,
  search,
  onSearch,
  onFindSpans,
  onOpenLogs,
  onOpenTrace,
}: Props & { readonly model: TraceModel }) {
  const [collapsed, setCollapsed] = useState<ReadonlySet<number>>(() => new Set());
  const [zoom, setZoom] = useState<Zoom | null>(null);
  const shown = useMemo(() => zoom ?? { from: 0, to: Math.max(1, model.duration) }, [zoom, model]);
  const rows = useMemo(() => visibleRows(model, collapsed), [model, collapsed]);
  const selected = search.span === undefined ? -1 : (model.rowById.get(search.span) ?? -1);
  const needle = useDeferredValue(search.find ?? '');
  const matches = useMemo(() => findRows(model, needle), [model, needle]);
  const repeats = useMemo(() => findRepeats(model), [model]);
  const orphans = useMemo(() => model.orphan.reduce((sum, one) => sum + one, 0), [model]);
  const errors = useMemo(() => model.errors.reduce((sum, one) => sum + one, 0), [model]);
  const root = model.spans[0]!;
  const showCritical = search.critical !== 0;

  // A link to a span must show it, so its ancestors are unfolded.
  useEffect(() => {
    if (selected < 0) return;
    setCollapsed((before) => {
      const after = new Set(before);
      for (let row = model.parent[selected]!; row >= 0; row = model.parent[row]!) after.delete(row);
      return after.size === before.size ? before : after;
    });
  }, [selected, model]);
  // Without an open span the cursor stays where it was last, so that the walk goes on from there.
  const [walked, setWalked] = useState(-1);
  const isOpen = selected >= 0;
  const current = isOpen ? selected : walked;
  useEffect(() => {
    if (selected >= 0) setWalked(selected);
  }, [selected]);
  const tree = useRef<WaterfallHandle>(null);
  useEffect(() => {
    void isOpen;
    // The link or row that led here is gone, or the panel that was closed, and the focus with it: the keys are the tree's.
    if (document.activeElement === null || document.activeElement === document.body) tree.current?.focus();
  }, [isOpen]);
  const panel = usePreferences((state) => state.panels['trace']) ?? Math.round(window.innerWidth * 0.38);
  const mostPanel = Math.max(LEAST_PANEL, window.innerWidth - LEAST_WATERFALL);

  const select = useCallback((row: number) => onSearch({ span: model.spans[row]!.spanId }, true), [model, onSearch]);
  const move = useCallback((row: number) => (isOpen ? select(row) : setWalked(row)), [isOpen, select]);
  const close = () => onSearch({ span: undefined, tab: undefined }, true);
  useShortcuts([{ keys: 'Escape', label: 'trace.close', group: 'app.keys.screen', run: close }], isOpen);
  const onFindKey = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent)) return;
    if (event.key === 'Enter' && matches) {
      const next = rows.find((row) => row > current && matches.has(row)) ?? rows.find((row) => matches.has(row));
      if (next !== undefined) move(next);
    } else if (event.key === 'Escape' || event.key === 'ArrowDown') {
      event.preventDefault();
      tree.current?.focus();
    }
  };
  const toggle = useCallback(
    (row: number, all: boolean) =>
      setCollapsed((before) => {
        const after = new Set(before);
        const fold = !before.has(row);
        const end = all ? row + model.subtree[row]! : row + 1;
        for (let at = row; at < end; at++) {
          if (model.subtree[at]! <= 1) continue;
          if (fold) after.add(at);
          else after.delete(at);
        }
        return after;
      }),
    [model],
  );
  const words = useMemo(
    () => ({
      collapse: t('trace.collapse'),
      expand: t('trace.expand'),
      orphan: t('trace.orphan'),
      error: t('trace.error'),
    }),
    [],
  );

  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <div className={styles.title}>
          <p className={styles.service}>
            <span className={styles.dot} style={{ background: `var(${tokenOfService(root.serviceName)})` }} />
            <span>
              <Visible text={root.serviceName} name />
            </span>
          </p>
          <h2>
            <Visible text={root.name} name />
          </h2>
        </div>
        <ul className={styles.facts}>
          <li className={styles.big}>{formatDuration(model.duration)}</li>
          <li>{t('trace.spans', { count: model.count })}</li>
          <li>{t('trace.services', { count: model.services.length })}</li>
          {errors > 0 && <li className={styles.bad}>{t('trace.errors', { count: errors })}</li>}
          <li>{formatInstantFull(root.startTime)}</li>
        </ul>
      </header>
      {orphans > 0 && <p className={styles.notice}>{t('trace.orphans', { count: orphans })}</p>}
      {repeats.slice(0, 3).map((repeat) => (
        <p key={repeat.first} className={styles.notice}>
          <button type="button" onClick={() => select(repeat.first)}>
            {t('trace.repeats', {
              count: repeat.rows.length,
              name: visibleName(model.spans[repeat.first]!.name),
              duration: formatDuration(repeat.total),
            })}
          </button>
        </p>
      ))}
      <div className={styles.minimap}>
        <Minimap
          model={model}
          zoom={shown}
          label={t('trace.minimap')}
          formatDuration={formatDuration}
          onZoom={setZoom}
        />
      </div>
      <div className={styles.toolbar}>
        <TextField
          label={t('trace.filter')}
          hideLabel
          icon="search"
          type="search"
          placeholder={t('trace.filter')}
          className={styles.find}
          data-search
          title={t('trace.findKeys')}
          value={search.find ?? ''}
          onKeyDown={onFindKey}
          onChange={(event) => onSearch({ find: event.target.value || undefined }, true)}
        />
        {matches && <span className={styles.count}>{t('trace.matches', { count: matches.size })}</span>}
        <Button
          size="s"
          pressed={showCritical}
          title={t('trace.criticalHelp')}
          onClick={() => onSearch({ critical: showCritical ? 0 : undefined }, true)}
        >
          {t('trace.critical')}
        </Button>
        <Button size="s" onClick={() => setCollapsed(collapsed.size > 0 ? new Set() : foldable(model))}>
          {collapsed.size > 0 ? t('trace.expandAll') : t('trace.collapseAll')}
        </Button>
        {zoom && (
          <Button size="s" onClick={() => setZoom(null)}>
            {t('trace.resetZoom')}
          </Button>
        )}
      </div>
      <div
        className={styles.split}
        data-open={selected >= 0 || undefined}
        style={{ '--panel': `${Math.min(panel, mostPanel)}px` } as React.CSSProperties}
      >
        <div className={styles.waterfall}>
          <Waterfall
            model={model}
            rows={rows}
            collapsed={collapsed}
            ref={tree}
            current={current}
            matches={matches}
            showCritical={showCritical}
            zoom={shown}
            label={t('trace.waterfall')}
            formatDuration={formatDuration}
            words={words}
            onMove={move}
            onOpen={select}
            onToggle={toggle}
          />
        </div>
        {selected >= 0 && (
          <SplitHandle
            label={t('trace.panelWidth')}
            width={Math.min(panel, mostPanel)}
            least={LEAST_PANEL}
            most={mostPanel}
            onChange={(width) => {
              const { panels, set } = usePreferences.getState();
              set({ panels: { ...panels, trace: width } });
            }}
          />
        )}
        {selected >= 0 && (
          <SpanPanel
            tenant={tenant}
            model={model}
            row={selected}
            tab={search.tab ?? 'overview'}
            onTab={(tab) => onSearch({ tab }, true)}
            onClose={close}
            onSelectSpan={(span) => onSearch({ span }, false)}
            onFindSimilar={(field, value) => onFindSpans(`${field}:${JSON.stringify(value)}`, root.startTime)}
            onOpenLogs={(query) => onOpenLogs(query, root.startTime)}
            onOpenTrace={onOpenTrace}
          />
        )}
      </div>
    </div>
  );
}

function foldable(model: TraceModel): ReadonlySet<number> {
  const rows = new Set<number>();
  // The roots stay open: folding those would leave nothing to look at.
  for (let row = 0; row < model.count; row++) if (model.parent[row]! >= 0 && model.subtree[row]! > 1) rows.add(row);
  return rows;
}

/** Rows whose name, service, status message or an attribute value contains the text; undefined for no text. */
function findRows(model: TraceModel, text: string): ReadonlySet<number> | undefined {
  const needle = text.trim().toLocaleLowerCase();
  if (needle === '') return undefined;
  const rows = new Set<number>();
  for (let row = 0; row < model.count; row++) {
    const span = model.spans[row]!;
    const hit =
      span.name.toLocaleLowerCase().includes(needle) ||
      span.serviceName.toLocaleLowerCase().includes(needle) ||
      span.spanId.startsWith(needle) ||
      span.statusMessage?.toLocaleLowerCase().includes(needle) ||
      Object.entries(span.attributes).some(
        ([key, value]) =>
          key.toLocaleLowerCase().includes(needle) || anyValueText(value).toLocaleLowerCase().includes(needle),
      );
    if (hit) rows.add(row);
  }
  return rows;
}
