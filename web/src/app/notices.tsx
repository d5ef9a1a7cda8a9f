import { useQuery } from '@tanstack/react-query';
import { useFeed } from '../api/activity-feed.ts';
import { ingestActivityQuery } from '../api/queries.ts';
import { useTenant } from '../api/tenant.ts';
import { Icon } from '../kit/icon.tsx';
import { noticeText } from '../kit/ingest/ingest-words.ts';
import styles from './notices.module.css';

const NOTICES_EVERY_MS = 20_000;

/** Disk, journal or engine trouble, on every screen while it lasts. */
export function Notices() {
  const tenant = useTenant();
  const polled = useFeed() === 'polling';
  const { data } = useQuery({ ...ingestActivityQuery(tenant, polled), refetchInterval: polled && NOTICES_EVERY_MS });
  const loud = data?.notices.filter((notice) => notice.level !== 'info') ?? [];
  return loud.map((notice) => (
    <div key={`${notice.code} ${notice.message}`} className={styles.notice} data-level={notice.level} role="alert">
      <Icon name="warning" />
      <span>{noticeText(notice)}</span>
      <code>{notice.code}</code>
    </div>
  ));
}
