import type { JwtIssuerRow, MeResponse } from '@hanok/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { jwtIssuersQuery, removeJwtIssuer } from '../../api/admin-queries.ts';
import { may } from '../../api/may.ts';
import { formatInstant, formatInstantFull } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import type { Column } from '../../kit/grid/column.ts';
import { DataGrid } from '../../kit/grid/data-grid.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Empty, Failure, Skeleton } from '../../kit/states.tsx';
import { toast } from '../../kit/toast.tsx';
import { IssuerDialog } from './issuer-dialog.tsx';
import { Confirm, NotYours } from './parts.tsx';
import settings from './settings.module.css';
import { TokenTest } from './token-test.tsx';

/** Issuers whose tokens let senders in. Set up by administrators; everyone may see them. */
export function IssuersSection({ tenant, me }: { tenant: string; me: MeResponse }) {
  const client = useQueryClient();
  const issuers = useQuery(jwtIssuersQuery(tenant));
  const [editing, setEditing] = useState<{ readonly before: JwtIssuerRow | undefined }>();
  const [leaving, setLeaving] = useState<JwtIssuerRow>();
  const mayChange = may(me, 'jwt-issuers.write');
  const again = () => client.invalidateQueries({ queryKey: jwtIssuersQuery(tenant).queryKey });
  const removing = useMutation({
    mutationFn: (row: JwtIssuerRow) => removeJwtIssuer(tenant, row.id),
    onSuccess: async (_, row) => {
      setLeaving(undefined);
      toast(t('settings.issuers.removedDone', { name: row.name }));
      await again();
    },
  });
  const rows = issuers.data?.issuers ?? [];
  const columns: Column<JwtIssuerRow>[] = [
    {
      id: 'name',
      header: t('settings.issuers.name'),
      width: 150,
      narrow: 110,
      grow: 1,
      fixed: true,
      cell: (row) => <strong className={settings.strong}>{row.name}</strong>,
    },
    {
      id: 'issuer',
      header: t('settings.issuers.issuer'),
      width: 240,
      narrow: 'hide',
      grow: 2,
      cell: (row) => (
        <code className={settings.cut} title={row.issuer}>
          {row.issuer}
        </code>
      ),
    },
    {
      id: 'source',
      header: t('settings.issuers.source'),
      width: 150,
      narrow: 'hide',
      cell: (row) => t(`settings.issuers.sourceShort.${row.source}`),
    },
    {
      id: 'audiences',
      header: t('settings.issuers.audiences'),
      width: 140,
      narrow: 'hide',
      cell: (row) => <span className={settings.cut}>{row.audiences.join(', ')}</span>,
    },
    {
      id: 'changed',
      header: t('settings.issuers.changed'),
      width: 160,
      narrow: 'hide',
      cell: (row) => <time title={formatInstantFull(row.changedAt)}>{formatInstant(row.changedAt)}</time>,
    },
    ...(mayChange
      ? [
          {
            id: 'act',
            header: t('settings.actions'),
            width: 170,
            align: 'end' as const,
            fixed: true,
            cell: (row: JwtIssuerRow) => (
              <>
                <Button
                  size="s"
                  tone="quiet"
                  aria-label={t('settings.issuers.changeNamed', { name: row.name })}
                  onClick={() => setEditing({ before: row })}
                >
                  {t('settings.issuers.change')}
                </Button>
                <Button
                  size="s"
                  tone="quiet"
                  aria-label={t('settings.issuers.removeNamed', { name: row.name })}
                  onClick={() => setLeaving(row)}
                >
                  {t('settings.issuers.remove')}
                </Button>
              </>
            ),
          },
        ]
      : []),
  ];
  const add = mayChange && (
    <Button tone="primary" size="s" icon="plus" onClick={() => setEditing({ before: undefined })}>
      {t('settings.issuers.add')}
    </Button>
  );
  return (
    <>
      <Panel flush title={t('settings.issuers')} hint={t('settings.issuers.hint')} actions={rows.length > 0 && add}>
        {!mayChange && <NotYours>{t('settings.issuers.adminsOnly')}</NotYours>}
        {issuers.isError ? (
          <Failure error={issuers.error} onRetry={() => void issuers.refetch()} />
        ) : issuers.isPending ? (
          <Skeleton rows={3} />
        ) : rows.length === 0 ? (
          <Empty title={t('settings.issuers.none')} why={t('settings.issuers.noneWhy')} action={add} />
        ) : (
          <DataGrid
            label={t('settings.issuers')}
            layoutName="settings.issuers"
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            rowHeight={38}
            maxHeight={560}
          />
        )}
      </Panel>
      {mayChange && rows.length > 0 && <TokenTest tenant={tenant} />}
      {editing && (
        <IssuerDialog
          tenant={tenant}
          before={editing.before}
          onSaved={(name) => {
            setEditing(undefined);
            toast(t('settings.issuers.savedDone', { name }));
            void again();
          }}
          onClose={() => setEditing(undefined)}
        />
      )}
      {leaving && (
        <Confirm
          title={t('settings.issuers.removeTitle', { name: leaving.name })}
          action={t('settings.issuers.remove')}
          busy={removing.isPending}
          error={removing.error}
          onConfirm={() => removing.mutate(leaving)}
          onClose={() => {
            removing.reset();
            setLeaving(undefined);
          }}
        >
          {t('settings.issuers.removeWhy')}
        </Confirm>
      )}
    </>
  );
}
