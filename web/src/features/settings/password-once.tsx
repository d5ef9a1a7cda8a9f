import { t } from '../../i18n/index.ts';
import { SecretDialog } from '../../kit/secret-dialog.tsx';

/** A password that Hanok made, said this one time. */
export function PasswordOnce({ email, password, onClose }: { email: string; password: string; onClose: () => void }) {
  return (
    <SecretDialog
      title={t('settings.people.passwordOf', { email })}
      why={t('settings.people.once')}
      label={t('settings.people.password')}
      secret={password}
      onClose={onClose}
    />
  );
}
