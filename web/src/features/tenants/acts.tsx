import type { TenantRow } from '@hanok/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useRef, useState } from 'react';
import { ApiError } from '../../api/client.ts';
import { deleteTenant, renameTenant, setTenantStatus } from '../../api/tenant-queries.ts';
import { visibleName } from '../../format/visible.ts';
import { errorWords } from '../../i18n/error-words.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { errorText } from '../../kit/error-text.ts';
import { SelectField, TextField } from '../../kit/field.tsx';
import { Icon } from '../../kit/icon.tsx';
import { toast } from '../../kit/toast.tsx';
import styles from './tenants.module.css';

/** What an operator is about to do to a tenant. */
export interface Act {
  readonly what: 'rename' | 'suspend' | 'resume' | 'delete';
  readonly tenant: Pick<TenantRow, 'id' | 'name'>;
}

export function ActDialog({ act, onClose }: { act: Act; onClose: () => void }) {
  if (act.what === 'rename') return <Rename tenant={act.tenant} onClose={onClose} />;
  if (act.what === 'delete') return <Delete tenant={act.tenant} onClose={onClose} />;
  return <ChangeStatus to={act.what} tenant={act.tenant} onClose={onClose} />;
}

interface Props {
  readonly tenant: Act['tenant'];
  readonly onClose: () => void;
}

/** Why a change failed, inside the dialog that asked for it. */
export function Refusal({ error }: { error: unknown }) {
  if (!error) return null;
  const fix = error instanceof ApiError ? errorWords(error).fix : undefined;
  return (
    <p className={styles.refusal} role="alert">
      <Icon name="warning" size={14} />
      <span>
        {errorText(error)}
        {fix && <span className={styles.fix}>{fix}</span>}
      </span>
    </p>
  );
}

/** A change with a form: its dialog, what it needs to be ready, and what is said when it is done. */
export function useAct<T>(change: () => Promise<T>, done: (result: T) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: async (result) => {
      done(result);
      await client.invalidateQueries({ queryKey: ['operator'] });
    },
  });
}

export function FormDialog({
  title,
  action,
  danger = false,
  ready,
  acting,
  initialFocus,
  onClose,
  children,
}: {
  title: string;
  action: string;
  danger?: boolean;
  ready: boolean;
  acting: { readonly isPending: boolean; readonly error: unknown; mutate(): void };
  initialFocus: React.RefObject<HTMLElement | null>;
  onClose: () => void;
  children: ReactNode;
}) {
  const form = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !acting.isPending) acting.mutate();
  };
  return (
    <Dialog
      title={title}
      initialFocus={initialFocus}
      onClose={onClose}
      mayClose={() => !acting.isPending}
      footer={
        <>
          <Button onClick={onClose} disabled={acting.isPending}>
            {t('tenants.cancel')}
          </Button>
          <Button tone={danger ? 'danger' : 'primary'} type="submit" form={form} disabled={!ready || acting.isPending}>
            {action}
          </Button>
        </>
      }
    >
      <form id={form} className={styles.stack} onSubmit={submit}>
        {children}
        <Refusal error={acting.error} />
      </form>
    </Dialog>
  );
}

function Rename({ tenant, onClose }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(tenant.name);
  const acting = useAct(
    () => renameTenant(tenant.id, name.trim()),
    ({ name }) => {
      toast(t('tenants.rename.done', { name: visibleName(name) }));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t('tenants.rename.title', { name: visibleName(tenant.name) })}
      action={t('tenants.rename')}
      ready={name.trim() !== '' && name.trim() !== tenant.name}
      acting={acting}
      initialFocus={field}
      onClose={onClose}
    >
      <TextField
        ref={field}
        label={t('tenants.make.name')}
        maxLength={128}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
    </FormDialog>
  );
}

function ChangeStatus({ to, tenant, onClose }: Props & { to: 'suspend' | 'resume' }) {
  const field = useRef<HTMLInputElement>(null);
  const [reason, setReason] = useState('');
  const name = visibleName(tenant.name);
  const acting = useAct(
    () => setTenantStatus(tenant.id, to === 'suspend' ? 'suspended' : 'active', reason.trim()),
    () => {
      toast(t(`tenants.${to}.done`, { name }));
      onClose();
    },
  );
  return (
    <FormDialog
      title={t(`tenants.${to}.title`, { name })}
      action={t(`tenants.${to}`)}
      danger={to === 'suspend'}
      ready
      acting={acting}
      initialFocus={field}
      onClose={onClose}
    >
      <p>{t(`tenants.${to}.why`)}</p>
      <TextField
        ref={field}
        label={t('tenants.reason')}
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <p className={styles.faint}>{t('tenants.reason.why')}</p>
    </FormDialog>
  );
}

const DAYS = [7, 3, 1, 30, 0] as const;
const HOURS = 24;

function Delete({ tenant, onClose }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const [days, setDays] = useState<number>(DAYS[0]);
  const [reason, setReason] = useState('');
  const [confirm, setConfirm] = useState('');
  const acting = useAct(
    () => deleteTenant(tenant.id, { confirm: confirm.trim(), reason: reason.trim(), delayHours: days * HOURS }),
    onClose,
  );
  return (
    <FormDialog
      title={t('tenants.delete.title', { name: visibleName(tenant.name) })}
      action={t(days === 0 ? 'tenants.delete.actionNow' : 'tenants.delete.action')}
      danger
      ready={confirm.trim() === tenant.id && reason.trim() !== ''}
      acting={acting}
      initialFocus={field}
      onClose={onClose}
    >
      <p>{t('tenants.delete.why')}</p>
      <TextField
        ref={field}
        label={t('tenants.delete.reason')}
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <SelectField
        label={t('tenants.delete.delay')}
        value={String(days)}
        options={DAYS.map((count) => ({
          value: String(count),
          label:
            count === 0
              ? t('tenants.delete.now')
              : count === 1
                ? t('tenants.delete.day')
                : t('tenants.delete.days', { count }),
        }))}
        onChange={(event) => setDays(Number(event.target.value))}
      />
      {days === 0 && (
        <p className={styles.refusal}>
          <Icon name="warning" size={14} />
          {t('tenants.delete.nowWhy')}
        </p>
      )}
      <TextField
        label={t('tenants.delete.confirm', { id: tenant.id })}
        maxLength={63}
        value={confirm}
        onChange={(event) => setConfirm(event.target.value)}
      />
    </FormDialog>
  );
}
