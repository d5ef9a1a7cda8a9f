import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useFeed } from '../../api/activity-feed.ts';
import { lookAgain } from '../../api/look-again.ts';
import { ingestActivityQuery, servicesQuery } from '../../api/queries.ts';
import { useMe, useTenant } from '../../api/tenant.ts';
import { t } from '../../i18n/index.ts';
import { usePageTitle } from '../../kit/page-title.ts';
import { Failure, Skeleton } from '../../kit/states.tsx';
import { isRelative } from '../../time/range.ts';
import { useTime } from '../../time/use-time.ts';
import { ConnectPanel } from './connect-panel.tsx';
import { GlancePanel } from './glance-panel.tsx';
import styles from './home-screen.module.css';
import { IngestPanel } from './ingest-panel.tsx';

const LOOK_EVERY_MS = 30_000;

/** While nothing has arrived: how to connect. From the first record on: what goes through the activity and who needs a look. */
export function HomeScreen() {
  usePageTitle(t('home.title'));
  const tenant = useTenant();
  const { range } = useTime();
  const feed = useFeed();
  const activity = useQuery(ingestActivityQuery(tenant, feed === 'polling'));
  // A page that is left open must notice a service that stopped, without anybody asking.
  const services = useQuery({
    ...servicesQuery(tenant, range),
    refetchInterval: lookAgain(isRelative(range) && LOOK_EVERY_MS),
  });
  const rows = [...(services.data?.services ?? []), ...(services.data?.logServices ?? [])];
  const landed = (activity.data?.totals.records ?? 0) > 0;
  const settled = services.data !== undefined || services.isError;

  // The first records make the first services: look again as soon as something has come through the activity.
  const { refetch } = services;
  const waiting = landed && settled && rows.length === 0;
  useEffect(() => {
    if (!waiting) return;
    const timer = window.setInterval(() => void refetch(), 3_000);
    return () => window.clearInterval(timer);
  }, [waiting, refetch]);

  if (!settled && !activity.data)
    return (
      <div className={styles.screen}>
        <Skeleton height={170} />
        <Skeleton height={420} />
      </div>
    );
  const known = landed || rows.length > 0;
  const ingestPanel = activity.data ? (
    <IngestPanel activity={activity.data} at={activity.dataUpdatedAt} feed={feed} quiet={!known} />
  ) : activity.error ? (
    <Failure error={activity.error} onRetry={() => void activity.refetch()} />
  ) : (
    <Skeleton height={170} />
  );
  // One list with keys: when the first record lands the panels change places and keep their state, above all a key
  // that was just made and is shown only once.
  const connect = <ConnectPanel key="connect" open={!known} />;
  const front = <div key="activity">{ingestPanel}</div>;
  return (
    <div className={styles.screen}>
      {known
        ? [front, <GlancePanel key="glance" query={services} />, connect]
        : [<Welcome key="welcome" />, connect, front]}
    </div>
  );
}

function Welcome() {
  const tenant = useTenant();
  const others = useMe()?.tenants.filter((candidate) => candidate.id !== tenant) ?? [];
  return (
    <header className={styles.welcome}>
      <h2>{t('home.welcome.title')}</h2>
      <p>{t('home.welcome.why')}</p>
      {others.length > 0 && (
        <p className={styles.others}>
          {t('home.welcome.others')}{' '}
          {others.slice(0, 6).map((other) => (
            <Link key={other.id} to="/t/$tenant/home" params={{ tenant: other.id }} search={{}} preload={false}>
              {other.name}
            </Link>
          ))}
        </p>
      )}
    </header>
  );
}
