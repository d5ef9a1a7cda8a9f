import type { OperationRow } from '@hanok/contract';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTenant } from '../../api/tenant.ts';
import { formatRate, formatShare, type RateUnit, rateUnitOf } from '../../format/numbers.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { Badge } from '../../kit/badge.tsx';
import { TextField } from '../../kit/field.tsx';
import type { Column } from '../../kit/grid/column.ts';
import { ColumnsMenu } from '../../kit/grid/columns-menu.tsx';
import { DataGrid, rowTarget } from '../../kit/grid/data-grid.tsx';
import { Panel } from '../../kit/panel.tsx';
import { ErrorRate } from '../../kit/services/columns.tsx';
import { Quantile } from '../../kit/services/quantile.tsx';
import { Dimmed } from '../../kit/states.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { Visible } from '../../kit/visible.tsx';
import { OTHER_OPERATIONS, operationQuery } from './operation-query.ts';
import { orderOperations } from './order.ts';
import { OPERATION_SORTS, type ServiceSearch } from './search.ts';
import styles from './service-screen.module.css';

interface Props {
  readonly operations: readonly OperationRow[];
  readonly query: string;
  readonly search: ServiceSearch;
  readonly onChange: (change: Partial<ServiceSearch>) => void;
  readonly dimmed: boolean;
}

/** What the service does, by share of its time; a row leads to the traces of that operation. */
export function OperationsPanel({ operations, query, search, onChange, dimmed }: Props) {
  const tenant = useTenant();
  const { find = '', sort = 'timeShare', all } = search;
  const order = search.order ?? (sort === 'name' ? 'asc' : 'desc');
  const rows = useMemo(
    () => orderOperations(operations, { find, sort, order, all: all === '1' }),
    [operations, find, sort, order, all],
  );
  const unit = rateUnitOf(operations.map((row) => row.rate));
  const columns = useMemo(() => operationColumns(tenant, query, unit), [tenant, query, unit]);
  const entries = operations.filter((row) => row.entry).length;
  return (
    <Panel
      flush
      title={t('service.operations')}
      actions={
        <>
          <Tabs
            look="segments"
            label={t('service.operations.which')}
            value={all === '1' ? 'all' : 'entry'}
            items={[
              { value: 'entry', label: t('service.operations.entry', { count: entries }) },
              { value: 'all', label: t('service.operations.all', { count: operations.length }) },
            ]}
            onChange={(value) => onChange({ all: value === 'all' ? '1' : undefined })}
          />
          <TextField
            label={t('service.operations.find')}
            hideLabel
            icon="search"
            type="search"
            data-search=""
            placeholder={t('service.operations.find')}
            className={styles.find ?? ''}
            value={find}
            onChange={(event) => onChange({ find: event.target.value || undefined })}
          />
          <ColumnsMenu columns={columns} layoutName="operations" />
        </>
      }
    >
      <Dimmed when={dimmed} className={styles.operations ?? ''}>
        {rows.length === 0 ? (
          <p className={styles.none}>{t('service.operations.none')}</p>
        ) : (
          <DataGrid
            label={t('service.operations')}
            layoutName="operations"
            columns={columns}
            rows={rows}
            rowId={(row) => `${row.kind} ${row.name}`}
            maxHeight={620}
            sort={{ id: sort, order }}
            onSort={(next) => {
              const id = OPERATION_SORTS.find((candidate) => candidate === next.id);
              if (id) onChange({ sort: id, order: next.order });
            }}
            keys
          />
        )}
      </Dimmed>
    </Panel>
  );
}

function operationColumns(tenant: string, query: string, unit: RateUnit): readonly Column<OperationRow>[] {
  return [
    {
      id: 'name',
      header: t('service.operation'),
      width: 260,
      narrow: 170,
      grow: 1,
      fixed: true,
      sort: 'text',
      cell: (row) => (
        <>
          <Badge tone={row.entry ? 'accent' : 'neutral'}>{row.kind}</Badge>
          <Link
            to="/t/$tenant/traces"
            params={{ tenant }}
            search={{ query: operationQuery(query, row.name), view: 'spans' }}
            className={rowTarget}
            title={row.name === OTHER_OPERATIONS ? t('service.other') : visibleName(row.name)}
          >
            <Visible text={row.name} name />
          </Link>
        </>
      ),
    },
    {
      id: 'timeShare',
      narrow: 86,
      header: t('service.col.timeShare'),
      width: 190,
      sort: 'number',
      cell: (row) => (
        <>
          <span className={styles.share} aria-hidden="true">
            <i style={{ width: `${Math.max(row.timeShare * 100, 0.5)}%` }} />
          </span>
          <span className={styles.shareText}>{formatShare(row.timeShare)}</span>
        </>
      ),
    },
    {
      id: 'rate',
      narrow: 'hide',
      header: t('services.col.rate'),
      width: 104,
      align: 'end',
      sort: 'number',
      cell: (row) => formatRate(row.rate, unit),
    },
    {
      id: 'errorRate',
      narrow: 'hide',
      header: t('services.col.errors'),
      width: 96,
      align: 'end',
      sort: 'number',
      cell: (row) => <ErrorRate row={row} />,
    },
    ...(['p50', 'p95', 'p99'] as const).map((id) => ({
      id,
      header: id,
      width: 92,
      ...(id === 'p95' ? { narrow: 84 } : { narrow: 'hide' as const }),
      align: 'end' as const,
      sort: 'number' as const,
      cell: (row: OperationRow) => <Quantile nanos={row[id]} none={row.requests === 0} />,
    })),
  ];
}
