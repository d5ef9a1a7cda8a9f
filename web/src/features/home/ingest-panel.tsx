import type { IngestActivityResponse } from '@hanok/contract';
import { Link } from '@tanstack/react-router';
import { useTenant } from '../../api/tenant.ts';
import { formatBytes, formatCount, formatRate } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import { join } from '../../kit/join.ts';
import { Panel } from '../../kit/panel.tsx';
import { Sparkline } from '../../kit/sparkline.tsx';
import styles from './ingest-panel.module.css';
import { RefusalList } from './refusal-list.tsx';
import type { Feed } from './use-ingest-activity.ts';

const SIGNALS = [
  { id: 'traces', token: '--series-1' },
  { id: 'logs', token: '--series-6' },
  { id: 'metrics', token: '--series-3' },
] as const;

/** The rate a person reads as "now": one second alone would flicker. */
const NOW_SECONDS = 5;

/** What knocks: per signal how much came in over the last minute, and what was turned away and why. */
export function IngestPanel({
  activity,
  feed,
  quiet,
}: {
  activity: IngestActivityResponse;
  feed: Feed;
  quiet: boolean;
}) {
  const tenant = useTenant();
  const refusedNow = activity.refused.reduce((sum, count) => sum + count, 0);
  return (
    <Panel
      flush
      title={t('home.ingest')}
      hint={
        <span className={styles.feed} data-feed={feed}>
          {t(`home.ingest.${feed}`)}
        </span>
      }
      actions={
        <span className={styles.totals}>
          {t('home.ingest.totals', {
            records: formatCount(activity.totals.records),
            bytes: formatBytes(activity.totals.bytes),
          })}
        </span>
      }
    >
      <div className={styles.lanes}>
        {SIGNALS.map(({ id, token }) => {
          const values = activity.accepted[id] ?? [];
          const rate = recentRate(values);
          return (
            <Link key={id} to={`/t/$tenant/${id}`} params={{ tenant }} search={{}} className={styles.lane}>
              <span className={styles.name}>{t(`app.nav.${id}`)}</span>
              <span className={join(styles.rate, rate === 0 && styles.zero)}>{formatRate(rate)}</span>
              <span className={styles.spark}>
                <Sparkline
                  values={values}
                  label={t('home.ingest.spark', { signal: t(`app.nav.${id}`) })}
                  token={token}
                  look="bars"
                  width="fill"
                  height={40}
                />
              </span>
            </Link>
          );
        })}
        <div className={styles.lane} data-refused={refusedNow > 0 ? '' : undefined}>
          <span className={styles.name}>{t('home.ingest.refused')}</span>
          <span className={join(styles.rate, refusedNow === 0 && styles.zero)}>
            {t('home.ingest.refusedCount', { count: refusedNow })}
          </span>
          <span className={styles.spark}>
            <Sparkline
              values={activity.refused}
              label={t('home.ingest.refusedSpark')}
              token="--mark-bad"
              look="bars"
              width="fill"
              height={40}
            />
          </span>
        </div>
      </div>
      {quiet && activity.recent.length === 0 ? (
        <p className={styles.waiting}>
          <i />
          {t('home.ingest.waiting')}
        </p>
      ) : (
        <RefusalList events={activity.recent} totals={activity.totals} />
      )}
    </Panel>
  );
}

function recentRate(perSecond: readonly number[]): number {
  const last = perSecond.slice(-NOW_SECONDS);
  return last.length === 0 ? 0 : last.reduce((sum, value) => sum + value, 0) / last.length;
}
