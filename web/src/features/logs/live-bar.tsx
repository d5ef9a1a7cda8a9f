import { formatClock } from '../../format/instants.ts';
import { formatCount } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { errorText } from '../../kit/error-text.ts';
import styles from './logs-page.module.css';
import type { Tail } from './use-tail.ts';

/** How the live list is doing: following, paused while it is read, or cut off. */
export function LiveBar({
  tail,
  paused,
  onResume,
}: {
  readonly tail: Tail;
  readonly paused: boolean;
  readonly onResume: () => void;
}) {
  return (
    <div className={styles.live} data-state={tail.state} role="status">
      {tail.state === 'refused' ? (
        tail.error && errorText(tail.error)
      ) : tail.state === 'lost' ? (
        t('logs.liveLost')
      ) : paused ? (
        <>
          {t('logs.livePaused')}{' '}
          <Button size="s" tone="primary" onClick={onResume}>
            {t('logs.resume', { count: tail.waiting })}
          </Button>
        </>
      ) : tail.rows.length === 0 ? (
        t('logs.liveOn')
      ) : (
        t('logs.liveRate', { rate: formatCount(tail.rate) })
      )}
      {tail.hidden && (
        <span>
          {t('logs.liveHidden', {
            from: formatClock(tail.hidden.fromMs, true),
            to: formatClock(tail.hidden.toMs, true),
          })}
        </span>
      )}
      {tail.skipped > 0 && <span>{t('logs.liveSkipped', { count: formatCount(tail.skipped) })}</span>}
    </div>
  );
}
