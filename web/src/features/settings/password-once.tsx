import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { CodeSnippet } from '../../kit/code-snippet.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import styles from './settings.module.css';

/** A password that Hanok made, said this one time. */
export function PasswordOnce({ email, password, onClose }: { email: string; password: string; onClose: () => void }) {
  return (
    <Dialog
      title={t('settings.people.passwordOf', { email })}
      onClose={onClose}
      footer={
        <Button tone="primary" onClick={onClose}>
          {t('settings.people.kept')}
        </Button>
      }
    >
      <div className={styles.stack}>
        <p className={styles.once}>{t('settings.people.once')}</p>
        <CodeSnippet label={t('settings.people.password')} code={`⟪${password}⟫`} />
      </div>
    </Dialog>
  );
}
