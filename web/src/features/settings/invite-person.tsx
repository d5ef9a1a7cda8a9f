import type { RoleRow } from '@hanok/contract';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import { invite } from '../../api/sign-in-queries.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { SelectField, TextField } from '../../kit/field.tsx';
import type { ShownLink } from './link-once.tsx';
import { Refusal } from './parts.tsx';
import { roleName } from './role-name.ts';
import styles from './settings.module.css';

/** Asks whom to invite, and as what; the link is shown once afterwards. */
export function InvitePerson({
  tenant,
  roles,
  onInvited,
  onClose,
}: {
  tenant: string;
  roles: readonly RoleRow[];
  onInvited: (made: ShownLink) => void;
  onClose: () => void;
}) {
  const form = useId();
  const field = useRef<HTMLInputElement>(null);
  const [email, setEmail] = useState('');
  const [role, setRole] = useState('viewer');
  const inviting = useMutation({
    mutationFn: () => invite(tenant, { email: email.trim(), role }),
    onSuccess: ({ invitation, link }) => onInvited({ email: invitation.email, link }),
  });
  const ready = /^\S+@\S+\.\S+$/.test(email.trim()) && !inviting.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) inviting.mutate();
  };
  return (
    <Dialog
      title={t('settings.people.inviteTitle')}
      initialFocus={field}
      onClose={onClose}
      mayClose={() => !inviting.isPending}
      footer={
        <>
          <Button onClick={onClose} disabled={inviting.isPending}>
            {t('settings.cancel')}
          </Button>
          <Button tone="primary" type="submit" form={form} disabled={!ready}>
            {t('settings.people.invite')}
          </Button>
        </>
      }
    >
      <form id={form} className={styles.stack} onSubmit={submit}>
        <TextField
          ref={field}
          label={t('settings.people.email')}
          type="email"
          maxLength={254}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <SelectField
          label={t('settings.people.role')}
          value={role}
          options={roles
            .filter(({ id }) => id !== 'owner')
            .map(({ id }) => ({ value: id, label: roleName(id, roles) }))}
          onChange={(event) => setRole(event.target.value)}
        />
        <p className={styles.faint}>{t('settings.people.inviteWhy')}</p>
        <Refusal error={inviting.error} />
      </form>
    </Dialog>
  );
}
