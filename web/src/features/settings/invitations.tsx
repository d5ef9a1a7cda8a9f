import type { InvitationRow, MeResponse, RoleRow } from '@hanok/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { may } from '../../api/may.ts';
import {
  changeTenantSettings,
  invitationsQuery,
  revokeInvitation,
  tenantSettingsQuery,
} from '../../api/sign-in-queries.ts';
import { formatInstant, formatInstantFull } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import { Badge } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import type { Column } from '../../kit/grid/column.ts';
import { DataGrid } from '../../kit/grid/data-grid.tsx';
import { Panel } from '../../kit/panel.tsx';
import { toast } from '../../kit/toast.tsx';
import { Confirm, Refusal } from './parts.tsx';
import { roleName } from './role-name.ts';
import styles from './settings.module.css';

/** Who is invited and has not come yet, and whether people need a second factor. */
export function Invitations({ tenant, me, roles }: { tenant: string; me: MeResponse; roles: readonly RoleRow[] }) {
  const client = useQueryClient();
  const open = useQuery(invitationsQuery(tenant)).data?.invitations ?? [];
  const [asked, setAsked] = useState<InvitationRow | undefined>();
  const revoking = useMutation({
    mutationFn: ({ id }: InvitationRow) => revokeInvitation(tenant, id),
    onSuccess: async () => {
      setAsked(undefined);
      await client.invalidateQueries({ queryKey: invitationsQuery(tenant).queryKey });
    },
  });
  const columns: Column<InvitationRow>[] = [
    {
      id: 'email',
      header: t('settings.people.email'),
      width: 220,
      narrow: 180,
      grow: 1,
      fixed: true,
      cell: ({ email }) => <strong className={styles.strong}>{email}</strong>,
    },
    {
      id: 'role',
      header: t('settings.people.role'),
      width: 130,
      narrow: 90,
      cell: ({ role }) => <Badge>{roleName(role, roles)}</Badge>,
    },
    {
      id: 'by',
      header: t('settings.invitations.by'),
      width: 200,
      narrow: 'hide',
      cell: ({ invitedBy }) => invitedBy,
    },
    {
      id: 'until',
      header: t('settings.invitations.until'),
      width: 170,
      narrow: 'hide',
      cell: ({ expiresAt }) => <time title={formatInstantFull(expiresAt)}>{formatInstant(expiresAt)}</time>,
    },
    {
      id: 'act',
      header: t('settings.actions'),
      width: 90,
      align: 'end',
      fixed: true,
      cell: (row) =>
        may(me, 'people.write') && (
          <Button size="s" onClick={() => setAsked(row)}>
            {t('settings.invitations.revoke')}
          </Button>
        ),
    },
  ];
  return (
    <>
      {open.length > 0 && (
        <Panel flush title={t('settings.invitations')}>
          <DataGrid
            label={t('settings.invitations')}
            layoutName="settings.invitations"
            columns={columns}
            rows={open}
            rowId={({ id }) => id}
            rowHeight={38}
            maxHeight={360}
          />
        </Panel>
      )}
      <RequiredFactor tenant={tenant} me={me} />
      {asked && (
        <Confirm
          title={t('settings.invitations.revokeTitle', { email: asked.email })}
          action={t('settings.invitations.revoke')}
          busy={revoking.isPending}
          error={revoking.error}
          onConfirm={() => revoking.mutate(asked)}
          onClose={() => {
            revoking.reset();
            setAsked(undefined);
          }}
        >
          {t('settings.invitations.revokeWhy')}
        </Confirm>
      )}
    </>
  );
}

function RequiredFactor({ tenant, me }: { tenant: string; me: MeResponse }) {
  const client = useQueryClient();
  const settings = useQuery(tenantSettingsQuery(tenant)).data;
  const changing = useMutation({
    mutationFn: (mfaRequired: boolean) => changeTenantSettings(tenant, { mfaRequired }),
    onSuccess: (answer) => {
      client.setQueryData(tenantSettingsQuery(tenant).queryKey, answer);
      toast(t('settings.mfa.done'));
    },
  });
  if (!settings) return null;
  return (
    <Panel title={t('settings.mfa')}>
      <div className={styles.stack}>
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={settings.mfaRequired}
            disabled={!may(me, 'people.write') || changing.isPending}
            onChange={(event) => changing.mutate(event.target.checked)}
          />
          {t('settings.mfa.required')}
        </label>
        <p className={styles.faint}>{t('settings.mfa.why')}</p>
        <Refusal error={changing.error} />
      </div>
    </Panel>
  );
}
