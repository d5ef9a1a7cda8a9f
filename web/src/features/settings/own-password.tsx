import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { changePassword } from '../../api/admin-queries.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { TextField } from '../../kit/field.tsx';
import { Panel } from '../../kit/panel.tsx';
import { toast } from '../../kit/toast.tsx';
import { Refusal } from './parts.tsx';
import styles from './settings.module.css';

/** Characters; the server refuses shorter ones. */
export const LEAST_PASSWORD = 12;

/** Everyone changes their own password here, members too. */
export function OwnPassword({ email }: { email: string }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const changing = useMutation({
    mutationFn: () => changePassword(current, next),
    onSuccess: () => {
      setCurrent('');
      setNext('');
      toast(t('settings.password.done'));
    },
  });
  const isShort = next !== '' && next.length < LEAST_PASSWORD;
  const ready = current !== '' && next.length >= LEAST_PASSWORD && !changing.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) changing.mutate();
  };
  return (
    <Panel title={t('settings.password')} hint={t('settings.password.hint')}>
      <form className={styles.form} onSubmit={submit}>
        {/* Password managers tell accounts apart by this. */}
        <input
          type="text"
          name="username"
          autoComplete="username"
          className="visually-hidden"
          value={email}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <TextField
          label={t('settings.password.current')}
          type="password"
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <TextField
          label={t('settings.password.next')}
          type="password"
          autoComplete="new-password"
          value={next}
          error={isShort ? t('settings.password.short', { count: LEAST_PASSWORD }) : undefined}
          onChange={(event) => setNext(event.target.value)}
        />
        <Refusal error={changing.error} />
        <div>
          <Button tone="primary" type="submit" disabled={!ready}>
            {t('settings.password.change')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
