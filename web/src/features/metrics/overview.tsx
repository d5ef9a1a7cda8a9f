import type { MetricInfo } from '@hanok/contract';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { metricsSeriesQuery } from '../../api/queries.ts';
import { formatExact } from '../../format/numbers.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { TimeChart } from '../../kit/chart/time-chart.tsx';
import { Skeleton } from '../../kit/states.tsx';
import type { TimeRange } from '../../time/range.ts';
import { TypeBadge } from './metric-head.tsx';
import styles from './overview.module.css';
import { gridOf, largestOf, linesOf } from './series.ts';
import { measureOf, unitName } from './units.ts';

interface Props {
  readonly tenant: string;
  readonly range: TimeRange;
  readonly metrics: readonly MetricInfo[];
  readonly onOpen: (name: string) => void;
  /** Unix milliseconds. */
  readonly onRange: (fromMs: number, toMs: number) => void;
}

const SHOWN = 6;
const HEIGHT = 140;

/** Before a metric is chosen: those that most services send, each with the picture it opens with. */
export function Overview({ metrics, ...props }: Props) {
  const widest = useMemo(
    () =>
      [...metrics]
        .sort((a, b) => b.services.length - a.services.length || b.series - a.series || a.name.localeCompare(b.name))
        .slice(0, SHOWN),
    [metrics],
  );
  return (
    <div className={styles.overview}>
      <header className={styles.intro}>
        <h2>{t('metrics.choose')}</h2>
        <p>{t('metrics.chooseWhy')}</p>
      </header>
      <ul className={styles.grid}>
        {widest.map((metric) => (
          <li key={metric.name} className={styles.card}>
            <Card metric={metric} {...props} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Card({ tenant, range, metric, onOpen, onRange }: Omit<Props, 'metrics'> & { readonly metric: MetricInfo }) {
  const answer = useQuery(metricsSeriesQuery(tenant, { ...range, metric: metric.name, limit: 8, points: 90 }));
  const { data } = answer;
  const lines = useMemo(
    () => linesOf(data?.series ?? [], data?.groupBy ?? [], { all: t('metrics.all'), none: t('metrics.blank') }),
    [data],
  );
  const measure = useMemo(() => measureOf(data?.unit ?? '', metric.name), [data?.unit, metric.name]);
  const grid = data && gridOf(data);
  const cut =
    data &&
    data.moreSeries > 0 &&
    t('metrics.moreShort', { shown: formatExact(lines.length), total: formatExact(lines.length + data.moreSeries) });
  const unit = data && (measure(largestOf(lines)).unit || unitName(data.unit));
  return (
    <>
      <div className={styles.head}>
        <button
          type="button"
          className={styles.name}
          title={visibleName(metric.description)}
          onClick={() => onOpen(metric.name)}
        >
          {visibleName(metric.name)}
        </button>
        <TypeBadge metric={data?.metric ?? metric} />
      </div>
      {data && grid ? (
        <>
          <p className={styles.hint}>
            {[t(`metrics.agg.${data.aggregate}`), unit, ...data.groupBy.map(visibleName), cut]
              .filter(Boolean)
              .join(' · ')}
          </p>
          <TimeChart
            label={t('metrics.chart', {
              metric: visibleName(metric.name),
              aggregate: t(`metrics.agg.${data.aggregate}`),
            })}
            startMs={grid.startMs}
            stepMs={grid.stepMs}
            bridge={grid.bridge}
            incompleteFrom={data.incompleteFrom}
            series={lines}
            measure={measure}
            zeroBased={metric.type !== 'gauge'}
            height={HEIGHT}
            legend="none"
            syncKey="metrics"
            onZoom={onRange}
          />
        </>
      ) : (
        !answer.isError && <Skeleton height={HEIGHT} />
      )}
    </>
  );
}
