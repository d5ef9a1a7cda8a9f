import type { RoleRow } from '@hanok/contract';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import { createUser } from '../../api/admin-queries.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { SelectField, TextField } from '../../kit/field.tsx';
import { LEAST_PASSWORD } from '../../kit/sign-in/least-password.ts';
import { Refusal } from './parts.tsx';
import { roleName } from './role-name.ts';
import styles from './settings.module.css';

/** Adds someone to the tenant. Without a password the server makes one, which is then shown once. */
export function AddPerson({
  tenant,
  roles,
  onAdded,
  onClose,
}: {
  tenant: string;
  roles: readonly RoleRow[];
  onAdded: (email: string, password: string | null) => void;
  onClose: () => void;
}) {
  const form = useId();
  const field = useRef<HTMLInputElement>(null);
  const [email, setEmail] = useState('');
  const [role, setRole] = useState('viewer');
  const [password, setPassword] = useState('');
  const adding = useMutation({
    mutationFn: () => createUser(tenant, { email: email.trim(), role, ...(password ? { password } : {}) }),
    onSuccess: (answer) => onAdded(answer.user.email, answer.password),
  });
  const isShort = password !== '' && password.length < LEAST_PASSWORD;
  const ready = /^\S+@\S+\.\S+$/.test(email.trim()) && !isShort && !adding.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) adding.mutate();
  };
  return (
    <Dialog
      title={t('settings.people.add')}
      initialFocus={field}
      onClose={onClose}
      mayClose={() => !adding.isPending}
      footer={
        <>
          <Button onClick={onClose} disabled={adding.isPending}>
            {t('settings.cancel')}
          </Button>
          <Button tone="primary" type="submit" form={form} disabled={!ready}>
            {t('settings.people.add')}
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
        <TextField
          label={t('settings.people.passwordOptional')}
          type="password"
          autoComplete="new-password"
          maxLength={1_024}
          value={password}
          error={isShort ? t('signIn.short', { count: LEAST_PASSWORD }) : undefined}
          onChange={(event) => setPassword(event.target.value)}
        />
        <p className={styles.faint}>{t('settings.people.passwordWhy')}</p>
        <Refusal error={adding.error} />
      </form>
    </Dialog>
  );
}
