import type { MeResponse, UserRow } from '@hanok/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { removeUser, resetPassword, usersQuery } from '../../api/admin-queries.ts';
import { may } from '../../api/may.ts';
import { endSessions, invitationsQuery, makeResetLink, takeSecondFactor } from '../../api/sign-in-queries.ts';
import { formatAgo, formatInstant, formatInstantFull } from '../../format/instants.ts';
import { type MessageId, t } from '../../i18n/index.ts';
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
import { Invitations } from './invitations.tsx';
import { InvitePerson } from './invite-person.tsx';
import { LinkOnce, type ShownLink } from './link-once.tsx';
import { Confirm, NotYours } from './parts.tsx';
import { PasswordOnce } from './password-once.tsx';
import { roleName, useRoles } from './role-name.ts';
import styles from './settings.module.css';

type Asked = { readonly what: Act; readonly person: UserRow };
type Act = 'reset' | 'remove' | 'resetLink' | 'endSessions' | 'takeFactor';

const ASKED = {
  reset: {
    title: 'settings.people.resetTitle',
    action: 'settings.people.reset',
    why: 'settings.people.resetWhy',
  },
  remove: {
    title: 'settings.people.removeTitle',
    action: 'settings.people.remove',
    why: 'settings.people.removeWhy',
  },
  resetLink: {
    title: 'settings.people.resetLinkTitle',
    action: 'settings.people.resetLink',
    why: 'settings.people.resetLinkWhy',
  },
  endSessions: {
    title: 'settings.people.endSessionsTitle',
    action: 'settings.people.endSessions',
    why: 'settings.people.endSessionsWhy',
  },
  takeFactor: {
    title: 'settings.people.takeFactorTitle',
    action: 'settings.people.takeFactor',
    why: 'settings.people.takeFactorWhy',
  },
} as const satisfies Record<Act, Readonly<Record<string, MessageId>>>;

/** Who may sign in, and who is invited to. */
export function PeopleSection({ tenant, me }: { tenant: string; me: MeResponse }) {
  if (may(me, 'people.read')) return <People tenant={tenant} me={me} />;
  return (
    <Panel title={t('settings.people')}>
      <NotYours>{t('settings.people.adminsOnly')}</NotYours>
    </Panel>
  );
}

function People({ tenant, me }: { tenant: string; me: MeResponse }) {
  const client = useQueryClient();
  const users = useQuery(usersQuery(tenant));
  const roles = useRoles(tenant, me);
  const [changingRole, setChangingRole] = useState<UserRow | undefined>();
  const mayChange = may(me, 'people.write');
  const [adding, setAdding] = useState(false);
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState<ShownLink | undefined>();
  const [asked, setAsked] = useState<Asked | undefined>();
  const [shown, setShown] = useState<{ readonly email: string; readonly password: string } | undefined>();
  const again = () => client.invalidateQueries({ queryKey: usersQuery(tenant).queryKey });
  const changing = useMutation({
    mutationFn: async ({ what, person: { id } }: Asked): Promise<string | ShownLink['link'] | undefined> => {
      if (what === 'reset') return (await resetPassword(tenant, id)).password ?? undefined;
      if (what === 'resetLink') return (await makeResetLink(tenant, id)).link;
      if (what === 'remove') await removeUser(tenant, id);
      else if (what === 'endSessions') await endSessions(tenant, id);
      else await takeSecondFactor(tenant, id);
      return undefined;
    },
    onSuccess: async (made, { what, person: { email } }) => {
      setAsked(undefined);
      if (typeof made === 'string') setShown({ email, password: made });
      else if (made) setLink({ email, link: made });
      else if (what === 'remove') toast(t('settings.people.removedDone', { email }));
      else toast(t('settings.people.done', { email }));
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
            <MenuItem icon="link" onSelect={() => setAsked({ what: 'resetLink', person })}>
              {t('settings.people.resetLink')}
            </MenuItem>
            <MenuItem icon="signOut" onSelect={() => setAsked({ what: 'endSessions', person })}>
              {t('settings.people.endSessions')}
            </MenuItem>
            <MenuItem icon="minus" onSelect={() => setAsked({ what: 'takeFactor', person })}>
              {t('settings.people.takeFactor')}
            </MenuItem>
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
            <>
              <Button size="s" icon="plus" onClick={() => setAdding(true)}>
                {t('settings.people.add')}
              </Button>
              <Button tone="primary" size="s" icon="link" onClick={() => setInviting(true)}>
                {t('settings.people.invite')}
              </Button>
            </>
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
      <Invitations tenant={tenant} me={me} roles={roles} />
      {inviting && (
        <InvitePerson
          tenant={tenant}
          roles={roles}
          onClose={() => setInviting(false)}
          onInvited={(made) => {
            setInviting(false);
            setLink(made);
            void client.invalidateQueries({ queryKey: invitationsQuery(tenant).queryKey });
          }}
        />
      )}
      {link && <LinkOnce {...link} onClose={() => setLink(undefined)} />}
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
          title={t(ASKED[asked.what].title, { email: asked.person.email })}
          action={t(ASKED[asked.what].action)}
          busy={changing.isPending}
          error={changing.error}
          onConfirm={() => changing.mutate(asked)}
          onClose={() => {
            changing.reset();
            setAsked(undefined);
          }}
        >
          {t(ASKED[asked.what].why)}
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
