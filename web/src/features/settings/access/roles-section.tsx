import type { MeResponse, RoleRow } from '@hanok/contract';
import { TENANT_PERMISSIONS } from '@hanok/contract/access/permissions';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { removeRole } from '../../../api/access-queries.ts';
import { rolesQuery } from '../../../api/admin-queries.ts';
import { lacking, may } from '../../../api/may.ts';
import { formatExact } from '../../../format/numbers.ts';
import { t } from '../../../i18n/index.ts';
import { Badge } from '../../../kit/badge.tsx';
import { Button, IconButton } from '../../../kit/button.tsx';
import { Dialog } from '../../../kit/dialog.tsx';
import type { Column } from '../../../kit/grid/column.ts';
import { DataGrid } from '../../../kit/grid/data-grid.tsx';
import { Icon } from '../../../kit/icon.tsx';
import { Menu, MenuItem } from '../../../kit/menu.tsx';
import { Panel } from '../../../kit/panel.tsx';
import { Failure, Skeleton } from '../../../kit/states.tsx';
import { toast } from '../../../kit/toast.tsx';
import { Confirm, NotYours } from '../parts.tsx';
import { roleName } from '../role-name.ts';
import type { SectionProps } from '../sections.ts';
import settings from '../settings.module.css';
import styles from './access.module.css';
import { PermissionMatrix } from './permission-matrix.tsx';
import { RoleDialog } from './role-dialog.tsx';

type Editing = { readonly role: RoleRow | undefined; readonly like: RoleRow | undefined };

/** Why this role cannot be changed by the reader; undefined: it can. */
function refusalOf(me: MeResponse, role: RoleRow): string | undefined {
  if (role.builtIn) return t('roles.builtInWhy');
  if (!may(me, 'roles.write')) return t('roles.readOnlyWhy');
  return lacking(me, role.permissions).length > 0 ? t('roles.beyondYou') : undefined;
}

/** Built-in roles and those of the tenant, what each allows, and making others. */
export function RolesSection({ tenant, me }: SectionProps) {
  const client = useQueryClient();
  const roles = useQuery(rolesQuery(tenant));
  const [editing, setEditing] = useState<Editing | undefined>();
  const [shown, setShown] = useState<RoleRow | undefined>();
  const [leaving, setLeaving] = useState<RoleRow | undefined>();
  const mayChange = may(me, 'roles.write');
  const all = roles.data?.roles ?? [];
  const nameOf = (role: RoleRow) => roleName(role.id, all);
  const again = () => client.invalidateQueries({ queryKey: rolesQuery(tenant).queryKey });
  const removing = useMutation({
    mutationFn: (role: RoleRow) => removeRole(tenant, role.id),
    onSuccess: async (_, role) => {
      setLeaving(undefined);
      toast(t('roles.removedDone', { name: nameOf(role) }));
      await again();
    },
  });
  const columns: Column<RoleRow>[] = [
    {
      id: 'name',
      header: t('access.name'),
      width: 180,
      narrow: 120,
      grow: 1,
      fixed: true,
      cell: (role) => <strong className={settings.strong}>{nameOf(role)}</strong>,
    },
    {
      id: 'kind',
      header: t('roles.kind'),
      width: 120,
      narrow: 'hide',
      cell: (role) => (
        <Badge tone={role.builtIn ? 'neutral' : 'accent'}>{t(role.builtIn ? 'roles.builtIn' : 'roles.own')}</Badge>
      ),
    },
    {
      id: 'allows',
      header: t('roles.allows'),
      width: 150,
      narrow: 110,
      cell: (role) => (
        <Button
          size="s"
          tone="quiet"
          className={styles.inCell ?? ''}
          aria-label={t('roles.show', { name: nameOf(role) })}
          onClick={() => setShown(role)}
        >
          {t('roles.allowsCount', { count: role.permissions.length, all: TENANT_PERMISSIONS.length })}
        </Button>
      ),
    },
    {
      id: 'members',
      header: t('roles.members'),
      width: 90,
      narrow: 'hide',
      align: 'end',
      cell: (role) => formatExact(role.members),
    },
    {
      id: 'act',
      header: t('settings.actions'),
      width: 80,
      align: 'end',
      fixed: true,
      cell: (role) =>
        mayChange && (
          <Menu
            align="end"
            trigger={<IconButton icon="more" size="s" label={t('roles.actionsOf', { name: nameOf(role) })} />}
          >
            <MenuItem icon="copy" onSelect={() => setEditing({ role: undefined, like: role })}>
              {t('roles.copy')}
            </MenuItem>
            {refusalOf(me, role) === undefined && (
              <>
                <MenuItem icon="settings" onSelect={() => setEditing({ role, like: undefined })}>
                  {t('roles.change')}
                </MenuItem>
                <MenuItem icon="trash" danger onSelect={() => setLeaving(role)}>
                  {t('access.remove')}
                </MenuItem>
              </>
            )}
          </Menu>
        ),
    },
  ];
  return (
    <>
      <Panel
        flush
        title={t('settings.roles')}
        hint={t('roles.hint')}
        actions={
          mayChange && (
            <Button
              tone="primary"
              size="s"
              icon="plus"
              onClick={() => setEditing({ role: undefined, like: undefined })}
            >
              {t('roles.make')}
            </Button>
          )
        }
      >
        {!mayChange && <NotYours>{t('roles.readOnlyWhy')}</NotYours>}
        {roles.isError ? (
          <Failure error={roles.error} onRetry={() => void roles.refetch()} />
        ) : roles.isPending ? (
          <Skeleton rows={4} />
        ) : (
          <DataGrid
            label={t('settings.roles')}
            layoutName="settings.roles"
            columns={columns}
            rows={all}
            rowId={(role) => role.id}
            rowHeight={38}
            maxHeight={480}
          />
        )}
      </Panel>
      {all.length > 0 && <Compare roles={all} nameOf={nameOf} />}
      {editing && (
        <RoleDialog
          tenant={tenant}
          me={me}
          roles={all}
          role={editing.role}
          like={editing.like}
          onClose={() => setEditing(undefined)}
          onSaved={(role) => {
            const name = role.name ?? role.id;
            toast(editing.role ? t('roles.changedDone', { name }) : t('roles.madeDone', { name }));
            setEditing(undefined);
            void again();
          }}
        />
      )}
      {shown && (
        <Dialog
          title={nameOf(shown)}
          size="l"
          onClose={() => setShown(undefined)}
          footer={
            <>
              {refusalOf(me, shown) === undefined && (
                <Button
                  onClick={() => {
                    setEditing({ role: shown, like: undefined });
                    setShown(undefined);
                  }}
                >
                  {t('roles.change')}
                </Button>
              )}
              <Button tone="primary" onClick={() => setShown(undefined)}>
                {t('access.close')}
              </Button>
            </>
          }
        >
          <div className={settings.stack}>
            {refusalOf(me, shown) && <p className={styles.why}>{refusalOf(me, shown)}</p>}
            <PermissionMatrix permissions={TENANT_PERMISSIONS} chosen={new Set(shown.permissions)} />
          </div>
        </Dialog>
      )}
      {leaving && (
        <Confirm
          title={t('roles.removeTitle', { name: nameOf(leaving) })}
          action={t('access.remove')}
          busy={removing.isPending}
          error={removing.error}
          onConfirm={() => removing.mutate(leaving)}
          onClose={() => {
            removing.reset();
            setLeaving(undefined);
          }}
        >
          {t(leaving.members > 0 ? 'roles.hasMembers' : 'roles.removeWhy')}
        </Confirm>
      )}
    </>
  );
}

/** All permissions down, all roles across. */
function Compare({ roles, nameOf }: { roles: readonly RoleRow[]; nameOf: (role: RoleRow) => string }) {
  return (
    <Panel flush title={t('roles.compare')} hint={t('roles.compareHint')}>
      <div className={styles.compareFrame} role="region" aria-label={t('roles.compare')} tabIndex={0}>
        <table className={styles.compare}>
          <thead>
            <tr>
              <th scope="col">{t('roles.allows')}</th>
              {roles.map((role) => (
                <th key={role.id} scope="col">
                  {nameOf(role)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {TENANT_PERMISSIONS.map((permission) => (
              <tr key={permission}>
                <th scope="row">
                  {t(`access.permission.${permission}`)}
                  <code className={styles.code}>{permission}</code>
                </th>
                {roles.map((role) => {
                  const allows = role.permissions.includes(permission);
                  return (
                    <td key={role.id}>
                      {allows ? (
                        <Icon name="check" size={14} className={styles.yes} />
                      ) : (
                        <span className={styles.no} aria-hidden="true">
                          –
                        </span>
                      )}
                      <span className="visually-hidden">{t(allows ? 'roles.yes' : 'roles.no')}</span>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
