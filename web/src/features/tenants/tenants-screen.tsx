import type { TenantView } from '@hanok/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { meQuery } from '../../api/queries.ts';
import { type MadeTenant, tenantsQuery } from '../../api/tenant-queries.ts';
import { formatExact } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import { AsOf } from '../../kit/as-of.tsx';
import { Button } from '../../kit/button.tsx';
import { TextField } from '../../kit/field.tsx';
import { ColumnsMenu } from '../../kit/grid/columns-menu.tsx';
import { DataGrid } from '../../kit/grid/data-grid.tsx';
import { usePageTitle } from '../../kit/page-title.ts';
import { Dimmed, Empty, Failure, Skeleton } from '../../kit/states.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { type Act, ActDialog } from './acts.tsx';
import { Certificates } from './certificates.tsx';
import { ORDER_OF_COLUMN, sortOf, tenantColumns } from './columns.tsx';
import { CreateTenant, MadeOnce } from './create-tenant.tsx';
import { TENANT_STATUSES, type TenantsSearch } from './search.ts';
import { TenantDetails } from './tenant-details.tsx';
import styles from './tenants.module.css';

/** All tenants of the installation, for its operators: who sends what now, and the life of each. */
export function TenantsScreen() {
  usePageTitle(t('tenants.title'));
  const search = useSearch({ from: '/operator/tenants' });
  const navigate = useNavigate({ from: '/operator/tenants' });
  const change = (next: Partial<TenantsSearch>) =>
    void navigate({ search: (previous) => ({ ...previous, ...next }), replace: true });
  const open = (id: string | undefined) => void navigate({ search: (previous) => ({ ...previous, tenant: id }) });
  const { data: me } = useQuery(meQuery());
  const mayWrite = me?.operatorRole === 'operator';
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<MadeTenant | undefined>();
  const [act, setAct] = useState<Act | undefined>();
  const view = search.view ?? 'list';
  return (
    <div className={styles.screen}>
      <div className={styles.head}>
        <Tabs
          look="segments"
          label={t('tenants.views')}
          value={view}
          items={[
            { value: 'list', label: t('tenants.title') },
            { value: 'certificates', label: t('tenants.certificates') },
          ]}
          onChange={(next) => change({ view: next === 'certificates' ? next : undefined })}
        />
        {mayWrite && (
          <Button tone="primary" icon="plus" onClick={() => setMaking(true)}>
            {t('tenants.make')}
          </Button>
        )}
      </div>
      {view === 'list' ? (
        <TenantList search={search} change={change} onOpen={open} onAct={mayWrite ? setAct : undefined} />
      ) : (
        <Certificates onOpen={open} />
      )}
      {search.tenant !== undefined && !act && (
        <TenantDetails id={search.tenant} onAct={mayWrite ? setAct : undefined} onClose={() => open(undefined)} />
      )}
      {act && <ActDialog act={act} onClose={() => setAct(undefined)} />}
      {making && (
        <CreateTenant
          onClose={() => setMaking(false)}
          onMade={(tenant) => {
            setMaking(false);
            setMade(tenant);
          }}
        />
      )}
      {made && <MadeOnce made={made} onClose={() => setMade(undefined)} />}
    </div>
  );
}

function TenantList({
  search,
  change,
  onOpen,
  onAct,
}: {
  search: TenantsSearch;
  change: (next: Partial<TenantsSearch>) => void;
  onOpen: (id: string) => void;
  onAct: ((act: Act) => void) | undefined;
}) {
  const { find, status, order = 'noisiest' } = search;
  const found = useInfiniteQuery(tenantsQuery({ query: find, status, order }));
  const rows = useMemo<readonly TenantView[]>(
    () => found.data?.pages.flatMap(({ tenants }) => tenants) ?? [],
    [found.data],
  );
  const navigate = useNavigate();
  const columns = tenantColumns({
    open: onOpen,
    enter: (id) => void navigate({ to: '/t/$tenant/home', params: { tenant: id }, search: {} }),
    act: onAct,
  });
  const total = found.data?.pages[0]?.total ?? 0;
  return (
    <>
      <div className={styles.toolbar}>
        <TextField
          label={t('tenants.find')}
          hideLabel
          icon="search"
          type="search"
          placeholder={t('tenants.find.placeholder')}
          data-search=""
          maxLength={128}
          value={find ?? ''}
          onChange={(event) => change({ find: event.target.value || undefined })}
          className={styles.find ?? ''}
        />
        <div className={styles.chips} role="group" aria-label={t('tenants.status')}>
          <Button size="s" pressed={status === undefined} onClick={() => change({ status: undefined })}>
            {t('tenants.status.all')}
          </Button>
          {TENANT_STATUSES.map((one) => (
            <Button
              key={one}
              size="s"
              pressed={status === one}
              onClick={() => change({ status: status === one ? undefined : one })}
            >
              {t(`tenants.status.${one}`)}
            </Button>
          ))}
        </div>
        <span className={styles.total}>
          {found.data && t('tenants.total', { exact: formatExact(total) })}
          {found.data && ' · '}
          <AsOf at={found.dataUpdatedAt} />
        </span>
        <ColumnsMenu columns={columns} layoutName="operator.tenants" />
      </div>
      <Dimmed when={found.isPlaceholderData} className={styles.frame ?? ''}>
        {found.isPending ? (
          <Skeleton rows={12} />
        ) : found.isError && rows.length === 0 ? (
          <Failure error={found.error} onRetry={() => void found.refetch()} />
        ) : rows.length === 0 ? (
          <Empty
            title={t('tenants.none.title')}
            why={t('tenants.none.why')}
            action={
              <Button onClick={() => change({ find: undefined, status: undefined })}>{t('tenants.none.clear')}</Button>
            }
          />
        ) : (
          <DataGrid
            label={t('tenants.title')}
            layoutName="operator.tenants"
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            rowHeight={42}
            sort={sortOf(order)}
            onSort={({ id }) => {
              const next = ORDER_OF_COLUMN[id];
              if (next) change({ order: next === 'noisiest' ? undefined : next });
            }}
            onOpen={(row) => onOpen(row.id)}
            onEnd={() => {
              if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage();
            }}
            busy={found.isFetchingNextPage}
            keys
          />
        )}
      </Dimmed>
    </>
  );
}
