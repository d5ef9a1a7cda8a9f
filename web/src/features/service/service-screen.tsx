import { formatValue } from '@hanok/contract/query/print';
import { nanosToMillis } from '@hanok/contract/time';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { serviceQuery, servicesQuery } from '../../api/queries.ts';
import { useTenant } from '../../api/tenant.ts';
import { formatLastSeen, formatSince } from '../../format/instants.ts';
import { formatCount, formatRate, formatShare } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import { AsOf } from '../../kit/as-of.tsx';
import { StateDot } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import { SelectField } from '../../kit/field.tsx';
import { Icon } from '../../kit/icon.tsx';
import { usePageTitle } from '../../kit/page-title.ts';
import { failingNow, healthOf, toneOf } from '../../kit/services/health.ts';
import { Quantile } from '../../kit/services/quantile.tsx';
import { ServiceDot } from '../../kit/services/service-dot.tsx';
import { Stat } from '../../kit/stat.tsx';
import { Dimmed, Empty, Failure, PartialNote, Skeleton, StaleNote } from '../../kit/states.tsx';
import { stretchRange } from '../../time/range.ts';
import { useTime } from '../../time/use-time.ts';
import { LogsOnlyService } from './logs-only-service.tsx';
import { OperationsPanel } from './operations-panel.tsx';
import { RedCharts } from './red-charts.tsx';
import type { ServiceSearch } from './search.ts';
import styles from './service-screen.module.css';

/** One service: rate, errors and duration over time, its operations, and ways on to its traces and logs. */
export function ServiceScreen() {
  const tenant = useTenant();
  const { service } = useParams({ from: '/t/$tenant/services/$service' });
  const search = useSearch({ from: '/t/$tenant/services/$service' });
  const navigate = useNavigate({ from: '/t/$tenant/services/$service' });
  const { range, setRange } = useTime();
  usePageTitle(service, { label: t('services.title'), to: '/t/$tenant/services' });
  const answer = useQuery(serviceQuery(tenant, range, service, search.env));
  const { data, dataUpdatedAt, error, isError, isPending, isPlaceholderData, refetch } = answer;
  // The list is usually cached already; it knows the environments when one of them is chosen here.
  const list = useQuery(servicesQuery(tenant, range));
  const known = (rows: readonly { name: string; environments: readonly string[] }[] = []) =>
    rows.find((one) => one.name === service)?.environments;
  const environments = known(list.data?.services) ?? known(list.data?.logServices) ?? [];
  const change = (next: Partial<ServiceSearch>) =>
    void navigate({ search: (previous) => ({ ...previous, ...next }), replace: true });
  const base = `service.name:${formatValue(service)}${search.env ? ` deployment.environment:${formatValue(search.env)}` : ''}`;
  const row = data?.service;

  if (isPending) return <Waiting />;
  if (isError && !data) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!row && data.logs)
    return (
      <LogsOnlyService row={data.logs} query={base} at={dataUpdatedAt} dimmed={isPlaceholderData} stats={data.stats} />
    );
  if (!row)
    return (
      <Empty
        title={t('service.empty.title', { name: service })}
        why={t('service.empty.why')}
        action={
          <Button tone="primary" icon="clock" onClick={() => setRange(stretchRange(range, 24, Date.now()))}>
            {t('time.stretch')}
          </Button>
        }
      />
    );
  const health = healthOf(row);
  const now = failingNow(row);
  const none = row.requests === 0;
  return (
    <div className={styles.screen}>
      <Dimmed when={isPlaceholderData} className={styles.head ?? ''}>
        <div className={styles.state}>
          <StateDot tone={health} label={t(`services.health.${health}`)} />
          <ServiceDot name={service} />
          <span>{t(`services.health.${health}`)}</span>
          <span className={styles.seen}>
            {t('service.seen', { ago: formatLastSeen(row.lastSeen, Date.now()) })} · <AsOf at={dataUpdatedAt} />
          </span>
        </div>
        <div className={styles.stats}>
          <Stat
            label={t('services.col.rate')}
            value={formatRate(row.rate)}
            note={t('service.requests', { count: formatCount(row.requests) })}
            tone={health === 'silent' ? 'warn' : undefined}
          />
          <Stat
            label={t('services.col.errors')}
            value={none ? '–' : formatShare(row.errorRate)}
            note={t('service.failed', { count: formatCount(row.errors) })}
            tone={none || toneOf(row.errorRate) === 'ok' ? undefined : (toneOf(row.errorRate) as 'warn' | 'bad')}
          />
          {row.recent.requests > 0 && (
            <Stat
              label={t('service.now')}
              value={formatShare(row.recent.errors / row.recent.requests)}
              note={t('service.now.note', { minutes: Math.max(1, Math.floor(row.recent.seconds / 60)) })}
              tone={toneOf(now) === 'ok' ? undefined : (toneOf(now) as 'warn' | 'bad')}
            />
          )}
          {(['p50', 'p95', 'p99'] as const).map((id) => (
            <Stat key={id} label={id} value={<Quantile nanos={row[id]} none={none} />} />
          ))}
        </div>
        <div className={styles.ways}>
          {environments.length > 1 && (
            <SelectField
              label={t('services.environment')}
              hideLabel
              value={search.env ?? ''}
              onChange={(event) => change({ env: event.target.value || undefined })}
              options={[
                { value: '', label: t('service.environment.all') },
                ...environments.map((name) => ({ value: name, label: name })),
              ]}
            />
          )}
          <Link to="/t/$tenant/traces" params={{ tenant }} search={{ query: base }} className={styles.way}>
            <Icon name="traces" size={14} />
            {t('app.nav.traces')}
          </Link>
          <Link to="/t/$tenant/logs" params={{ tenant }} search={{ query: base }} className={styles.way}>
            <Icon name="logs" size={14} />
            {t('app.nav.logs')}
          </Link>
        </div>
      </Dimmed>
      <StaleNote answer={answer} />
      <PartialNote stats={data.stats} />
      {row.silent && (
        <p className={styles.silent} role="status">
          <Icon name="warning" size={14} />
          {t('service.silent', { span: formatSince(row.lastSeen, Date.now()) })}
        </p>
      )}
      <Dimmed when={isPlaceholderData}>
        <RedCharts
          series={data.series}
          start={data.start}
          step={data.step}
          covered={{ fromMs: nanosToMillis(data.seriesFrom), toMs: nanosToMillis(data.seriesTo) }}
          p95={row.p95}
          query={base}
        />
      </Dimmed>
      <OperationsPanel
        operations={data.operations}
        query={base}
        search={search}
        onChange={change}
        dimmed={isPlaceholderData}
      />
    </div>
  );
}

/** The shape of the page to come, so that nothing jumps when it does. */
function Waiting() {
  return (
    <div className={styles.screen} role="status" aria-label={t('app.loading')}>
      <Skeleton height={58} />
      <div className={styles.charts}>
        <Skeleton height={238} />
        <Skeleton height={238} />
        <Skeleton height={238} />
      </div>
      <Skeleton height={320} />
    </div>
  );
}
