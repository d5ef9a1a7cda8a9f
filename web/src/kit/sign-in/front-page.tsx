import { type ReactNode, useEffect } from 'react';
import { chooseLocale, t } from '../../i18n/index.ts';
import { usePreferences } from '../../preferences/preferences.ts';
import { Button, IconButton } from '../button.tsx';
import { Icon } from '../icon.tsx';
import { Mark } from '../mark.tsx';
import styles from './front-page.module.css';
import { Roofs } from './roofs.tsx';

/** What is seen before somebody is signed in: a title and a form, beside a quiet view; language and theme at the foot. */
export function FrontPage({ title, children }: { title: string; children: ReactNode }) {
  const { locale, theme, set } = usePreferences();
  useEffect(() => {
    document.title = `${title} · Hanok`;
  }, [title]);
  return (
    <div className={styles.page}>
      <aside className={styles.view} aria-hidden="true">
        <Roofs />
        <p className={styles.motto}>{t('signIn.motto')}</p>
      </aside>
      <main className={styles.panel}>
        <div className={styles.form}>
          <div className={styles.name}>
            <Mark size={34} />
            <span>Hanok</span>
          </div>
          <h1 className={styles.title}>{title}</h1>
          {children}
        </div>
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

/** The fields of a front page. */
export const frontForm = styles.fields ?? '';
export const frontSubmit = styles.submit ?? '';

export const FrontHint = ({ children }: { children: ReactNode }) => <p className={styles.hint}>{children}</p>;

export const FrontNote = ({ children }: { children: ReactNode }) => (
  <p className={styles.ended} role="status">
    <Icon name="info" size={14} />
    <span>{children}</span>
  </p>
);

/** Why it did not work; always there, so that screen readers hear it come. */
export const FrontTrouble = ({ children }: { children: ReactNode }) => (
  <div role="alert">
    {children && (
      <p className={styles.trouble}>
        <Icon name="warning" size={14} />
        <span>{children}</span>
      </p>
    )}
  </div>
);
