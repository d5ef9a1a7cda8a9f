import type { IngestActivityEvent, IngestActivityResponse } from '@hanok/contract';
import { formatAgo, formatInstantFull } from '../../format/instants.ts';
import { formatExact } from '../../format/numbers.ts';
import { visibleName } from '../../format/visible.ts';
import { t } from '../../i18n/index.ts';
import { StateDot } from '../../kit/badge.tsx';
import { Icon } from '../../kit/icon.tsx';
import { refusalFix, refusalText } from '../../kit/ingest/refusal-words.ts';
import styles from './ingest-panel.module.css';

const SHOWN = 5;

/** What was refused or only partly taken, why, and what to change; and the last thing that came through. */
export function RefusalList({
  events,
  totals,
}: {
  events: readonly IngestActivityEvent[];
  totals: IngestActivityResponse['totals'];
}) {
  const now = Date.now();
  const troubled = events.filter((event) => event.outcome !== 'accepted' || event.code !== null).slice(0, SHOWN);
  const last = events.find((event) => event.outcome !== 'refused' && event.records > 0);
  return (
    <div className={styles.events}>
      {troubled.length > 0 && (
        <ul aria-label={t('home.ingest.refusals')}>
          {troubled.map((event) => (
            <li key={`${event.at} ${event.code} ${event.remote}`} className={styles.event}>
              <StateDot
                tone={event.outcome === 'refused' ? 'bad' : 'warn'}
                label={t(`home.ingest.outcome.${event.outcome}`)}
              />
              <div className={styles.what}>
                <span className={styles.message}>{refusalText(event)}</span>
                {refusalFix(event) && (
                  <span className={styles.fix}>
                    <Icon name="chevronRight" size={12} />
                    {refusalFix(event)}
                  </span>
                )}
              </div>
              <div className={styles.from}>
                <span title={formatInstantFull(event.at)}>{formatAgo(event.at, now)}</span>
                <span>
                  {event.protocol}
                  {event.signal && ` · ${t(`app.nav.${event.signal}`)}`}
                </span>
                {(event.requests ?? 1) > 1 && (
                  <span>{t('home.ingest.times', { count: formatExact(event.requests ?? 1) })}</span>
                )}
                <span title={visibleName(event.userAgent)}>{visibleName(event.service ?? event.remote)}</span>
                {event.code && <code>{event.code}</code>}
              </div>
            </li>
          ))}
        </ul>
      )}
      <p className={styles.last}>
        {last &&
          t((last.requests ?? 1) === 1 ? 'home.ingest.last' : 'home.ingest.lastOfMany', {
            requests: formatExact(last.requests ?? 1),
            ago: formatAgo(last.at, now),
            what: t(`home.signal.${last.signal ?? 'logs'}`, { count: last.records, exact: formatExact(last.records) }),
            from: visibleName(last.service ?? last.remote),
            protocol: last.protocol,
          })}
        {totals.refused + totals.rejected > 0 && (
          <span>
            {t('home.ingest.refusedTotals', {
              requests: totals.refused,
              refused: formatExact(totals.refused),
              records: totals.rejected,
              rejected: formatExact(totals.rejected),
            })}
          </span>
        )}
      </p>
    </div>
  );
}
