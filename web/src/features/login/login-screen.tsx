import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { type FormEvent, type KeyboardEvent, useEffect, useState } from 'react';
import { ask } from '../../api/ask.ts';
import { ApiError } from '../../api/client.ts';
import { chooseLocale, t } from '../../i18n/index.ts';
import { isComposing } from '../../keyboard/registry.ts';
import { Button, IconButton } from '../../kit/button.tsx';
import { errorText } from '../../kit/error-text.ts';
import { TextField } from '../../kit/field.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Mark } from '../../kit/mark.tsx';
import { usePreferences } from '../../preferences/preferences.ts';
import styles from './login-screen.module.css';
import { Roofs } from './roofs.tsx';

/** Enter that ends a Hangul syllable is part of typing, not of sending. */
function keepComposing(event: KeyboardEvent): void {
  if (event.key === 'Enter' && isComposing(event.nativeEvent)) event.preventDefault();
}

export function LoginScreen() {
  const { next, ended } = useSearch({ from: '/login' });
  const navigate = useNavigate();
  const router = useRouter();
  const client = useQueryClient();
  const { locale, theme, set } = usePreferences();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>();
  useEffect(() => {
    document.title = `${t('login.title')} · Hanok`;
  }, []);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setTrouble(undefined);
    try {
      await ask('POST /api/v1/login', { email: email.trim(), password });
    } catch (error) {
      setTrouble(reason(error));
      setBusy(false);
      return;
    }
    client.clear();
    if (next) router.history.push(next);
    else await navigate({ to: '/' });
  }

  return (
    <div className={styles.page}>
      <aside className={styles.view} aria-hidden="true">
        <Roofs />
        <p className={styles.motto}>{t('login.motto')}</p>
      </aside>
      <main className={styles.panel}>
        <form className={styles.form} onSubmit={submit} onKeyDown={keepComposing}>
          <div className={styles.name}>
            <Mark size={34} />
            <span>Hanok</span>
          </div>
          <h1 className={styles.title}>{t('login.title')}</h1>
          {ended && (
            <p className={styles.ended} role="status">
              <Icon name="info" size={14} />
              {t('login.ended')}
            </p>
          )}
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
          <div role="alert">
            {trouble && (
              <p className={styles.trouble}>
                <Icon name="warning" size={14} />
                {trouble}
              </p>
            )}
          </div>
          <Button type="submit" tone="primary" disabled={busy} className={styles.submit ?? ''}>
            {busy ? t('login.busy') : t('login.submit')}
          </Button>
          <p className={styles.hint}>{t('login.hint')}</p>
        </form>
        <footer className={styles.foot}>
          <Button
            tone="quiet"
            size="s"
            icon="language"
            onClick={() => void chooseLocale(locale === 'ko' ? 'en' : 'ko')}
          >
            {locale === 'ko' ? 'English' : '한국어'}
          </Button>
          <IconButton
            size="s"
            icon={theme === 'dark' ? 'sun' : 'moon'}
            label={theme === 'dark' ? t('app.theme.light') : t('app.theme.dark')}
            onClick={() => set({ theme: theme === 'dark' ? 'light' : 'dark' })}
          />
        </footer>
      </main>
    </div>
  );
}

function reason(error: unknown): string {
  if (!(error instanceof ApiError)) return String(error);
  if (error.code === 'network') return t('kit.failure.network');
  if (error.status === 401) return t('login.refused');
  if (error.status === 429) return t('login.tooMany', { seconds: Math.ceil(error.retryAfter ?? 60) });
  if (error.code === 'control.busy') return t('login.crowded', { seconds: Math.ceil(error.retryAfter ?? 2) });
  return errorText(error);
}
