import type { OperatorAccessRow } from '@hanok/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { endOperatorAccess, operatorAccessQuery } from '../../../api/admin-queries.ts';
import { may } from '../../../api/may.ts';
import { formatClock, formatInstant, formatInstantFull } from '../../../format/instants.ts';
import { t } from '../../../i18n/index.ts';
import { Badge } from '../../../kit/badge.tsx';
import { Button } from '../../../kit/button.tsx';
import type { Column } from '../../../kit/grid/column.ts';
import { DataGrid } from '../../../kit/grid/data-grid.tsx';
import { Panel } from '../../../kit/panel.tsx';
import { Empty, Failure, Skeleton } from '../../../kit/states.tsx';
import { toast } from '../../../kit/toast.tsx';
import { Confirm, NotYours } from '../parts.tsx';
import type { SectionProps } from '../sections.ts';
import settings from '../settings.module.css';
import styles from './access.module.css';
import { isOpen, minutesLeft } from './access-now.ts';

/** Operators who look, or looked, at the tenant's data: who, why, until when; ends it. */
export function AccessSection({ tenant, me }: SectionProps) {
  const access = useQuery(operatorAccessQuery(tenant));
  const now = Date.now();
  const all = access.data?.access ?? [];
  const over = all.filter((one) => !isOpen(one, now));
  const mayEnd = may(me, 'operator-access.write');
  const columns: Column<OperatorAccessRow>[] = [
    {
      id: 'operator',
      header: t('opened.operator'),
      width: 180,
      narrow: 130,
      grow: 1,
      fixed: true,
      cell: ({ operator }) => (
        <span className={settings.cut} title={operator}>
          {operator}
        </span>
      ),
    },
    {
      id: 'role',
      header: t('opened.role'),
      width: 90,
      narrow: 'hide',
      cell: ({ role }) => t(`app.role.${role}`),
    },
    {
      id: 'since',
      header: t('opened.since'),
      width: 150,
      narrow: 120,
      cell: ({ openedAt }) => <time title={formatInstantFull(openedAt)}>{formatInstant(openedAt)}</time>,
    },
    {
      id: 'how',
      header: t('opened.how'),
      width: 210,
      narrow: 'hide',
      cell: (one) => (
        <span className={settings.cut} title={formatInstantFull(one.endedAt ?? one.endsAt)}>
          {formatClock(Number(BigInt(one.endedAt ?? one.endsAt) / 1_000_000n))}{' '}
          <span className={settings.faint}>
            {one.endedBy === null ? t('opened.byItself') : t('opened.by', { who: one.endedBy })}
          </span>
        </span>
      ),
    },
    {
      id: 'reason',
      header: t('opened.reason'),
      width: 220,
      narrow: 'below',
      grow: 2,
      cell: ({ reason }) => (
        <span className={settings.cut} title={reason}>
          {reason}
        </span>
      ),
    },
  ];
  if (access.isError && !access.data) return <Failure error={access.error} onRetry={() => void access.refetch()} />;
  if (!access.data) return <Skeleton rows={4} />;
  return (
    <>
      <Panel title={t('opened.now')} hint={t('opened.hint')}>
        {!mayEnd && <NotYours>{t('opened.readOnlyWhy')}</NotYours>}
        <OpenNow tenant={tenant} access={all} mayEnd={mayEnd} />
      </Panel>
      <Panel
        flush
        title={t('opened.history')}
        hint={t('opened.historyHint')}
        actions={
          may(me, 'audit.read') && (
            <Link
              to="/t/$tenant/settings/$section"
              params={{ tenant, section: 'audit' }}
              search={{ kind: 'read.' }}
              className={settings.download}
            >
              {t('opened.auditLink')}
            </Link>
          )
        }
      >
        {over.length === 0 ? (
          <Empty title={t('opened.noHistory')} why={t('opened.noHistoryWhy')} />
        ) : (
          <DataGrid
            label={t('opened.history')}
            layoutName="settings.access"
            columns={columns}
            rows={over}
            rowId={({ id }) => id}
            rowHeight={38}
            maxHeight={560}
          />
        )}
      </Panel>
    </>
  );
}

/** Accesses in force, each with its reason and its end. */
export function OpenNow({
  tenant,
  access,
  mayEnd,
}: {
  tenant: string;
  access: readonly OperatorAccessRow[];
  mayEnd: boolean;
}) {
  const client = useQueryClient();
  const [ended, setEnded] = useState<OperatorAccessRow | undefined>();
  const now = Date.now();
  const open = access.filter((one) => isOpen(one, now));
  const ending = useMutation({
    mutationFn: ({ id }: OperatorAccessRow) => endOperatorAccess(tenant, id),
    onSuccess: async (_, { operator }) => {
      setEnded(undefined);
      toast(t('opened.endedDone', { operator }));
      await client.invalidateQueries({ queryKey: operatorAccessQuery(tenant).queryKey });
    },
  });
  return (
    <>
      {open.length === 0 && <p className={settings.faint}>{t('opened.nobody')}</p>}
      {open.map((one) => (
        <div key={one.id} className={styles.openAccess}>
          <div className={styles.openText}>
            <strong>{one.operator}</strong>{' '}
            <Badge tone={one.role === 'admin' ? 'warn' : 'info'}>{t(`app.role.${one.role}`)}</Badge>
            <p className={styles.reason}>“{one.reason}”</p>
            <p className={settings.faint}>
              {formatInstant(one.openedAt)} – {formatClock(Number(BigInt(one.endsAt) / 1_000_000n))} ·{' '}
              {t('opened.left', { minutes: minutesLeft(one, now) })}
            </p>
          </div>
          {mayEnd && (
            <Button
              tone="danger"
              size="s"
              aria-label={t('opened.endNamed', { operator: one.operator })}
              onClick={() => setEnded(one)}
            >
              {t('opened.end')}
            </Button>
          )}
        </div>
      ))}
      {ended && (
        <Confirm
          title={t('opened.endTitle', { operator: ended.operator })}
          action={t('opened.end')}
          busy={ending.isPending}
          error={ending.error}
          onConfirm={() => ending.mutate(ended)}
          onClose={() => {
            ending.reset();
            setEnded(undefined);
          }}
        >
          {t('opened.endWhy')}
        </Confirm>
      )}
    </>
  );
}
