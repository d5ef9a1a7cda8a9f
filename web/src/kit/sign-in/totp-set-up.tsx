import { lazy, Suspense } from 'react';
import { t } from '../../i18n/index.ts';
import { CodeSnippet } from '../code-snippet.tsx';
import styles from './totp-set-up.module.css';

const QrCode = lazy(() => import('./qr-code.tsx'));

/** The secret for an authenticator app: as a QR code, and in letters for who types it. */
export function TotpSecretView({ secret, uri }: { secret: string; uri: string }) {
  return (
    <div className={styles.secret}>
      <p>{t('signIn.setUp.scan')}</p>
      <div className={styles.code}>
        <Suspense fallback={null}>
          <QrCode text={uri} label={t('signIn.setUp.qr')} />
        </Suspense>
      </div>
      <p className={styles.faint}>{t('signIn.setUp.type')}</p>
      <CodeSnippet label={t('signIn.setUp.secret')} code={secret} />
    </div>
  );
}

/** Recovery codes, shown this one time. */
export function RecoveryCodes({ codes, onCopied }: { codes: readonly string[]; onCopied?: () => void }) {
  return (
    <div className={styles.secret}>
      <p>{t('signIn.recovery.why')}</p>
      <CodeSnippet label={t('signIn.recovery.codes')} code={codes.join('\n')} onCopied={onCopied} />
    </div>
  );
}
