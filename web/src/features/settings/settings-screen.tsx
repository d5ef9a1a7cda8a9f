import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type ReactNode, Suspense, useCallback, useEffect, useRef } from 'react';
import { lacking } from '../../api/may.ts';
import { useMe, useTenant } from '../../api/tenant.ts';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../kit/icon.tsx';
import { usePageTitle } from '../../kit/page-title.ts';
import { Empty, Skeleton } from '../../kit/states.tsx';
import type { SettingsSearch } from './search.ts';
import {
  belongsTo,
  SETTINGS_GROUPS,
  SETTINGS_SECTIONS,
  type SectionProps,
  type SettingsSection,
  sectionsFor,
} from './sections.ts';
import styles from './settings.module.css';

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
  const section = SETTINGS_SECTIONS.find(({ id }) => id === params.section);
  const shown = sectionsFor(me, tenant);
  usePageTitle(t('settings.title'));
  const sections = useRef<HTMLElement>(null);
  // On a phone the list is wider than the screen.
  useEffect(() => {
    if (section)
      sections.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [section]);
  return (
    <div className={styles.page}>
      <nav ref={sections} className={styles.nav} aria-label={t('settings.sections')}>
        {SETTINGS_GROUPS.map((group) => {
          const ofGroup = shown.filter((one) => one.group === group);
          return (
            ofGroup.length > 0 && (
              <section key={group} className={styles.group} aria-label={t(`settings.group.${group}`)}>
                <h2 className={styles.groupTitle}>{t(`settings.group.${group}`)}</h2>
                {ofGroup.map((one) => (
                  <Link
                    key={one.id}
                    to="/t/$tenant/settings/$section"
                    params={{ tenant, section: one.id }}
                    search={{}}
                    className={styles.link}
                    aria-current={one.id === section?.id ? 'page' : undefined}
                  >
                    <Icon name={one.icon} />
                    {t(one.label)}
                  </Link>
                ))}
              </section>
            )
          );
        })}
      </nav>
      <div className={styles.content}>
        {section === undefined ? (
          <Elsewhere
            tenant={tenant}
            first={shown[0]}
            title={t('settings.missing.title')}
            why={t('settings.missing.why', { section: params.section })}
          />
        ) : (
          me && <Section section={section} first={shown[0]} props={{ tenant, me, search, onSearch }} />
        )}
      </div>
    </div>
  );
}

/** The section, or why it is not shown. */
function Section({
  section,
  first,
  props,
}: {
  section: SettingsSection;
  first: SettingsSection | undefined;
  props: SectionProps;
}) {
  const { me, tenant } = props;
  const missing = lacking(me, section.permissions);
  if (!belongsTo(section, tenant) || missing.length > 0)
    return (
      <Elsewhere
        tenant={tenant}
        first={first}
        title={t('settings.denied.title')}
        why={
          section.group === 'installation'
            ? t('settings.denied.operator')
            : t('settings.denied.why', { permissions: missing.join(', ') })
        }
      />
    );
  return (
    <Suspense fallback={<Skeleton rows={4} />}>
      <section.component key={section.id} {...props} />
    </Suspense>
  );
}

/** There is nothing to show at this address; leads to what there is. */
function Elsewhere({
  tenant,
  first,
  title,
  why,
}: {
  tenant: string;
  first: SettingsSection | undefined;
  title: string;
  why: ReactNode;
}) {
  return (
    <Empty
      title={title}
      why={why}
      action={
        first && (
          <Link to="/t/$tenant/settings/$section" params={{ tenant, section: first.id }} search={{}}>
            {t('settings.missing.first', { section: t(first.label) })}
          </Link>
        )
      }
    />
  );
}
