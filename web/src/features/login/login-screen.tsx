import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { type FormEvent, type KeyboardEvent, useState } from 'react';
import { ask } from '../../api/ask.ts';
import { t } from '../../i18n/index.ts';
import { isComposing } from '../../keyboard/registry.ts';
import { Button } from '../../kit/button.tsx';
import { TextField } from '../../kit/field.tsx';
import {
  FrontHint,
  FrontNote,
  FrontPage,
  FrontTrouble,
  frontForm,
  frontSubmit,
} from '../../kit/sign-in/front-page.tsx';
import { reason } from './reason.ts';
import { SecondFactorStep } from './second-factor-step.tsx';
import { SetUpStep } from './set-up-step.tsx';

/** Enter that ends a Hangul syllable is part of typing, not of sending. */
function keepComposing(event: KeyboardEvent): void {
  if (event.key === 'Enter' && isComposing(event.nativeEvent)) event.preventDefault();
}

/** What is left to do after the password, and the token to do it with. */
interface Half {
  readonly token: string;
  readonly next: 'second-factor' | 'set-up';
}

export function LoginScreen() {
  const { next, ended } = useSearch({ from: '/login' });
  const navigate = useNavigate();
  const router = useRouter();
  const client = useQueryClient();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>();
  const [half, setHalf] = useState<Half | undefined>();

  async function enter() {
    client.clear();
    if (next) router.history.push(next);
    else await navigate({ to: '/' });
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setTrouble(undefined);
    try {
      const answer = await ask('POST /api/v1/login', { email: email.trim(), password });
      setBusy(false);
      if ('mfa' in answer) {
        setPassword('');
        setHalf(answer.mfa);
        return;
      }
    } catch (error) {
      setTrouble(reason(error));
      setBusy(false);
      return;
    }
    await enter();
  }

  const begin = (why?: string) => {
    setHalf(undefined);
    setTrouble(why);
  };
  if (half?.next === 'second-factor')
    return <SecondFactorStep token={half.token} onDone={() => void enter()} onAgain={begin} />;
  if (half) return <SetUpStep token={half.token} onDone={() => void enter()} onAgain={begin} />;
  return (
    <FrontPage title={t('login.title')}>
      <form className={frontForm} onSubmit={submit} onKeyDown={keepComposing}>
        {ended && <FrontNote>{t('login.ended')}</FrontNote>}
        <TextField
          label={t('login.email')}
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <TextField
          label={t('login.password')}
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <FrontTrouble>{trouble}</FrontTrouble>
        <Button type="submit" tone="primary" disabled={busy} className={frontSubmit}>
          {busy ? t('login.busy') : t('login.submit')}
        </Button>
        <FrontHint>{t('login.hint')}</FrontHint>
      </form>
    </FrontPage>
  );
}
