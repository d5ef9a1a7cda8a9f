import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { changePassword } from '../../api/admin-queries.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { TextField } from '../../kit/field.tsx';
import { Panel } from '../../kit/panel.tsx';
import { LEAST_PASSWORD } from '../../kit/sign-in/least-password.ts';
import { toast } from '../../kit/toast.tsx';
import styles from './account.module.css';
import { Refusal } from './refusal.tsx';

/** The reader's own password. */
export function OwnPassword({ email }: { email: string }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const changing = useMutation({
    mutationFn: () => changePassword(current, next),
    onSuccess: () => {
      setCurrent('');
      setNext('');
      toast(t('account.password.done'));
    },
  });
  const isShort = next !== '' && next.length < LEAST_PASSWORD;
  const ready = current !== '' && next.length >= LEAST_PASSWORD && !changing.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) changing.mutate();
  };
  return (
    <Panel title={t('account.password')} hint={t('account.password.hint')}>
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
          label={t('account.password.current')}
          type="password"
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <TextField
          label={t('account.password.next')}
          type="password"
          autoComplete="new-password"
          value={next}
          error={isShort ? t('signIn.short', { count: LEAST_PASSWORD }) : undefined}
          onChange={(event) => setNext(event.target.value)}
        />
        <Refusal error={changing.error} />
        <div>
          <Button tone="primary" type="submit" disabled={!ready}>
            {t('account.password.change')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
