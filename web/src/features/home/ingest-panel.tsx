import type { IngestActivityResponse } from '@hanok/contract';
import { Link } from '@tanstack/react-router';
import type { Feed } from '../../api/activity-feed.ts';
import { useConnection } from '../../api/connection.ts';
import { useTenant } from '../../api/tenant.ts';
import { formatBytes, formatCount, formatRate, rateUnitOf } from '../../format/numbers.ts';
import { t } from '../../i18n/index.ts';
import { AsOf } from '../../kit/as-of.tsx';
import { join } from '../../kit/join.ts';
import { Panel } from '../../kit/panel.tsx';
import { Sparkline } from '../../kit/sparkline.tsx';
import { Dimmed } from '../../kit/states.tsx';
import styles from './ingest-panel.module.css';
import { MarkedList } from './marked-list.tsx';
import { RefusalList } from './refusal-list.tsx';

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
  at,
  feed,
  quiet,
}: {
  activity: IngestActivityResponse;
  /** When it came, Unix milliseconds. */
  at: number;
  feed: Feed;
  quiet: boolean;
}) {
  const tenant = useTenant();
  const { away } = useConnection();
  const rates = SIGNALS.map(({ id }) => recentRate(activity.accepted[id] ?? []));
  const unit = rateUnitOf(rates);
  const refusedNow = activity.refused.reduce((sum, count) => sum + count, 0);
  return (
    <Panel
      flush
      title={t('home.ingest')}
      hint={
        away ? (
          <AsOf at={at} />
        ) : (
          <span className={styles.feed} data-feed={feed}>
            {t(`home.ingest.${feed}`)}
          </span>
        )
      }
      actions={
        <span className={styles.totals}>
          {t('home.ingest.totals', {
            count: activity.totals.records,
            records: formatCount(activity.totals.records),
            bytes: formatBytes(activity.totals.bytes),
          })}
        </span>
      }
    >
      <Dimmed when={false} className={styles.lanes ?? ''}>
        {SIGNALS.map(({ id, token }, i) => {
          const values = activity.accepted[id] ?? [];
          const rate = rates[i] ?? 0;
          return (
            <Link key={id} to={`/t/$tenant/${id}`} params={{ tenant }} search={{}} className={styles.lane}>
              <span className={styles.name}>{t(`app.nav.${id}`)}</span>
              <span className={join(styles.rate, rate === 0 && styles.zero)}>{formatRate(rate, unit)}</span>
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
      </Dimmed>
      <MarkedList marked={activity.marked} />
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
