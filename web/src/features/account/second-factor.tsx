import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ask } from '../../api/ask.ts';
import { mySessionsQuery, mySignInQuery } from '../../api/sign-in-queries.ts';
import { formatInstant } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { TextField } from '../../kit/field.tsx';
import { Panel } from '../../kit/panel.tsx';
import { RecoveryCodes, TotpSecretView } from '../../kit/sign-in/totp-set-up.tsx';
import { Failure, Skeleton } from '../../kit/states.tsx';
import styles from './account.module.css';
import { Refusal } from './refusal.tsx';

type Doing = 'set-up' | 'codes' | 'remove';

/** The reader's authenticator app and recovery codes. */
export function SecondFactor() {
  const client = useQueryClient();
  const mine = useQuery(mySignInQuery());
  const [doing, setDoing] = useState<Doing | undefined>();
  const [codes, setCodes] = useState<readonly string[] | undefined>();
  const done = async (made: readonly string[] | undefined) => {
    setDoing(undefined);
    setCodes(made);
    await client.invalidateQueries({ queryKey: mySignInQuery().queryKey });
    await client.invalidateQueries({ queryKey: mySessionsQuery().queryKey });
  };
  if (mine.isError)
    return (
      <Panel title={t('account.factor')}>
        <Failure error={mine.error} onRetry={() => void mine.refetch()} />
      </Panel>
    );
  if (mine.isPending)
    return (
      <Panel title={t('account.factor')}>
        <Skeleton rows={2} />
      </Panel>
    );
  const { totpSince, recoveryCodesLeft, required } = mine.data;
  return (
    <Panel title={t('account.factor')} hint={required ? t('account.factor.required') : undefined}>
      <div className={styles.stack}>
        {codes && (
          <>
            <RecoveryCodes codes={codes} />
            <div>
              <Button onClick={() => setCodes(undefined)}>{t('account.factor.kept')}</Button>
            </div>
          </>
        )}
        <p>
          {totpSince === null
            ? t('account.factor.none')
            : t('account.factor.since', { at: formatInstant(totpSince), count: recoveryCodesLeft })}
        </p>
        {doing ? (
          <Act doing={doing} onDone={(made) => void done(made)} onClose={() => setDoing(undefined)} />
        ) : (
          <div className={styles.row}>
            {totpSince === null ? (
              <Button tone="primary" onClick={() => setDoing('set-up')}>
                {t('account.factor.setUp')}
              </Button>
            ) : (
              <>
                <Button onClick={() => setDoing('codes')}>{t('account.factor.newCodes')}</Button>
                {!required && <Button onClick={() => setDoing('remove')}>{t('account.factor.remove')}</Button>}
              </>
            )}
          </div>
        )}
      </div>
    </Panel>
  );
}

/** Asks for the password first; to set an app up, for a code of it then. */
function Act({
  doing,
  onDone,
  onClose,
}: {
  doing: Doing;
  onDone: (codes: readonly string[] | undefined) => void;
  onClose: () => void;
}) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [shown, setShown] = useState<{ readonly secret: string; readonly uri: string } | undefined>();
  const acting = useMutation({
    mutationFn: async () => {
      if (shown) onDone((await ask('POST /api/v1/me/totp/confirm', { code: code.trim() })).recoveryCodes);
      else if (doing === 'set-up') setShown(await ask('POST /api/v1/me/totp', { password }));
      else if (doing === 'codes') onDone((await ask('POST /api/v1/me/recovery-codes', { password })).recoveryCodes);
      else {
        await ask('POST /api/v1/me/totp/remove', { password });
        onDone(undefined);
      }
    },
  });
  const ready = !acting.isPending && (shown ? code.trim().length >= 6 : password !== '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) acting.mutate();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      {shown ? (
        <>
          <TotpSecretView {...shown} />
          <TextField
            label={t('signIn.setUp.then')}
            autoComplete="one-time-code"
            inputMode="numeric"
            maxLength={7}
            autoFocus
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        </>
      ) : (
        <TextField
          label={t('account.password.current')}
          type="password"
          autoComplete="current-password"
          autoFocus
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      )}
      <Refusal error={acting.error} />
      <div className={styles.row}>
        <Button tone={doing === 'remove' ? 'danger' : 'primary'} type="submit" disabled={!ready}>
          {t(shown ? 'account.factor.finish' : WORDS[doing])}
        </Button>
        <Button onClick={onClose}>{t('account.cancel')}</Button>
      </div>
    </form>
  );
}

const WORDS = {
  'set-up': 'account.factor.setUp',
  codes: 'account.factor.newCodes',
  remove: 'account.factor.remove',
} as const;
