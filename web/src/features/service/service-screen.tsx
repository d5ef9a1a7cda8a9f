import { formatValue } from '@hanok/contract/query/print';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { serviceQuery, servicesQuery } from '../../api/queries.ts';
import { useTenant } from '../../api/tenant.ts';
import { formatDuration } from '../../format/durations.ts';
import { formatLastSeen } from '../../format/instants.ts';
import { formatCount, formatRate, formatShare } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import { StateDot } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import { SelectField } from '../../kit/field.tsx';
import { Icon } from '../../kit/icon.tsx';
import { usePageTitle } from '../../kit/page-title.ts';
import { healthOf } from '../../kit/services/health.ts';
import { Stat } from '../../kit/stat.tsx';
import { Dimmed, Empty, Failure, PartialNote, Skeleton } from '../../kit/states.tsx';
import { stretchRange } from '../../time/range.ts';
import { useTime } from '../../time/use-time.ts';
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
  const { data, dataUpdatedAt, error, isError, isPending, isPlaceholderData, refetch } = useQuery(
    serviceQuery(tenant, range, service, search.env),
  );
  // The list is usually cached already; it knows the environments when one of them is chosen here.
  const list = useQuery(servicesQuery(tenant, range));
  const environments = list.data?.services.find((row) => row.name === service)?.environments ?? [];
  const change = (next: Partial<ServiceSearch>) =>
    void navigate({ search: (previous) => ({ ...previous, ...next }), replace: true });
  const base = `service.name:${formatValue(service)}${search.env ? ` deployment.environment:${formatValue(search.env)}` : ''}`;
  const row = data?.service;

  if (isPending) return <Waiting />;
  if (isError && !data) return <Failure error={error} onRetry={() => void refetch()} />;
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
  return (
    <div className={styles.screen}>
      <Dimmed when={isPlaceholderData} className={styles.head ?? ''}>
        <div className={styles.state}>
          <StateDot tone={health} label={t(`services.health.${health}`)} />
          <span>{t(`services.health.${health}`)}</span>
          <span className={styles.seen}>{t('service.seen', { ago: formatLastSeen(row.lastSeen, Date.now()) })}</span>
        </div>
        <div className={styles.stats}>
          <Stat
            label={t('services.col.rate')}
            value={formatRate(row.rate)}
            note={t('service.requests', { count: formatCount(row.requests) })}
          />
          <Stat
            label={t('services.col.errors')}
            value={formatShare(row.errorRate)}
            note={t('service.failed', { count: formatCount(row.errors) })}
            tone={health === 'warn' || health === 'bad' ? health : undefined}
          />
          <Stat label="p50" value={formatDuration(row.p50)} />
          <Stat label="p95" value={formatDuration(row.p95)} />
          <Stat label="p99" value={formatDuration(row.p99)} />
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
      <PartialNote stats={data.stats} />
      <Dimmed when={isPlaceholderData}>
        <RedCharts row={row} start={data.start} step={data.step} takenMs={dataUpdatedAt} query={base} />
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
