import type { LogServiceRow, ServiceRow, ServicesResponse } from '@hanok/contract';
import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTenant } from '../../api/tenant.ts';
import { rateUnitOf } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import { AsOf } from '../../kit/as-of.tsx';
import { DataGrid } from '../../kit/grid/data-grid.tsx';
import { Panel } from '../../kit/panel.tsx';
import { serviceColumns } from '../../kit/services/columns.tsx';
import { healthOf, URGENCY } from '../../kit/services/health.ts';
import { LogServices } from '../../kit/services/log-services.tsx';
import { usePreloadService } from '../../kit/services/use-preload-service.ts';
import { Dimmed, Empty, Failure, Skeleton, StaleNote } from '../../kit/states.tsx';
import styles from './home-screen.module.css';

const SHOWN = 8;
const NO_LOGS: readonly LogServiceRow[] = [];

/** Failing requests, where that is what makes it urgent. */
function troubleOf(row: ServiceRow): number {
  return URGENCY[healthOf(row)] < URGENCY.ok ? row.errors : 0;
}

/** Those in trouble first, then the busiest. */
function mostUrgent(rows: readonly ServiceRow[]): ServiceRow[] {
  return [...rows]
    .sort(
      (a, b) =>
        URGENCY[healthOf(a)] - URGENCY[healthOf(b)] ||
        troubleOf(b) - troubleOf(a) ||
        b.rate - a.rate ||
        a.name.localeCompare(b.name),
    )
    .slice(0, SHOWN);
}

function healthText(troubled: number, silent: number): string {
  const parts = [
    troubled > 0 && t('home.glance.troubled', { count: troubled }),
    silent > 0 && t('home.glance.silent', { count: silent }),
  ].filter((part) => part !== false);
  return parts.length === 0 ? t('home.glance.well') : parts.join(' · ');
}

export function GlancePanel({ query }: { query: UseQueryResult<ServicesResponse> }) {
  const tenant = useTenant();
  const preload = usePreloadService();
  const rows = query.data?.services;
  const talking = query.data?.logServices ?? NO_LOGS;
  const shown = useMemo(() => mostUrgent(rows ?? []), [rows]);
  const count = (healths: readonly string[]) => rows?.filter((row) => healths.includes(healthOf(row))).length ?? 0;
  const troubled = count(['bad', 'warn']);
  const silent = count(['silent']) + talking.filter((row) => row.silent).length;
  const unit = rateUnitOf(shown.map((row) => row.rate));
  const columns = useMemo(
    () => serviceColumns(tenant, undefined, query.data, unit).map(({ sort: _, ...column }) => column),
    [tenant, query.data, unit],
  );
  return (
    <Panel
      flush
      title={t('home.glance')}
      hint={
        rows &&
        rows.length + talking.length > 0 && (
          <>
            {healthText(troubled, silent)} · <AsOf at={query.dataUpdatedAt} />
          </>
        )
      }
      actions={
        <Link to="/t/$tenant/services" params={{ tenant }} search={{}} className={styles.all}>
          {t('home.glance.all', { count: (rows?.length ?? 0) + talking.length })}
        </Link>
      }
    >
      <StaleNote answer={query} />
      {query.isPending ? (
        <Skeleton rows={6} />
      ) : query.isError && !rows ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : shown.length === 0 && talking.length > 0 ? (
        <Dimmed when={query.isPlaceholderData} className={styles.table ?? ''}>
          <p className={styles.logsOnly}>{t('services.untraced')}</p>
          <LogServices tenant={tenant} rows={talking.slice(0, SHOWN)} keys />
        </Dimmed>
      ) : shown.length === 0 ? (
        <Empty title={t('home.glance.none.title')} why={t('home.glance.none.why')} />
      ) : (
        <Dimmed when={query.isPlaceholderData} className={styles.table ?? ''}>
          <DataGrid
            label={t('home.glance')}
            layoutName="services"
            columns={columns}
            rows={shown}
            rowId={(row) => row.name}
            rowHeight={40}
            maxHeight={640}
            onHover={(row) => preload(row.name)}
            keys
          />
          {talking.length > 0 && (
            <Link to="/t/$tenant/services" params={{ tenant }} search={{}} className={styles.logsOnly}>
              {t('home.glance.logsOnly', { count: talking.length })}
            </Link>
          )}
        </Dimmed>
      )}
    </Panel>
  );
}
