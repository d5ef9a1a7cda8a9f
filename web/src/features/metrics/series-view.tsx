import type { MetricsQueryResponse } from '@hanok/contract';
import { Link, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { formatDuration } from '../../format/durations.ts';
import { formatClock, formatInstant } from '../../format/instants.ts';
import { formatExact } from '../../format/numbers.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { type ChartMarker, TimeChart } from '../../kit/chart/time-chart.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Popover } from '../../kit/popover.tsx';
import { Dimmed, PartialNote } from '../../kit/states.tsx';
import styles from './metric-view.module.css';
import type { MetricsSearch } from './search.ts';
import { type ExemplarMarker, gridOf, largestOf, linesOf, MANY_LINES, markersOf, scaleTop } from './series.ts';
import { SeriesTable } from './series-table.tsx';
import { SmallCharts } from './small-charts.tsx';
import { measureOf, unitName } from './units.ts';

interface Props {
  readonly tenant: string;
  readonly answer: MetricsQueryResponse;
  readonly dimmed: boolean;
  readonly groups: readonly string[];
  readonly search: MetricsSearch;
  readonly aggregateName: string;
  readonly onSearch: (change: Partial<MetricsSearch>) => void;
  /** Unix milliseconds. */
  readonly onRange: (fromMs: number, toMs: number) => void;
  readonly onFilter: (field: string, value: string) => void;
  /** Absent when no more lines can be asked for. */
  readonly onMore: (() => void) | undefined;
}

/** The lines of a metric: chart or small charts, the table that is their legend, the traces behind them. */
export function SeriesView(props: Props) {
  const { tenant, answer, dimmed, groups, search, aggregateName, onSearch, onRange, onFilter, onMore } = props;
  const navigate = useNavigate();
  const [pointed, setPointed] = useState<string | undefined>();
  const name = answer.metric?.name ?? search.metric ?? '';
  const measure = useMemo(() => measureOf(answer.unit, name), [answer.unit, name]);
  const { startMs, stepMs, windowMs, bridge } = gridOf(answer);
  const incompleteFrom = answer.incompleteFrom;
  const lines = useMemo(
    () => linesOf(answer.series, groups, { all: t('metrics.all'), none: t('metrics.blank') }, incompleteFrom),
    [answer.series, groups, incompleteFrom],
  );
  const only = lines.some((line) => line.key === search.only) ? search.only : undefined;
  const drawn = useMemo(() => (only === undefined ? lines : lines.filter((line) => line.key === only)), [lines, only]);
  const scale = useMemo(() => measure(largestOf(lines)), [measure, lines]);
  const { format } = scale;
  const markers = useMemo(
    () => markersOf(answer, (value, at) => t('metrics.exemplar', { value: format(value), time: formatInstant(at) })),
    [answer, format],
  );
  const most = useMemo(() => scaleTop(drawn, markers), [drawn, markers]);
  const openMarker = useCallback(
    (marker: ChartMarker) => {
      const found = markers.find((one) => one.id === marker.id);
      if (found)
        void navigate({
          to: '/t/$tenant/traces/$traceId',
          params: { tenant, traceId: found.traceId },
          search: { span: found.spanId, ts: found.timestamp },
        });
    },
    [markers, navigate, tenant],
  );
  const label = t('metrics.chart', { metric: visibleName(name), aggregate: aggregateName });
  return (
    <>
      <PartialNote stats={answer.stats} />
      {answer.mixedWriters && (
        <p className={styles.warning} role="status">
          {t('metrics.mixedWriters')}
        </p>
      )}
      <Panel
        flush
        title={aggregateName}
        hint={[scale.unit || unitName(answer.unit), stepWords(stepMs, windowMs)].filter(Boolean).join(' · ')}
        actions={
          <>
            {only !== undefined && (
              <Button size="s" icon="close" onClick={() => onSearch({ only: undefined })}>
                {t('metrics.showAll')}
              </Button>
            )}
            {markers.length > 0 && (
              <Exemplars tenant={tenant} markers={markers} format={format} drawn={!search.split} />
            )}
          </>
        }
      >
        <Dimmed when={dimmed} className={styles.chart ?? ''}>
          {search.split ? (
            <SmallCharts
              lines={lines}
              attribute={search.split}
              startMs={startMs}
              stepMs={stepMs}
              measure={measure}
              incompleteFrom={incompleteFrom}
              bridge={bridge}
              label={label}
              onZoom={onRange}
              onFilter={onFilter}
            />
          ) : (
            <TimeChart
              label={label}
              startMs={startMs}
              stepMs={stepMs}
              series={drawn}
              markers={markers}
              measure={measure}
              incompleteFrom={incompleteFrom}
              bridge={bridge}
              zeroBased={answer.metric?.type !== 'gauge'}
              height={300}
              most={most}
              legend="none"
              highlight={only === undefined ? pointed : undefined}
              onZoom={onRange}
              onMarker={openMarker}
            />
          )}
        </Dimmed>
      </Panel>
      {incompleteFrom < (lines[0]?.values.length ?? 0) && <p className={styles.more}>{t('metrics.incomplete')}</p>}
      {answer.moreSeries > 0 && (
        <p className={styles.more}>
          {t('metrics.more', {
            shown: formatExact(lines.length),
            total: formatExact(lines.length + answer.moreSeries),
          })}{' '}
          {onMore ? (
            <Button size="s" onClick={onMore}>
              {t('metrics.more.load', { count: MANY_LINES })}
            </Button>
          ) : (
            t('metrics.more.narrow')
          )}
        </p>
      )}
      {!search.split && (
        <SeriesTable
          lines={lines}
          groups={groups}
          format={format}
          sort={{ id: search.sort ?? 'max', order: search.order ?? 'desc' }}
          onSort={(sort, order) => onSearch({ sort, order })}
          only={only}
          onOnly={(key) => onSearch({ only: key })}
          onPoint={setPointed}
        />
      )}
    </>
  );
}

/** How much time a point stands for; both where windows overlap. */
function stepWords(stepMs: number, windowMs: number): string {
  const step = formatDuration(stepMs * 1e6);
  return windowMs > stepMs
    ? t('metrics.window', { step, window: formatDuration(windowMs * 1e6) })
    : t('metrics.step', { step });
}

const MOST_LISTED = 24;

/** The diamonds as a list, for the keyboard and for fingers. */
function Exemplars({
  tenant,
  markers,
  format,
  drawn,
}: {
  tenant: string;
  markers: readonly ExemplarMarker[];
  format: (value: number) => string;
  drawn: boolean;
}) {
  const largest = [...markers].sort((a, b) => b.value - a.value).slice(0, MOST_LISTED);
  return (
    <Popover
      label={t('metrics.exemplars.title')}
      align="end"
      trigger={
        <Button size="s" tone="quiet" icon="traces">
          {t('metrics.exemplars', { count: markers.length })}
        </Button>
      }
    >
      <div className={styles.exemplars}>
        <strong>{t('metrics.exemplars.title')}</strong>
        {drawn && <p>{t('metrics.exemplars.hint')}</p>}
        <ul>
          {largest.map((one) => (
            <li key={one.id}>
              <Link
                to="/t/$tenant/traces/$traceId"
                params={{ tenant, traceId: one.traceId }}
                search={{ span: one.spanId, ts: one.timestamp }}
              >
                <b>{format(one.value)}</b>
                <span>{formatClock(one.timestamp, true)}</span>
                <code>{one.traceId.slice(0, 12)}…</code>
              </Link>
            </li>
          ))}
        </ul>
      </div>
    </Popover>
  );
}
