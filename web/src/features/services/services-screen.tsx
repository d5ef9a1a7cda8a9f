import type { LogServiceRow, ServiceRow } from '@hanok/contract';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { servicesQuery } from '../../api/queries.ts';
import { useTenant } from '../../api/tenant.ts';
import { matchesHangul } from '../../format/hangul.ts';
import { formatExact, formatRate, rateUnitOf } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import { AsOf } from '../../kit/as-of.tsx';
import { Button } from '../../kit/button.tsx';
import { TextField } from '../../kit/field.tsx';
import { ColumnsMenu } from '../../kit/grid/columns-menu.tsx';
import { DataGrid } from '../../kit/grid/data-grid.tsx';
import { join } from '../../kit/join.ts';
import { usePageTitle } from '../../kit/page-title.ts';
import { Panel } from '../../kit/panel.tsx';
import { serviceColumns } from '../../kit/services/columns.tsx';
import { LogServices } from '../../kit/services/log-services.tsx';
import { usePreloadService } from '../../kit/services/use-preload-service.ts';
import { Dimmed, Empty, Failure, PartialNote, Skeleton, StaleNote } from '../../kit/states.tsx';
import { stretchRange } from '../../time/range.ts';
import { useTime } from '../../time/use-time.ts';
import { orderServices } from './order.ts';
import { SERVICE_SORTS, type ServicesSearch } from './search.ts';
import styles from './services-screen.module.css';

const NONE: readonly ServiceRow[] = [];
const NO_LOGS: readonly LogServiceRow[] = [];

export function ServicesScreen() {
  usePageTitle(t('services.title'));
  const tenant = useTenant();
  const { range, setRange } = useTime();
  const search = useSearch({ from: '/t/$tenant/services' });
  const navigate = useNavigate({ from: '/t/$tenant/services' });
  const { find = '', env, sort = 'rate' } = search;
  const order = search.order ?? (sort === 'name' ? 'asc' : 'desc');
  const all = useQuery(servicesQuery(tenant, range));
  const chosen = useQuery(servicesQuery(tenant, range, env));
  const preload = usePreloadService();

  const rows = chosen.data?.services ?? NONE;
  const shown = useMemo(() => orderServices(rows, { find, sort, order }), [rows, find, sort, order]);
  const environments = useMemo(
    () => countEnvironments([...(all.data?.services ?? NONE), ...(all.data?.logServices ?? NO_LOGS)]),
    [all.data],
  );
  const grid = chosen.data;
  const unit = rateUnitOf(rows.map((row) => row.rate));
  const columns = useMemo(() => serviceColumns(tenant, env, grid, unit), [tenant, env, grid, unit]);
  const talking = chosen.data?.logServices ?? NO_LOGS;
  const logsOnly = useMemo(
    () => talking.filter((row) => find === '' || matchesHangul(row.name, find)),
    [talking, find],
  );
  const count = shown.length + logsOnly.length;
  const change = (next: Partial<ServicesSearch>) =>
    void navigate({ search: (previous) => ({ ...previous, ...next }), replace: true });
  const total = shown.reduce((sum, row) => sum + row.rate, 0);

  return (
    <div className={styles.screen}>
      <div className={styles.toolbar}>
        <TextField
          label={t('services.find')}
          hideLabel
          icon="search"
          type="search"
          placeholder={t('services.find.placeholder')}
          data-search=""
          value={find}
          onChange={(event) => change({ find: event.target.value || undefined })}
          className={styles.find ?? ''}
        />
        {environments.length > 1 && (
          <div className={styles.chips} role="group" aria-label={t('services.environment')}>
            <Button size="s" pressed={env === undefined} onClick={() => change({ env: undefined })}>
              {t('services.environment.all')}
            </Button>
            {environments.map(([name, count]) => (
              <Button
                key={name}
                size="s"
                pressed={env === name}
                onClick={() => change({ env: env === name ? undefined : name })}
              >
                {name || t('services.environment.none')} <span className={styles.count}>{count}</span>
              </Button>
            ))}
          </div>
        )}
        <span className={styles.total}>
          {chosen.data && t('services.total', { count, rate: formatRate(total, unit), exact: formatExact(count) })}
          {chosen.data && ' · '}
          <AsOf at={chosen.dataUpdatedAt} />
        </span>
        <ColumnsMenu columns={columns} layoutName="services" />
      </div>
      <StaleNote answer={chosen} />
      <PartialNote stats={chosen.data?.stats} />
      <Dimmed
        when={chosen.isPlaceholderData}
        className={join(styles.frame, rows.length === 0 && talking.length > 0 && styles.short) ?? ''}
      >
        {chosen.isPending ? (
          <Skeleton rows={12} />
        ) : chosen.isError && !chosen.data ? (
          <Failure error={chosen.error} onRetry={() => void chosen.refetch()} />
        ) : rows.length + talking.length === 0 ? (
          <Empty
            title={t('services.empty.title')}
            why={t('services.empty.why')}
            action={
              <>
                <Button tone="primary" icon="clock" onClick={() => setRange(stretchRange(range, 24, Date.now()))}>
                  {t('time.stretch')}
                </Button>
                <Link to="/t/$tenant/home" params={{ tenant }} hash="connect" className={styles.connect}>
                  {t('services.empty.connect')}
                </Link>
              </>
            }
          />
        ) : count === 0 ? (
          <Empty
            title={t('services.none.title', { text: find })}
            why={t('services.none.why')}
            action={<Button onClick={() => change({ find: undefined })}>{t('services.none.clear')}</Button>}
          />
        ) : shown.length === 0 ? (
          <p className={styles.untraced}>{t(rows.length === 0 ? 'services.untraced' : 'services.noneTraced')}</p>
        ) : (
          <DataGrid
            label={t('services.title')}
            layoutName="services"
            columns={columns}
            rows={shown}
            rowId={(row) => row.name}
            rowHeight={40}
            sort={{ id: sort, order }}
            onSort={(next) => {
              const id = SERVICE_SORTS.find((candidate) => candidate === next.id);
              if (id) change({ sort: id, order: next.order });
            }}
            onHover={(row) => preload(row.name, env)}
            keys
          />
        )}
      </Dimmed>
      {logsOnly.length > 0 && (
        <Dimmed when={chosen.isPlaceholderData}>
          <Panel flush title={t('services.logsOnly')} hint={t('services.logsOnly.hint')}>
            <LogServices tenant={tenant} rows={logsOnly} env={env} keys={shown.length === 0} />
          </Panel>
        </Dimmed>
      )}
    </div>
  );
}

function countEnvironments(
  rows: ReadonlyArray<Pick<ServiceRow, 'environments'>>,
): ReadonlyArray<readonly [string, number]> {
  const counts = new Map<string, number>();
  for (const row of rows) for (const name of row.environments) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}
