import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { t } from '../i18n/index.ts';
import { Mark } from '../kit/mark.tsx';
import { usePageTitle } from '../kit/page-title.ts';
import { Empty, Failure } from '../kit/states.tsx';
import styles from './fallbacks.module.css';

export function Splash() {
  return (
    <div className={styles.splash} role="status" aria-label={t('app.loading')}>
      <Mark size={40} />
    </div>
  );
}

export function MissingScreen() {
  return (
    <main className={styles.whole}>
      <Missing />
    </main>
  );
}

/** Inside the frame of a tenant. */
export function MissingPage() {
  usePageTitle(t('app.missing.title'));
  return <Missing />;
}

function Missing() {
  return (
    <Empty
      title={t('app.missing.title')}
      why={t('app.missing.why')}
      action={<Link to="/">{t('app.missing.home')}</Link>}
    />
  );
}

export function CrashScreen({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <main className={styles.whole}>
      <Failure
        error={error}
        onRetry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </main>
  );
}
