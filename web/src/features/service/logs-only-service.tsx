import type { LogServiceRow, Stats } from '@hanok/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { histogramQuery } from '../../api/signal-queries.ts';
import { useTenant } from '../../api/tenant.ts';
import { formatClock, formatInstantFull, formatLastSeen, formatSince, viewerZone } from '../../format/instants.ts';
import { formatCount, formatExact, formatRate } from '../../format/numbers.ts';
import { currentLocale, t } from '../../i18n/index.ts';
import { AsOf } from '../../kit/as-of.tsx';
import { StateDot } from '../../kit/badge.tsx';
import { StackedBars } from '../../kit/chart/stacked-bars.tsx';
import { Icon } from '../../kit/icon.tsx';
import { levelBars } from '../../kit/level-bars.ts';
import { Panel } from '../../kit/panel.tsx';
import { ServiceDot } from '../../kit/services/service-dot.tsx';
import { Stat } from '../../kit/stat.tsx';
import { Dimmed, FailureLine, PartialNote, Skeleton } from '../../kit/states.tsx';
import { absoluteRange } from '../../time/range.ts';
import { useTime } from '../../time/use-time.ts';
import styles from './service-screen.module.css';

interface Props {
  readonly row: LogServiceRow;
  /** What finds this service's logs. */
  readonly query: string;
  /** When the figures came, Unix milliseconds. */
  readonly at: number;
  readonly dimmed: boolean;
  readonly stats: Stats;
}

const BUCKETS = 90;

/** A service that sends logs and no spans: how much it says, how much of it is errors, when it was last heard, and how to see more. */
export function LogsOnlyService({ row, query, at, dimmed, stats }: Props) {
  const tenant = useTenant();
  const { range, setRange } = useTime();
  const bars = useQuery(histogramQuery(tenant, 'logs', { ...range, query, buckets: BUCKETS, by: 'level' }));
  const series = useMemo(() => levelBars(bars.data?.series ?? []), [bars.data]);
  const logs = { to: '/t/$tenant/logs' as const, params: { tenant } };
  return (
    <div className={styles.screen}>
      <Dimmed when={dimmed} className={styles.head ?? ''}>
        <div className={styles.state}>
          <StateDot
            tone={row.silent ? 'silent' : 'none'}
            label={t(row.silent ? 'services.health.silent' : 'services.health.logs')}
          />
          <ServiceDot name={row.name} />
          <span>{t('services.health.logs')}</span>
          <span className={styles.seen}>
            <AsOf at={at} />
          </span>
        </div>
        <div className={styles.stats}>
          <Stat
            label={t('services.col.logs')}
            value={formatRate(row.rate, 'min')}
            note={t('service.requests', { count: formatCount(row.records) })}
            tone={row.silent ? 'warn' : undefined}
          />
          <Stat
            label={t('service.logs.errors')}
            value={formatExact(row.errors)}
            tone={row.errors > 0 ? 'bad' : undefined}
          />
          <Stat
            label={t('service.logs.heard')}
            value={<span title={formatInstantFull(row.lastSeen)}>{formatLastSeen(row.lastSeen, Date.now())}</span>}
          />
        </div>
        <div className={styles.ways}>
          <Link {...logs} search={{ query: `${query} level:>=error` }} className={styles.way}>
            <Icon name="warning" size={14} />
            {t('service.logs.errors')}
          </Link>
          <Link {...logs} search={{ query }} className={styles.way}>
            <Icon name="logs" size={14} />
            {t('app.nav.logs')}
          </Link>
        </div>
      </Dimmed>
      <PartialNote stats={stats} />
      {row.silent && (
        <p className={styles.silent} role="status">
          <Icon name="warning" size={14} />
          {t('service.silentLogs', { span: formatSince(row.lastSeen, Date.now()) })}
        </p>
      )}
      <p className={styles.logsWhy}>
        <Icon name="info" size={14} />
        <span>
          {t('service.logs.why')}{' '}
          <Link to="/t/$tenant/home" params={{ tenant }} hash="connect">
            {t('service.logs.connect')}
          </Link>
        </span>
      </p>
      <Panel title={t('service.logs.chart')}>
        {bars.isError && !bars.data ? (
          <FailureLine error={bars.error} onRetry={() => void bars.refetch()} />
        ) : !bars.data ? (
          <Skeleton height={178} />
        ) : (
          <Dimmed when={bars.isPlaceholderData}>
            <StackedBars
              start={Number(BigInt(bars.data.start) / 1_000_000n)}
              step={Number(BigInt(bars.data.step)) / 1e6}
              series={series}
              height={178}
              locale={currentLocale()}
              timeZone={viewerZone()}
              label={t('service.logs.chart')}
              formatCount={formatCount}
              describe={describeBucket}
              onBrush={(from, to) => setRange(absoluteRange(from, to))}
            />
          </Dimmed>
        )}
      </Panel>
    </div>
  );
}

const describeBucket: Parameters<typeof StackedBars>[0]['describe'] = ({ from, to, total, parts }) =>
  t('service.logs.bucket', {
    from: formatClock(from, true),
    to: formatClock(to, true),
    total: formatCount(total),
    parts: parts.map((part) => `${part.key} ${formatCount(part.count)}`).join(' · '),
  });
