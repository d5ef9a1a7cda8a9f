import type { ServiceRow, ServicesResponse } from '@hanok/contract';
import { nanosToMillis } from '@hanok/contract/time';
import { Link } from '@tanstack/react-router';
import { formatInstantFull, formatLastSeen, formatSince } from '../../format/instants.ts';
import { formatExact, formatRate, formatShare, type RateUnit } from '../../format/numbers.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { Badge, StateDot } from '../badge.tsx';
import { ratePerBucket } from '../chart/buckets.ts';
import type { Column } from '../grid/column.ts';
import { rowTarget } from '../grid/data-grid.tsx';
import { Sparkline } from '../sparkline.tsx';
import { Visible } from '../visible.tsx';
import styles from './columns.module.css';
import { healthOf, toneOf } from './health.ts';
import { Quantile } from './quantile.tsx';
import { ServiceDot } from './service-dot.tsx';

export function ServiceName({ row, tenant, env }: { row: ServiceRow; tenant: string; env?: string | undefined }) {
  const health = healthOf(row);
  return (
    <>
      <StateDot tone={health} label={t(`services.health.${health}`)} />
      <ServiceDot name={row.name} />
      <Link
        to="/t/$tenant/services/$service"
        params={{ tenant, service: row.name }}
        search={env ? { env } : {}}
        className={rowTarget}
        title={visibleName(row.name)}
      >
        <Visible text={row.name} name />
      </Link>
      {row.silent && (
        <span className={styles.silent}>
          <Badge tone="warn">{t('services.silent', { span: formatSince(row.lastSeen, Date.now()) })}</Badge>
        </span>
      )}
    </>
  );
}

export function ErrorRate({ row }: { row: Pick<ServiceRow, 'requests' | 'errors' | 'errorRate'> }) {
  return (
    <span
      className={styles.figure}
      data-tone={row.requests === 0 ? 'none' : toneOf(row.errorRate)}
      title={t('services.errors.exact', { count: row.errors, exact: formatExact(row.errors) })}
    >
      {/* No requests is not "no errors". */}
      {row.requests === 0 ? '–' : formatShare(row.errorRate)}
    </span>
  );
}

function Figure(props: Parameters<typeof Quantile>[0]) {
  return (
    <span className={styles.figure}>
      <Quantile {...props} />
    </span>
  );
}

type Grid = Pick<ServicesResponse, 'start' | 'step' | 'coveredFrom' | 'coveredTo'>;

/** Counts as rates, for the first and the last bucket are seldom whole; one that has hardly begun is left out. */
function ratesOf(counts: readonly number[], grid: Grid | undefined): readonly number[] {
  if (!grid) return counts;
  const counted = { fromMs: nanosToMillis(grid.coveredFrom), toMs: nanosToMillis(grid.coveredTo) };
  return ratePerBucket(counts, nanosToMillis(grid.start), nanosToMillis(grid.step), counted).filter(
    (rate) => rate !== null,
  );
}

export function serviceColumns(
  tenant: string,
  env: string | undefined,
  grid: Grid | undefined,
  unit: RateUnit,
): readonly Column<ServiceRow>[] {
  return [
    {
      id: 'name',
      header: t('services.col.name'),
      width: 220,
      narrow: 120,
      grow: 1,
      fixed: true,
      sort: 'text',
      cell: (row) => (
        <>
          <ServiceName row={row} tenant={tenant} env={env} />
          {row.environments.length > 0 && (
            <span className={styles.environments}>
              {row.environments.slice(0, 2).map((name) => (
                <Badge key={name}>{name}</Badge>
              ))}
              {row.environments.length > 2 && <Badge>+{row.environments.length - 2}</Badge>}
            </span>
          )}
        </>
      ),
    },
    {
      id: 'rate',
      narrow: 84,
      header: t('services.col.rate'),
      width: 188,
      align: 'end',
      sort: 'number',
      cell: (row) => (
        <>
          <Sparkline
            values={ratesOf(row.series.requests, grid)}
            label={t('services.spark.rate', { name: visibleName(row.name) })}
          />
          <span className={styles.figure}>{formatRate(row.rate, unit)}</span>
        </>
      ),
    },
    {
      id: 'errorRate',
      narrow: 70,
      header: t('services.col.errors'),
      width: 172,
      align: 'end',
      sort: 'number',
      cell: (row) => (
        <>
          <Sparkline
            values={row.series.errors}
            label={t('services.spark.errors', { name: visibleName(row.name) })}
            token="--mark-bad"
            look="bars"
          />
          <ErrorRate row={row} />
        </>
      ),
    },
    {
      id: 'p50',
      narrow: 'hide',
      header: 'p50',
      width: 92,
      align: 'end',
      sort: 'number',
      cell: (row) => <Figure nanos={row.p50} none={row.requests === 0} />,
    },
    {
      id: 'p95',
      narrow: 84,
      header: 'p95',
      width: 188,
      align: 'end',
      sort: 'number',
      cell: (row) => (
        <>
          <Sparkline
            values={row.series.p95}
            label={t('services.spark.p95', { name: visibleName(row.name) })}
            token="--series-2"
          />
          <Figure nanos={row.p95} none={row.requests === 0} />
        </>
      ),
    },
    {
      id: 'p99',
      narrow: 'hide',
      header: 'p99',
      width: 92,
      align: 'end',
      sort: 'number',
      cell: (row) => <Figure nanos={row.p99} none={row.requests === 0} />,
    },
    {
      id: 'lastSeen',
      narrow: 'hide',
      header: t('services.col.lastSeen'),
      width: 116,
      align: 'end',
      sort: 'number',
      cell: (row) => (
        <span className={styles.quiet} title={formatInstantFull(row.lastSeen)}>
          {formatLastSeen(row.lastSeen, Date.now())}
        </span>
      ),
    },
  ];
}
