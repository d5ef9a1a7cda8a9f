import { type FormEvent, useState } from 'react';
import { ask } from '../../api/ask.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { TextField } from '../../kit/field.tsx';
import { FrontHint, FrontPage, FrontTrouble, frontForm, frontSubmit } from '../../kit/sign-in/front-page.tsx';
import { isOver, reason } from './reason.ts';

/** Asks for the code of the authenticator app, or a recovery code. */
export function SecondFactorStep({
  token,
  onDone,
  onAgain,
}: {
  token: string;
  onDone: () => void;
  onAgain: (why?: string) => void;
}) {
  const [code, setCode] = useState('');
  const [recovery, setRecovery] = useState(false);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>();
  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setTrouble(undefined);
    try {
      await ask('POST /api/v1/login/second-factor', { token, code: code.trim() });
      onDone();
    } catch (error) {
      if (isOver(error)) onAgain(reason(error));
      else setTrouble(reason(error));
      setCode('');
      setBusy(false);
    }
  }
  return (
    <FrontPage title={t('login.second.title')}>
      <form className={frontForm} onSubmit={submit}>
        <FrontHint>{recovery ? t('login.second.recoveryWhy') : t('login.second.why')}</FrontHint>
        <TextField
          key={recovery ? 'recovery' : 'app'}
          label={recovery ? t('login.second.recoveryCode') : t('signIn.code')}
          name="code"
          autoComplete="one-time-code"
          inputMode={recovery ? 'text' : 'numeric'}
          maxLength={recovery ? 40 : 7}
          required
          autoFocus
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
        <FrontTrouble>{trouble}</FrontTrouble>
        <Button type="submit" tone="primary" disabled={busy || code.trim().length < 6} className={frontSubmit}>
          {busy ? t('login.busy') : t('login.submit')}
        </Button>
        <Button
          tone="quiet"
          onClick={() => {
            setRecovery(!recovery);
            setCode('');
            setTrouble(undefined);
          }}
        >
          {recovery ? t('login.second.useApp') : t('login.second.useRecovery')}
        </Button>
        <Button tone="quiet" onClick={() => onAgain()}>
          {t('login.second.other')}
        </Button>
      </form>
    </FrontPage>
  );
}
