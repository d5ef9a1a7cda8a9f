import type { MeResponse, RoleRow, ServiceAccountRow } from '@hanok/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import {
  createServiceAccount,
  removeServiceAccount,
  serviceAccountsQuery,
  tokensQuery,
} from '../../../api/access-queries.ts';
import { lacking, may } from '../../../api/may.ts';
import { formatInstant, formatInstantFull } from '../../../format/instants.ts';
import { formatExact } from '../../../format/numbers.ts';
import { t } from '../../../i18n/index.ts';
import { Button } from '../../../kit/button.tsx';
import { Dialog } from '../../../kit/dialog.tsx';
import { SelectField, TextField } from '../../../kit/field.tsx';
import type { Column } from '../../../kit/grid/column.ts';
import { DataGrid } from '../../../kit/grid/data-grid.tsx';
import { Panel } from '../../../kit/panel.tsx';
import { Empty, Failure, Skeleton } from '../../../kit/states.tsx';
import { toast } from '../../../kit/toast.tsx';
import { Confirm, Refusal } from '../parts.tsx';
import { roleName, useRoles } from '../role-name.ts';
import type { SectionProps } from '../sections.ts';
import settings from '../settings.module.css';

/** Members that are no people. */
export function ServiceAccounts({ tenant, me }: SectionProps) {
  const client = useQueryClient();
  const accounts = useQuery(serviceAccountsQuery(tenant));
  const roles = useRoles(tenant, me);
  const [making, setMaking] = useState(false);
  const [leaving, setLeaving] = useState<ServiceAccountRow | undefined>();
  const mayChange = may(me, 'tokens.write');
  const again = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: serviceAccountsQuery(tenant).queryKey }),
      client.invalidateQueries({ queryKey: tokensQuery(tenant, 'tenant').queryKey }),
    ]);
  const removing = useMutation({
    mutationFn: ({ id }: ServiceAccountRow) => removeServiceAccount(tenant, id),
    onSuccess: async (_, { name }) => {
      setLeaving(undefined);
      toast(t('accounts.removedDone', { name }));
      await again();
    },
  });
  const isBeyond = ({ role }: ServiceAccountRow) =>
    lacking(me, roles.find(({ id }) => id === role)?.permissions ?? []).length > 0;
  const columns: Column<ServiceAccountRow>[] = [
    {
      id: 'name',
      header: t('access.name'),
      width: 170,
      narrow: 120,
      grow: 1,
      fixed: true,
      cell: ({ name }) => <strong className={settings.strong}>{name}</strong>,
    },
    {
      id: 'role',
      header: t('accounts.role'),
      width: 150,
      narrow: 90,
      cell: ({ role }) => <span className={settings.cut}>{roleName(role, roles)}</span>,
    },
    {
      id: 'tokens',
      header: t('accounts.tokens'),
      width: 120,
      narrow: 'hide',
      align: 'end',
      cell: ({ tokens }) => formatExact(tokens),
    },
    {
      id: 'created',
      header: t('tokens.created'),
      width: 160,
      narrow: 'hide',
      cell: ({ createdAt }) => <time title={formatInstantFull(createdAt)}>{formatInstant(createdAt)}</time>,
    },
    ...(mayChange
      ? [
          {
            id: 'act',
            header: t('settings.actions'),
            width: 90,
            align: 'end' as const,
            fixed: true,
            cell: (account: ServiceAccountRow) => (
              <Button
                size="s"
                tone="quiet"
                disabled={isBeyond(account)}
                title={isBeyond(account) ? t('accounts.beyondYou') : undefined}
                aria-label={t('accounts.removeNamed', { name: account.name })}
                onClick={() => setLeaving(account)}
              >
                {t('access.remove')}
              </Button>
            ),
          },
        ]
      : []),
  ];
  return (
    <>
      <Panel
        flush
        title={t('accounts.title')}
        hint={t('accounts.hint')}
        actions={
          mayChange && (
            <Button size="s" icon="plus" onClick={() => setMaking(true)}>
              {t('accounts.make')}
            </Button>
          )
        }
      >
        {accounts.isError ? (
          <Failure error={accounts.error} onRetry={() => void accounts.refetch()} />
        ) : accounts.isPending ? (
          <Skeleton rows={2} />
        ) : accounts.data.serviceAccounts.length === 0 ? (
          <Empty title={t('accounts.none')} why={t('accounts.noneWhy')} />
        ) : (
          <DataGrid
            label={t('accounts.title')}
            layoutName="settings.accounts"
            columns={columns}
            rows={accounts.data.serviceAccounts}
            rowId={({ id }) => id}
            rowHeight={38}
            maxHeight={400}
          />
        )}
      </Panel>
      {making && (
        <MakeAccount
          tenant={tenant}
          me={me}
          roles={roles}
          onClose={() => setMaking(false)}
          onMade={(name) => {
            setMaking(false);
            toast(t('accounts.madeDone', { name }));
            void again();
          }}
        />
      )}
      {leaving && (
        <Confirm
          title={t('accounts.removeTitle', { name: leaving.name })}
          action={t('access.remove')}
          busy={removing.isPending}
          error={removing.error}
          onConfirm={() => removing.mutate(leaving)}
          onClose={() => {
            removing.reset();
            setLeaving(undefined);
          }}
        >
          {t('accounts.removeWhy', { count: leaving.tokens })}
        </Confirm>
      )}
    </>
  );
}

function MakeAccount({
  tenant,
  me,
  roles,
  onMade,
  onClose,
}: {
  tenant: string;
  me: MeResponse;
  roles: readonly RoleRow[];
  onMade: (name: string) => void;
  onClose: () => void;
}) {
  const form = useId();
  const field = useRef<HTMLInputElement>(null);
  // Owners are people; and nobody gives what they do not have.
  const offered = roles.filter(({ id, permissions }) => id !== 'owner' && lacking(me, permissions).length === 0);
  const [name, setName] = useState('');
  const [role, setRole] = useState(() => offered.find(({ id }) => id === 'viewer')?.id ?? offered[0]?.id ?? '');
  const making = useMutation({
    mutationFn: () => createServiceAccount(tenant, { name: name.trim(), role }),
    onSuccess: (account) => onMade(account.name),
  });
  const ready = name.trim() !== '' && role !== '' && !making.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) making.mutate();
  };
  return (
    <Dialog
      title={t('accounts.make')}
      initialFocus={field}
      onClose={onClose}
      mayClose={() => !making.isPending}
      footer={
        <>
          <Button onClick={onClose} disabled={making.isPending}>
            {t('settings.cancel')}
          </Button>
          <Button tone="primary" type="submit" form={form} disabled={!ready}>
            {t('accounts.make')}
          </Button>
        </>
      }
    >
      <form id={form} className={settings.stack} onSubmit={submit}>
        <TextField
          ref={field}
          label={t('access.name')}
          placeholder={t('accounts.namePlaceholder')}
          maxLength={128}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField
          label={t('accounts.role')}
          value={role}
          options={offered.map(({ id }) => ({ value: id, label: roleName(id, roles) }))}
          onChange={(event) => setRole(event.target.value)}
        />
        <Refusal error={making.error} />
      </form>
    </Dialog>
  );
}
