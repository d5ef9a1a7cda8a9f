import type { OutputOf } from '@hanok/contract';
import { formatInstant } from '../../format/instants.ts';
import { t } from '../../i18n/index.ts';
import { SecretDialog } from '../../kit/secret-dialog.tsx';

export interface ShownLink {
  readonly email: string;
  readonly link: OutputOf<'POST /api/v1/users/:id/reset-link'>['link'];
}

/** A link for one use, shown this one time. */
export function LinkOnce({ email, link, onClose }: ShownLink & { onClose: () => void }) {
  return (
    <SecretDialog
      size="l"
      title={t('settings.people.linkOf', { email })}
      why={t('settings.people.linkWhy', { until: formatInstant(link.expiresAt) })}
      label={t('settings.people.link')}
      secret={link.url}
      onClose={onClose}
    >
      {() => link.mail !== 'off' && <p>{t(`settings.people.mail.${link.mail}`)}</p>}
    </SecretDialog>
  );
}
