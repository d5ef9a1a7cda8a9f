import type { ServiceRow } from '@hanok/contract';
import { nanosToMillis } from '@hanok/contract/time';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTenant } from '../../app/tenant.ts';
import { t } from '../../i18n/index.ts';
import { countMeasure, durationMeasure, shareMeasure } from '../../kit/chart/measure.ts';
import { type ChartSeries, TimeChart } from '../../kit/chart/time-chart.tsx';
import { Panel } from '../../kit/panel.tsx';
import { absoluteRange } from '../../time/range.ts';
import { useTime } from '../../time/use-time.ts';
import { ratePerBucket } from './buckets.ts';
import styles from './service-screen.module.css';

interface Props {
  readonly row: ServiceRow;
  /** Nanoseconds, decimal. */
  readonly start: string;
  readonly step: string;
  /** When the counts were taken, Unix milliseconds. */
  readonly takenMs: number;
  /** What finds this service's spans. */
  readonly query: string;
}

const HEIGHT = 178;
const RATE = countMeasure('/s');
const SHARE = shareMeasure();
/** Of nanoseconds. */
const DURATION = durationMeasure();

/** Rate, errors, duration: three charts whose cursors move together and whose brushes set the range of the page. */
export function RedCharts({ row, start, step, takenMs, query }: Props) {
  const tenant = useTenant();
  const { setRange } = useTime();
  const startMs = nanosToMillis(start);
  const stepMs = nanosToMillis(step);
  const charts = useMemo(() => redSeries(row, startMs, stepMs, takenMs), [row, startMs, stepMs, takenMs]);
  const shared = {
    startMs,
    stepMs,
    height: HEIGHT,
    syncKey: 'service-red',
    onZoom: (fromMs: number, toMs: number) => setRange(absoluteRange(fromMs, toMs)),
  };
  const traces = { to: '/t/$tenant/traces' as const, params: { tenant } };
  return (
    <div className={styles.charts}>
      <Panel
        flush
        title={t('service.chart.rate')}
        actions={
          <Link {...traces} search={{ query }} className={styles.action}>
            {t('service.chart.all')}
          </Link>
        }
      >
        <TimeChart {...shared} label={t('service.chart.rate')} series={charts.rate} measure={RATE} />
      </Panel>
      <Panel
        flush
        title={t('service.chart.errors')}
        actions={
          <Link {...traces} search={{ query: `${query} status:error` }} className={styles.action}>
            {t('service.chart.failing')}
          </Link>
        }
      >
        <TimeChart {...shared} label={t('service.chart.errors')} series={charts.errors} measure={SHARE} />
      </Panel>
      <Panel
        flush
        title={t('service.chart.duration')}
        actions={
          <Link
            {...traces}
            search={{ query: `${query} duration:>=${Math.round(row.p95)}ns`, order: 'slowest' }}
            className={styles.action}
          >
            {t('service.chart.slow')}
          </Link>
        }
      >
        <TimeChart {...shared} label={t('service.chart.duration')} series={charts.duration} measure={DURATION} />
      </Panel>
    </div>
  );
}

function redSeries(
  row: ServiceRow,
  startMs: number,
  stepMs: number,
  takenMs: number,
): Record<'rate' | 'errors' | 'duration', ChartSeries[]> {
  const rates = (counts: readonly number[]) => ratePerBucket(counts, startMs, stepMs, takenMs);
  const { requests, errors, p95 } = row.series;
  return {
    rate: [
      {
        key: 'requests',
        label: t('services.col.rate'),
        token: '--series-1',
        values: rates(requests),
      },
      {
        key: 'errors',
        label: t('services.col.errors'),
        token: '--mark-bad',
        values: rates(errors),
      },
    ],
    errors: [
      {
        key: 'share',
        label: t('service.chart.share'),
        token: '--mark-bad',
        // No requests is not "no errors".
        values: requests.map((count, i) => (count > 0 ? (errors[i] ?? 0) / count : null)),
      },
    ],
    duration: [
      {
        key: 'p95',
        label: 'p95',
        token: '--series-2',
        values: p95.map((nanos, i) => ((requests[i] ?? 0) > 0 ? nanos : null)),
      },
    ],
  };
}
