import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useRef } from 'react';
import { useMe, useTenant } from '../../api/tenant.ts';
import { t } from '../../i18n/index.ts';
import { Icon, type IconName } from '../../kit/icon.tsx';
import { usePageTitle } from '../../kit/page-title.ts';
import { Empty } from '../../kit/states.tsx';
import { AuditSection } from './audit-section.tsx';
import { IssuersSection } from './issuers-section.tsx';
import { KeysSection } from './keys-section.tsx';
import { LimitsSection } from './limits-section.tsx';
import { PeopleSection } from './people-section.tsx';
import { SETTINGS_SECTIONS, type SettingsSearch, type SettingsSection } from './search.ts';
import styles from './settings.module.css';
import { StorageSection } from './storage-section.tsx';

const ICONS: Readonly<Record<SettingsSection, IconName>> = {
  keys: 'key',
  issuers: 'link',
  limits: 'gauge',
  storage: 'disk',
  people: 'user',
  audit: 'history',
};

export function SettingsScreen() {
  const tenant = useTenant();
  const me = useMe();
  const params = useParams({ from: '/t/$tenant/settings/$section' });
  const search = useSearch({ from: '/t/$tenant/settings/$section' });
  const navigate = useNavigate({ from: '/t/$tenant/settings/$section' });
  const onSearch = useCallback(
    (change: Partial<SettingsSearch>) =>
      void navigate({
        to: '.',
        search: (previous) => ({ ...previous, ...change }),
        resetScroll: false,
        replace: true,
      }),
    [navigate],
  );
  const section = SETTINGS_SECTIONS.find((one) => one === params.section);
  usePageTitle(t('settings.title'));
  const sections = useRef<HTMLElement>(null);
  // On a phone the list is wider than the screen.
  useEffect(() => {
    if (section) sections.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }, [section]);
  return (
    <div className={styles.page}>
      <nav ref={sections} className={styles.nav} aria-label={t('settings.sections')}>
        {SETTINGS_SECTIONS.map((one) => (
          <Link
            key={one}
            to="/t/$tenant/settings/$section"
            params={{ tenant, section: one }}
            search={{}}
            className={styles.link}
            aria-current={one === section ? 'page' : undefined}
          >
            <Icon name={ICONS[one]} />
            {t(`settings.${one}`)}
          </Link>
        ))}
      </nav>
      <div className={styles.content}>
        {!section && (
          <Empty
            title={t('settings.missing.title')}
            why={t('settings.missing.why', { section: params.section })}
            action={
              <Link to="/t/$tenant/settings/$section" params={{ tenant, section: 'keys' }} search={{}}>
                {t('settings.missing.first')}
              </Link>
            }
          />
        )}
        {me && section === 'keys' && <KeysSection tenant={tenant} me={me} />}
        {me && section === 'issuers' && <IssuersSection tenant={tenant} me={me} />}
        {me && section === 'limits' && <LimitsSection tenant={tenant} me={me} />}
        {me && section === 'storage' && <StorageSection tenant={tenant} />}
        {me && section === 'people' && <PeopleSection tenant={tenant} me={me} />}
        {me && section === 'audit' && <AuditSection tenant={tenant} me={me} search={search} onSearch={onSearch} />}
      </div>
    </div>
  );
}
