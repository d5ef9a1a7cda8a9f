import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { meQuery } from '../api/queries.ts';
import { t } from '../i18n/index.ts';
import { useShortcuts } from '../keyboard/registry.ts';
import { Icon } from '../kit/icon.tsx';
import { Mark } from '../kit/mark.tsx';
import { usePageTitleStore } from '../kit/page-title.ts';
import { AccountMenu } from './account-menu.tsx';
import { AwayBanner } from './away-banner.tsx';
import railStyles from './rail.module.css';
import { OPERATOR_SECTIONS } from './sections.ts';
import styles from './shell.module.css';

const ShortcutSheet = lazy(() => import('./shortcut-sheet.tsx').then((module) => ({ default: module.ShortcutSheet })));

/** Around the screens of the installation's operators, which are about no one tenant: no range, no tenant in the address. */
export function OperatorShell() {
  const [showsKeys, setShowsKeys] = useState(false);
  const { title } = usePageTitleStore();
  const { data: me } = useQuery(meQuery());
  const here = useRouterState({ select: (state) => state.location.pathname });
  useShortcuts([
    { keys: '?', label: 'app.keys.help', group: 'app.keys.everywhere', run: () => setShowsKeys(true) },
    {
      keys: '/',
      label: 'app.keys.search',
      group: 'app.keys.everywhere',
      run: () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
    },
  ]);
  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>
        {t('app.skip')}
      </a>
      <nav className={railStyles.rail} aria-label={t('app.nav')}>
        <Link to="/" className={railStyles.mark} aria-label={t('app.operator.back')} title={t('app.operator.back')}>
          <Mark size={30} />
        </Link>
        <ul className={railStyles.list}>
          {OPERATOR_SECTIONS.map((section) => (
            <li key={section.to}>
              <Link
                to={section.to}
                search={{}}
                className={railStyles.link}
                aria-current={here.startsWith(section.to) ? 'page' : undefined}
              >
                <Icon name={section.icon} size={18} />
                <span>{t(section.label)}</span>
              </Link>
            </li>
          ))}
          <li>
            <Link to="/" className={railStyles.link}>
              <Icon name="chevronLeft" size={18} />
              <span>{t('app.operator.leave')}</span>
            </Link>
          </li>
        </ul>
        <div className={railStyles.foot}>
          <AccountMenu me={me} onKeys={() => setShowsKeys(true)} />
        </div>
      </nav>
      <div className={styles.column}>
        <header className={styles.bar}>
          <div className={styles.crumbs}>
            <span className={styles.parent}>{t('app.operator')}</span>
            <Icon name="chevronRight" size={12} className={styles.separator} />
            <h1 className={styles.title}>{title}</h1>
          </div>
        </header>
        <AwayBanner />
        <main id="main" tabIndex={-1} className={styles.main}>
          <Outlet />
        </main>
      </div>
      <Suspense>{showsKeys && <ShortcutSheet onClose={() => setShowsKeys(false)} />}</Suspense>
    </div>
  );
}
