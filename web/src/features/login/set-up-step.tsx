import { type FormEvent, useState } from 'react';
import { ask } from '../../api/ask.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { TextField } from '../../kit/field.tsx';
import { FrontHint, FrontPage, FrontTrouble, frontForm, frontSubmit } from '../../kit/sign-in/front-page.tsx';
import { RecoveryCodes, TotpSecretView } from '../../kit/sign-in/totp-set-up.tsx';
import { isOver, reason } from './reason.ts';

/** For who needs a second factor and has none: an authenticator app is set up before anything else. */
export function SetUpStep({
  token,
  onDone,
  onAgain,
}: {
  token: string;
  onDone: () => void;
  onAgain: (why?: string) => void;
}) {
  const [shown, setShown] = useState<{ readonly secret: string; readonly uri: string } | undefined>();
  const [codes, setCodes] = useState<readonly string[] | undefined>();
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>();
  async function attempt(work: () => Promise<void>) {
    setBusy(true);
    setTrouble(undefined);
    try {
      await work();
    } catch (error) {
      if (isOver(error)) onAgain(reason(error));
      else setTrouble(reason(error));
    }
    setBusy(false);
  }
  const begin = () => attempt(async () => setShown(await ask('POST /api/v1/login/set-up', { token })));
  const confirm = (event: FormEvent) => {
    event.preventDefault();
    void attempt(async () =>
      setCodes((await ask('POST /api/v1/login/set-up/confirm', { token, code: code.trim() })).recoveryCodes),
    );
  };
  if (codes)
    return (
      <FrontPage title={t('login.setUp.codes')}>
        <RecoveryCodes codes={codes} />
        <Button tone="primary" className={frontSubmit} onClick={onDone}>
          {t('login.setUp.kept')}
        </Button>
      </FrontPage>
    );
  return (
    <FrontPage title={t('login.setUp.title')}>
      <FrontHint>{t('login.setUp.why')}</FrontHint>
      {shown ? (
        <form className={frontForm} onSubmit={confirm}>
          <TotpSecretView {...shown} />
          <TextField
            label={t('signIn.setUp.then')}
            name="code"
            autoComplete="one-time-code"
            inputMode="numeric"
            maxLength={7}
            required
            autoFocus
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
          <FrontTrouble>{trouble}</FrontTrouble>
          <Button type="submit" tone="primary" disabled={busy || code.trim().length < 6} className={frontSubmit}>
            {t('login.setUp.finish')}
          </Button>
        </form>
      ) : (
        <>
          <FrontTrouble>{trouble}</FrontTrouble>
          <Button tone="primary" disabled={busy} className={frontSubmit} onClick={() => void begin()}>
            {t('login.setUp.begin')}
          </Button>
        </>
      )}
    </FrontPage>
  );
}
