import type { IngestMarked, Mark } from '@hanok/contract';
import { nanosToMillis } from '@hanok/contract/time';
import { Link } from '@tanstack/react-router';
import { useTenant } from '../../api/tenant.ts';
import { formatAgo, formatInstantFull } from '../../format/instants.ts';
import { formatExact } from '../../format/numbers.ts';
import { type MessageId, t } from '../../i18n/index.ts';
import { StateDot } from '../../kit/badge.tsx';
import { Icon } from '../../kit/icon.tsx';
import { markText } from '../../kit/mark-list.tsx';
import styles from './ingest-panel.module.css';

/** What a sender can do about it. Marks that only note something are not sent by the server. */
const MENDED: Readonly<Partial<Record<Mark, MessageId>>> = {
  'value-cut': 'home.marked.fix.valueCut',
  'key-cut': 'home.marked.fix.keyCut',
  'attributes-dropped': 'home.marked.fix.attributesDropped',
  'depth-cut': 'home.marked.fix.depthCut',
  'time-placed': 'home.marked.fix.timePlaced',
  'time-missing': 'home.marked.fix.timeMissing',
  'end-before-start': 'home.marked.fix.endBeforeStart',
  'utf8-repaired': 'home.marked.fix.utf8Repaired',
  'id-unreadable': 'home.marked.fix.idUnreadable',
  'severity-out-of-range': 'home.marked.fix.severityOutOfRange',
  'enum-unknown': 'home.marked.fix.enumUnknown',
  'business-id-differed': 'home.marked.fix.businessIdDiffered',
};

const HOUR_MS = 3_600_000;

/** What was stored otherwise than it was sent over the last hour, how to mend it, and the search that finds it. */
export function MarkedList({ marked }: { marked: readonly IngestMarked[] }) {
  const now = Date.now();
  // The server says nothing while nothing arrives; what has become older than an hour meanwhile goes.
  const recent = marked.filter(({ at }) => now - nanosToMillis(at) < HOUR_MS);
  if (recent.length === 0) return null;
  return (
    <div className={styles.events}>
      <ul aria-label={t('home.marked')}>
        {recent.map((one) => (
          <Line key={`${one.mark} ${one.signal}`} one={one} now={now} />
        ))}
      </ul>
    </div>
  );
}

function Line({ one: { mark, signal, records, at }, now }: { one: IngestMarked; now: number }) {
  const mended = MENDED[mark];
  return (
    <li className={styles.event}>
      <StateDot tone="warn" label={t('home.marked.stored')} />
      <div className={styles.what}>
        <span className={styles.message}>
          {t('home.marked.line', {
            what: markText(mark),
            records: t(`home.signal.${signal}`, { count: records, exact: formatExact(records) }),
          })}
        </span>
        {mended && (
          <span className={styles.fix}>
            <Icon name="chevronRight" size={12} />
            {t(mended)}
          </span>
        )}
      </div>
      <div className={styles.from}>
        <span title={formatInstantFull(at)}>{formatAgo(at, now)}</span>
        <Found mark={mark} signal={signal} />
      </div>
    </li>
  );
}

/** Metrics are not searched record by record: their marks stand with their points. */
function Found({ mark, signal }: Pick<IngestMarked, 'mark' | 'signal'>) {
  const tenant = useTenant();
  const query = `mark:${mark}`;
  const range = { from: 'now-1h', to: 'now' };
  if (signal === 'metrics') return <code>{query}</code>;
  return signal === 'logs' ? (
    <Link to="/t/$tenant/logs" params={{ tenant }} search={{ query, ...range }}>
      {query}
    </Link>
  ) : (
    <Link to="/t/$tenant/traces" params={{ tenant }} search={{ query, view: 'spans', ...range }}>
      {query}
    </Link>
  );
}
