import type { OperatorRow } from '@hanok/contract';
import { isOperatorRole, OPERATOR_ROLES, type OperatorRole } from '@hanok/contract/access/roles';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import {
  changeOperatorRole,
  createOperator,
  operatorsQuery,
  removeOperator,
  resetOperatorPassword,
} from '../../../api/access-queries.ts';
import { may } from '../../../api/may.ts';
import { formatAgo, formatInstant, formatInstantFull } from '../../../format/instants.ts';
import { t } from '../../../i18n/index.ts';
import { Badge } from '../../../kit/badge.tsx';
import { Button, IconButton } from '../../../kit/button.tsx';
import { Dialog } from '../../../kit/dialog.tsx';
import { errorText } from '../../../kit/error-text.ts';
import { SelectField, TextField } from '../../../kit/field.tsx';
import type { Column } from '../../../kit/grid/column.ts';
import { DataGrid } from '../../../kit/grid/data-grid.tsx';
import { Menu, MenuItem } from '../../../kit/menu.tsx';
import { Panel } from '../../../kit/panel.tsx';
import { Failure, Skeleton } from '../../../kit/states.tsx';
import { toast } from '../../../kit/toast.tsx';
import { LEAST_PASSWORD } from '../own-password.tsx';
import { Confirm, NotYours, Refusal } from '../parts.tsx';
import { PasswordOnce } from '../password-once.tsx';
import type { SectionProps } from '../sections.ts';
import settings from '../settings.module.css';

type Asked = { readonly what: 'reset' | 'remove'; readonly operator: OperatorRow };
type Shown = { readonly email: string; readonly password: string };

/** Who runs the installation. */
export function OperatorsSection({ tenant, me }: SectionProps) {
  const client = useQueryClient();
  const operators = useQuery(operatorsQuery(tenant));
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<Asked | undefined>();
  const [shown, setShown] = useState<Shown | undefined>();
  const mayChange = may(me, 'operators.write');
  const again = () => client.invalidateQueries({ queryKey: operatorsQuery(tenant).queryKey });
  const changing = useMutation({
    mutationFn: async ({ what, operator: { id } }: Asked) =>
      what === 'reset' ? (await resetOperatorPassword(id)).password : void (await removeOperator(id)),
    onSuccess: async (password, { what, operator: { email } }) => {
      setAsked(undefined);
      if (what === 'remove') toast(t('operators.removedDone', { email }));
      else if (password) setShown({ email, password });
      await again();
    },
  });
  const changingRole = useMutation({
    mutationFn: ({ id, role }: { readonly id: string; readonly role: OperatorRole }) => changeOperatorRole(id, role),
    onSuccess: async ({ email, role }) => {
      toast(t('operators.roleDone', { email, role: t(`app.role.${role}`) }));
      await again();
    },
    onError: (error) => toast(errorText(error), 'bad'),
  });
  const columns: Column<OperatorRow>[] = [
    {
      id: 'email',
      header: t('operators.email'),
      width: 220,
      narrow: 170,
      grow: 1,
      fixed: true,
      cell: ({ email }) => (
        <>
          <strong className={settings.strong}>{email}</strong>
          {email === me.email && <Badge>{t('operators.you')}</Badge>}
        </>
      ),
    },
    {
      id: 'role',
      header: t('operators.role'),
      width: 170,
      narrow: 100,
      cell: ({ role }) => <Badge tone={role === 'operator' ? 'accent' : 'neutral'}>{t(`app.role.${role}`)}</Badge>,
    },
    {
      id: 'since',
      header: t('operators.since'),
      width: 170,
      narrow: 'hide',
      cell: ({ createdAt }) => <time title={formatInstantFull(createdAt)}>{formatInstant(createdAt)}</time>,
    },
    {
      id: 'login',
      header: t('operators.login'),
      width: 140,
      narrow: 'hide',
      cell: ({ lastLoginAt }) =>
        lastLoginAt ? (
          <time title={formatInstantFull(lastLoginAt)}>{formatAgo(lastLoginAt, Date.now())}</time>
        ) : (
          <span className={settings.faint}>{t('settings.never')}</span>
        ),
    },
    {
      id: 'act',
      header: t('settings.actions'),
      width: 80,
      align: 'end',
      fixed: true,
      cell: (operator) => {
        const { id, email, role } = operator;
        const other: OperatorRole = role === 'operator' ? 'operator-read-only' : 'operator';
        return (
          mayChange &&
          email !== me.email && (
            <Menu align="end" trigger={<IconButton icon="more" size="s" label={t('operators.actionsOf', { email })} />}>
              <MenuItem icon="key" onSelect={() => setAsked({ what: 'reset', operator })}>
                {t('operators.reset')}
              </MenuItem>
              <MenuItem icon="user" onSelect={() => changingRole.mutate({ id, role: other })}>
                {t(other === 'operator' ? 'operators.makeFull' : 'operators.makeReader')}
              </MenuItem>
              <MenuItem icon="trash" danger onSelect={() => setAsked({ what: 'remove', operator })}>
                {t('access.remove')}
              </MenuItem>
            </Menu>
          )
        );
      },
    },
  ];
  return (
    <>
      <Panel
        flush
        title={t('settings.operators')}
        hint={t('operators.hint')}
        actions={
          mayChange && (
            <Button tone="primary" size="s" icon="plus" onClick={() => setAdding(true)}>
              {t('operators.add')}
            </Button>
          )
        }
      >
        {!mayChange && <NotYours>{t('operators.readOnlyWhy')}</NotYours>}
        {operators.isError ? (
          <Failure error={operators.error} onRetry={() => void operators.refetch()} />
        ) : operators.isPending ? (
          <Skeleton rows={3} />
        ) : (
          <DataGrid
            label={t('settings.operators')}
            layoutName="settings.operators"
            columns={columns}
            rows={operators.data.operators}
            rowId={({ id }) => id}
            rowHeight={38}
            maxHeight={560}
          />
        )}
      </Panel>
      {adding && (
        <AddOperator
          onClose={() => setAdding(false)}
          onAdded={(email, password) => {
            setAdding(false);
            if (password) setShown({ email, password });
            else toast(t('operators.addedDone', { email }));
            void again();
          }}
        />
      )}
      {asked && (
        <Confirm
          title={t(asked.what === 'reset' ? 'operators.resetTitle' : 'operators.removeTitle', {
            email: asked.operator.email,
          })}
          action={t(asked.what === 'reset' ? 'operators.reset' : 'access.remove')}
          busy={changing.isPending}
          error={changing.error}
          onConfirm={() => changing.mutate(asked)}
          onClose={() => {
            changing.reset();
            setAsked(undefined);
          }}
        >
          {t(asked.what === 'reset' ? 'operators.resetWhy' : 'operators.removeWhy')}
        </Confirm>
      )}
      {shown && <PasswordOnce {...shown} onClose={() => setShown(undefined)} />}
    </>
  );
}

function AddOperator({
  onAdded,
  onClose,
}: {
  onAdded: (email: string, password: string | null) => void;
  onClose: () => void;
}) {
  const form = useId();
  const field = useRef<HTMLInputElement>(null);
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<OperatorRole>('operator-read-only');
  const [password, setPassword] = useState('');
  const adding = useMutation({
    mutationFn: () => createOperator({ email: email.trim(), role, ...(password ? { password } : {}) }),
    onSuccess: (answer) => onAdded(answer.operator.email, answer.password),
  });
  const isShort = password !== '' && password.length < LEAST_PASSWORD;
  const ready = /^\S+@\S+\.\S+$/.test(email.trim()) && !isShort && !adding.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) adding.mutate();
  };
  return (
    <Dialog
      title={t('operators.add')}
      initialFocus={field}
      onClose={onClose}
      mayClose={() => !adding.isPending}
      footer={
        <>
          <Button onClick={onClose} disabled={adding.isPending}>
            {t('settings.cancel')}
          </Button>
          <Button tone="primary" type="submit" form={form} disabled={!ready}>
            {t('operators.add')}
          </Button>
        </>
      }
    >
      <form id={form} className={settings.stack} onSubmit={submit}>
        <TextField
          ref={field}
          label={t('operators.email')}
          type="email"
          maxLength={254}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <SelectField
          label={t('operators.role')}
          value={role}
          options={OPERATOR_ROLES.map((value) => ({ value, label: t(`app.role.${value}`) }))}
          onChange={({ target }) => {
            if (isOperatorRole(target.value)) setRole(target.value);
          }}
        />
        <TextField
          label={t('operators.passwordOptional')}
          type="password"
          autoComplete="new-password"
          maxLength={1_024}
          value={password}
          error={isShort ? t('settings.password.short', { count: LEAST_PASSWORD }) : undefined}
          onChange={(event) => setPassword(event.target.value)}
        />
        <p className={settings.faint}>{t('operators.passwordWhy')}</p>
        <Refusal error={adding.error} />
      </form>
    </Dialog>
  );
}
