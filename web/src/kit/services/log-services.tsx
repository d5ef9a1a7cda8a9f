import type { LogServiceRow } from '@hanok/contract';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { formatInstantFull, formatLastSeen, formatSince } from '../../format/instants.ts';
import { formatExact, formatRate } from '../../format/numbers.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { Badge, StateDot } from '../badge.tsx';
import type { Column } from '../grid/column.ts';
import { DataGrid, rowTarget } from '../grid/data-grid.tsx';
import { Visible } from '../visible.tsx';
import styles from './columns.module.css';
import { ServiceDot } from './service-dot.tsx';

interface Props {
  readonly tenant: string;
  readonly rows: readonly LogServiceRow[];
  readonly env?: string | undefined;
  readonly keys?: boolean;
}

/** Services that send logs and no spans: nothing is known of requests, so they are listed by what they say. */
export function LogServices({ tenant, rows, env, keys = false }: Props) {
  const columns = useMemo(() => logServiceColumns(tenant, env), [tenant, env]);
  return (
    <DataGrid
      label={t('services.logsOnly')}
      layoutName="log-services"
      columns={columns}
      rows={rows}
      rowId={(row) => row.name}
      rowHeight={36}
      maxHeight={340}
      keys={keys}
    />
  );
}

function logServiceColumns(tenant: string, env: string | undefined): readonly Column<LogServiceRow>[] {
  return [
    {
      id: 'name',
      header: t('services.col.name'),
      width: 220,
      narrow: 120,
      grow: 1,
      fixed: true,
      cell: (row) => (
        <>
          <StateDot
            tone={row.silent ? 'silent' : 'none'}
            label={t(row.silent ? 'services.health.silent' : 'services.health.logs')}
          />
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
              <Badge tone="warn">{t('services.silentLogs', { span: formatSince(row.lastSeen, Date.now()) })}</Badge>
            </span>
          )}
          {row.environments.length > 0 && (
            <span className={styles.environments}>
              {row.environments.slice(0, 2).map((name) => (
                <Badge key={name}>{name}</Badge>
              ))}
            </span>
          )}
        </>
      ),
    },
    {
      id: 'records',
      header: t('services.col.logs'),
      width: 120,
      narrow: 84,
      align: 'end',
      cell: (row) => (
        <span title={t('services.logs.exact', { count: row.records, exact: formatExact(row.records) })}>
          {formatRate(row.rate, 'min')}
        </span>
      ),
    },
    {
      id: 'errors',
      header: t('services.col.logErrors'),
      width: 130,
      narrow: 88,
      align: 'end',
      cell: (row) => (
        <span className={styles.figure} data-tone={row.errors > 0 ? 'bad' : 'none'}>
          {formatExact(row.errors)}
        </span>
      ),
    },
    {
      id: 'lastSeen',
      narrow: 'hide',
      header: t('services.col.lastSeen'),
      width: 116,
      align: 'end',
      cell: (row) => (
        <span className={styles.quiet} title={formatInstantFull(row.lastSeen)}>
          {formatLastSeen(row.lastSeen, Date.now())}
        </span>
      ),
    },
  ];
}
