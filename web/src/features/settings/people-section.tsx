import type { MeResponse, UserRow } from '@hanok/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { removeUser, resetPassword, usersQuery } from '../../api/admin-queries.ts';
import { may } from '../../api/may.ts';
import { formatAgo, formatInstant, formatInstantFull } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import { Badge } from '../../kit/badge.tsx';
import { Button, IconButton } from '../../kit/button.tsx';
import type { Column } from '../../kit/grid/column.ts';
import { DataGrid } from '../../kit/grid/data-grid.tsx';
import { Menu, MenuItem } from '../../kit/menu.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Empty, Failure, Skeleton } from '../../kit/states.tsx';
import { toast } from '../../kit/toast.tsx';
import { AddPerson } from './add-person.tsx';
import { ChangeRole } from './change-role.tsx';
import { OwnPassword } from './own-password.tsx';
import { Confirm, NotYours } from './parts.tsx';
import { PasswordOnce } from './password-once.tsx';
import { roleName, useRoles } from './role-name.ts';
import styles from './settings.module.css';

type Asked = { readonly what: 'reset' | 'remove'; readonly person: UserRow };

/** Who may sign in, and the reader's own password. */
export function PeopleSection({ tenant, me }: { tenant: string; me: MeResponse }) {
  return (
    <>
      {!may(me, 'people.read') ? (
        <Panel title={t('settings.people')}>
          <NotYours>{t('settings.people.adminsOnly')}</NotYours>
        </Panel>
      ) : (
        <People tenant={tenant} me={me} />
      )}
      <OwnPassword email={me.email} />
    </>
  );
}

function People({ tenant, me }: { tenant: string; me: MeResponse }) {
  const client = useQueryClient();
  const users = useQuery(usersQuery(tenant));
  const roles = useRoles(tenant, me);
  const [changingRole, setChangingRole] = useState<UserRow | undefined>();
  const mayChange = may(me, 'people.write');
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<Asked | undefined>();
  const [shown, setShown] = useState<{ readonly email: string; readonly password: string } | undefined>();
  const again = () => client.invalidateQueries({ queryKey: usersQuery(tenant).queryKey });
  const changing = useMutation({
    mutationFn: async ({ what, person }: Asked) =>
      what === 'reset' ? (await resetPassword(tenant, person.id)).password : void (await removeUser(tenant, person.id)),
    onSuccess: async (password, { what, person }) => {
      setAsked(undefined);
      if (what === 'remove') toast(t('settings.people.removedDone', { email: person.email }));
      else if (password) setShown({ email: person.email, password });
      await again();
    },
  });

  const columns: Column<UserRow>[] = [
    {
      id: 'email',
      header: t('settings.people.email'),
      width: 220,
      narrow: 180,
      grow: 1,
      fixed: true,
      cell: (person) => (
        <>
          <strong className={styles.strong}>{person.email}</strong>
          {person.email === me.email && <Badge>{t('settings.people.you')}</Badge>}
        </>
      ),
    },
    {
      id: 'role',
      header: t('settings.people.role'),
      width: 130,
      narrow: 90,
      cell: (person) => (
        <Badge tone={person.role === 'owner' || person.role === 'admin' ? 'accent' : 'neutral'}>
          {roleName(person.role, roles)}
        </Badge>
      ),
    },
    {
      id: 'created',
      header: t('settings.people.created'),
      width: 170,
      narrow: 'hide',
      cell: (person) => <time title={formatInstantFull(person.createdAt)}>{formatInstant(person.createdAt)}</time>,
    },
    {
      id: 'login',
      header: t('settings.people.login'),
      width: 140,
      narrow: 'hide',
      cell: (person) =>
        person.lastLoginAt ? (
          <time title={formatInstantFull(person.lastLoginAt)}>{formatAgo(person.lastLoginAt, Date.now())}</time>
        ) : (
          <span className={styles.faint}>{t('settings.never')}</span>
        ),
    },
    {
      id: 'act',
      header: t('settings.actions'),
      width: 80,
      align: 'end',
      fixed: true,
      cell: (person) =>
        mayChange &&
        person.email !== me.email &&
        (person.role !== 'owner' || may(me, 'owners.write')) && (
          <Menu
            align="end"
            trigger={
              <IconButton icon="more" size="s" label={t('settings.people.actionsOf', { email: person.email })} />
            }
          >
            <MenuItem icon="key" onSelect={() => setAsked({ what: 'reset', person })}>
              {t('settings.people.reset')}
            </MenuItem>
            <MenuItem icon="user" onSelect={() => setChangingRole(person)}>
              {t('settings.people.changeRole')}
            </MenuItem>
            <MenuItem icon="trash" danger onSelect={() => setAsked({ what: 'remove', person })}>
              {t('settings.people.remove')}
            </MenuItem>
          </Menu>
        ),
    },
  ];
  return (
    <>
      <Panel
        flush
        title={t('settings.people')}
        hint={t('settings.people.hint')}
        actions={
          mayChange && (
            <Button tone="primary" size="s" icon="plus" onClick={() => setAdding(true)}>
              {t('settings.people.add')}
            </Button>
          )
        }
      >
        {users.isError ? (
          <Failure error={users.error} onRetry={() => void users.refetch()} />
        ) : users.isPending ? (
          <Skeleton rows={3} />
        ) : users.data.users.length === 0 ? (
          <Empty
            title={t('settings.people.none')}
            why={t('settings.people.noneWhy')}
            action={<Button onClick={() => setAdding(true)}>{t('settings.people.add')}</Button>}
          />
        ) : (
          <DataGrid
            label={t('settings.people')}
            layoutName="settings.people"
            columns={columns}
            rows={users.data.users}
            rowId={(person) => person.id}
            rowHeight={38}
            maxHeight={560}
          />
        )}
      </Panel>
      {adding && (
        <AddPerson
          tenant={tenant}
          roles={roles}
          onClose={() => setAdding(false)}
          onAdded={(email, password) => {
            setAdding(false);
            if (password) setShown({ email, password });
            else toast(t('settings.people.addedDone', { email }));
            void again();
          }}
        />
      )}
      {asked && (
        <Confirm
          title={t(asked.what === 'reset' ? 'settings.people.resetTitle' : 'settings.people.removeTitle', {
            email: asked.person.email,
          })}
          action={t(asked.what === 'reset' ? 'settings.people.reset' : 'settings.people.remove')}
          busy={changing.isPending}
          error={changing.error}
          onConfirm={() => changing.mutate(asked)}
          onClose={() => {
            changing.reset();
            setAsked(undefined);
          }}
        >
          {t(asked.what === 'reset' ? 'settings.people.resetWhy' : 'settings.people.removeWhy')}
        </Confirm>
      )}
      {changingRole && (
        <ChangeRole
          tenant={tenant}
          me={me}
          person={changingRole}
          roles={roles}
          onClose={() => setChangingRole(undefined)}
          onChanged={(role) => {
            toast(t('settings.people.roleDone', { email: changingRole.email, role: roleName(role, roles) }));
            setChangingRole(undefined);
            void again();
          }}
        />
      )}
      {shown && <PasswordOnce {...shown} onClose={() => setShown(undefined)} />}
    </>
  );
}
