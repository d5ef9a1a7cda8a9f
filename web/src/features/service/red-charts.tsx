import type { ServiceSeries } from '@hanok/contract';
import { nanosToMillis } from '@hanok/contract/time';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTenant } from '../../api/tenant.ts';
import { queryDurations } from '../../format/durations.ts';
import { t } from '../../i18n/index.ts';
import { type Covered, ratePerBucket } from '../../kit/chart/buckets.ts';
import { countMeasure, durationMeasure, shareMeasure } from '../../kit/chart/measure.ts';
import { type ChartSeries, TimeChart } from '../../kit/chart/time-chart.tsx';
import { Panel } from '../../kit/panel.tsx';
import { absoluteRange } from '../../time/range.ts';
import { useTime } from '../../time/use-time.ts';
import { type Picked, PickedPoint } from './picked-point.tsx';
import styles from './service-screen.module.css';

interface Props {
  readonly series: ServiceSeries;
  /** Nanoseconds, decimal. */
  readonly start: string;
  readonly step: string;
  readonly covered: Covered;
  /** Nanoseconds; what is slower is what the slow traces are. */
  readonly p95: number;
  /** What finds this service's spans. */
  readonly query: string;
}

const HEIGHT = 178;
const RATE = countMeasure('/s');
const SHARE = shareMeasure();
/** For durations in nanoseconds. */
const DURATION = durationMeasure();

/** Rate, errors, duration: three charts whose cursors move together, whose brushes set the range and whose points lead on. */
export function RedCharts({ series, start, step, covered, p95, query }: Props) {
  const tenant = useTenant();
  const { setRange } = useTime();
  const [picked, setPicked] = useState<Picked | undefined>();
  const startMs = nanosToMillis(start);
  const stepMs = nanosToMillis(step);
  const { fromMs, toMs } = covered;
  const charts = useMemo(
    () => redSeries(series, startMs, stepMs, { fromMs, toMs }),
    [series, startMs, stepMs, fromMs, toMs],
  );
  const shared = {
    startMs,
    stepMs,
    height: HEIGHT,
    syncKey: 'service-red',
    onZoom: (from: number, to: number) => setRange(absoluteRange(from, to)),
    onPick: (from: number, to: number) => setPicked({ fromMs: from, toMs: to }),
  };
  const traces = { to: '/t/$tenant/traces' as const, params: { tenant } };
  return (
    <>
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
          hint={<span title={t('services.quantile.about')}>{t('service.chart.about')}</span>}
          actions={
            <Link
              {...traces}
              search={{ query: `${query} duration:>=${queryDurations(p95, p95).low}`, order: 'slowest' }}
              className={styles.action}
            >
              {t('service.chart.slow')}
            </Link>
          }
        >
          <TimeChart {...shared} label={t('service.chart.duration')} series={charts.duration} measure={DURATION} />
        </Panel>
      </div>
      {picked && (
        <PickedPoint
          {...picked}
          query={query}
          onZoom={() => setRange(absoluteRange(picked.fromMs, picked.toMs))}
          onClose={() => setPicked(undefined)}
        />
      )}
    </>
  );
}

function redSeries(
  { requests, errors, p50, p95, p99 }: ServiceSeries,
  startMs: number,
  stepMs: number,
  covered: Covered,
): Record<'rate' | 'errors' | 'duration', ChartSeries[]> {
  const rates = (counts: readonly number[]) => ratePerBucket(counts, startMs, stepMs, covered);
  // No requests is not "no time".
  const durations = (nanos: readonly number[]) => nanos.map((value, i) => ((requests[i] ?? 0) > 0 ? value : null));
  return {
    rate: [
      { key: 'requests', label: t('services.col.rate'), token: '--series-1', values: rates(requests) },
      { key: 'errors', label: t('services.col.errors'), token: '--mark-bad', values: rates(errors) },
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
      { key: 'p50', label: 'p50', token: '--series-1', values: durations(p50) },
      { key: 'p95', label: 'p95', token: '--series-2', values: durations(p95) },
      { key: 'p99', label: 'p99', token: '--series-4', values: durations(p99) },
    ],
  };
}
