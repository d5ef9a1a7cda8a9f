import { useConnection } from '../api/connection.ts';
import { formatClock } from '../format/instants.ts';
import { t } from '../i18n/index.ts';
import { Icon } from '../kit/icon.tsx';
import styles from './notices.module.css';

/** While the server does not answer, every screen says so, since when, and of when what is seen is. Empty otherwise, and always there, so that screen readers hear it. */
export function AwayBanner() {
  const { away } = useConnection();
  return (
    <div role="status">
      {away && (
        <div className={styles.notice} data-level="critical" data-away={away.reason}>
          <Icon name="warning" />
          <span>
            {t(`app.away.${away.reason}`, { since: formatClock(away.since, true) })}{' '}
            {away.lastAnswer !== undefined && t('app.away.seen', { at: formatClock(away.lastAnswer, true) })}{' '}
            {t('app.away.again')}
          </span>
        </div>
      )}
    </div>
  );
}
