import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useActivityFeed } from '../api/activity-feed.ts';
import { isClosed, lacking, may } from '../api/may.ts';
import { useRightsUntil } from '../api/rights.ts';
import { useMe, useTenant } from '../api/tenant.ts';
import { visibleName } from '../format/visible.ts';
import { loadMessages, t } from '../i18n/index.ts';
import { useShortcuts } from '../keyboard/registry.ts';
import { Button } from '../kit/button.tsx';
import { copyText } from '../kit/copy.tsx';
import { Icon } from '../kit/icon.tsx';
import { Kbd } from '../kit/kbd.tsx';
import { usePageTitleStore } from '../kit/page-title.ts';
import { toast } from '../kit/toast.tsx';
import { sharedLink } from '../time/link.ts';
import type { TimeRange } from '../time/range.ts';
import { useTime } from '../time/use-time.ts';
import { AwayBanner } from './away-banner.tsx';
import { Rail } from './rail.tsx';
import { SECTIONS, useGoTo } from './sections.ts';
import styles from './shell.module.css';
import { TenantChip } from './tenant-chip.tsx';
import { TimePicker } from './time-picker/time-picker.tsx';

const Notices = lazy(() =>
  Promise.all([import('./notices.tsx'), loadMessages('ingest')]).then(([module]) => ({ default: module.Notices })),
);
const ClosedTenant = lazy(() => import('./closed-tenant.tsx').then((module) => ({ default: module.ClosedTenant })));
const OpenTenantBanner = lazy(() =>
  import('./closed-tenant.tsx').then((module) => ({ default: module.OpenTenantBanner })),
);
const Denied = lazy(() => import('./denied.tsx').then((module) => ({ default: module.Denied })));
const Palette = lazy(() => import('./palette.tsx').then((module) => ({ default: module.Palette })));
const ShortcutSheet = lazy(() => import('./shortcut-sheet.tsx').then((module) => ({ default: module.ShortcutSheet })));

/** Everything around a tenant's screens: rail, top bar, loud notices, palette, shortcuts. */
export function Shell() {
  const [layer, setLayer] = useState<'palette' | 'keys' | undefined>();
  const goTo = useGoTo();
  const { title, parent } = usePageTitleStore();
  const tenant = useTenant();
  const { range } = useTime();
  const close = () => setLayer(undefined);
  const me = useMe();
  useActivityFeed(tenant, may(me, 'ingest.read'));
  useRightsUntil(tenant, me);
  const here = useRouterState({ select: (state) => state.location.pathname.split('/')[3] });
  const missing = lacking(me, SECTIONS.find(({ id }) => id === here)?.permissions ?? []);

  useShortcuts([
    {
      keys: 'mod+k',
      label: 'app.palette',
      group: 'app.keys.everywhere',
      inInputs: true,
      run: () => setLayer('palette'),
    },
    { keys: '?', label: 'app.keys.help', group: 'app.keys.everywhere', run: () => setLayer('keys') },
    { keys: '/', label: 'app.keys.search', group: 'app.keys.everywhere', run: focusSearch },
    { keys: 'y', label: 'app.keys.copyLink', group: 'app.keys.everywhere', run: () => copyLink(range) },
    ...SECTIONS.map((section) => ({
      keys: section.keys,
      label: section.label,
      group: 'app.keys.go' as const,
      run: () => goTo(section.id),
    })),
  ]);

  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>
        {t('app.skip')}
      </a>
      <Rail onKeys={() => setLayer('keys')} />
      <div className={styles.column}>
        <header className={styles.bar}>
          <TenantChip />
          <div className={styles.crumbs}>
            {parent?.to && (
              <>
                <Link to={parent.to} params={{ tenant }} search={{}} className={styles.parent}>
                  {parent.label}
                </Link>
                <Icon name="chevronRight" size={12} className={styles.separator} />
              </>
            )}
            <h1 className={styles.title} title={visibleName(title)}>
              {visibleName(title)}
            </h1>
          </div>
          <div className={styles.tools}>
            <Button className={styles.palette ?? ''} icon="search" onClick={() => setLayer('palette')}>
              <span className={styles.paletteText}>{t('app.palette.button')}</span>
              <span className={styles.paletteKeys}>
                <Kbd keys="mod+k" />
              </span>
            </Button>
            <TimePicker />
          </div>
        </header>
        <AwayBanner />
        <Suspense>{me?.tenant?.until && <OpenTenantBanner tenant={tenant} me={me} />}</Suspense>
        <Suspense>{may(me, 'ingest.read') && <Notices />}</Suspense>
        <main id="main" tabIndex={-1} className={styles.main}>
          {me && isClosed(me) ? (
            <Suspense>
              <ClosedTenant key={tenant} tenant={tenant} me={me} />
            </Suspense>
          ) : me && missing.length > 0 ? (
            <Suspense>
              <Denied me={me} missing={missing} />
            </Suspense>
          ) : (
            <Outlet />
          )}
        </main>
      </div>
      <Suspense>
        {layer === 'palette' && <Palette onClose={close} />}
        {layer === 'keys' && <ShortcutSheet onClose={close} />}
      </Suspense>
    </div>
  );
}

/** `/` goes to the search field of the screen, marked `data-search`. */
function focusSearch(): void {
  document.querySelector<HTMLElement>('[data-search]')?.focus();
}

function copyLink(range: TimeRange): void {
  void copyText(sharedLink(location.href, range, Date.now())).then((done) =>
    done ? toast(t('app.linkCopied')) : toast(t('kit.copyFailed'), 'bad'),
  );
}
