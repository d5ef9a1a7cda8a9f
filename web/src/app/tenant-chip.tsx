import { useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useMe, useTenant } from '../api/tenant.ts';
import { t } from '../i18n/index.ts';
import { Icon } from '../kit/icon.tsx';
import { Menu, MenuChoice } from '../kit/menu.tsx';
import { Popover } from '../kit/popover.tsx';
import { tokenOfName } from '../theme/canvas-colours.ts';
import { SECTIONS, sectionTarget } from './sections.ts';
import styles from './tenant-chip.module.css';

const TenantSearch = lazy(() => import('./tenant-search.tsx').then((module) => ({ default: module.TenantSearch })));

/** More tenants than these are searched; fewer are a menu. */
const MOST_IN_MENU = 12;

/** Whose instance this is. Always in sight; a person of several instances changes between them here. */
export function TenantChip() {
  const tenant = useTenant();
  const me = useMe();
  const navigate = useNavigate();
  const here = useRouterState({ select: (state) => state.location.pathname.split('/')[3] });
  const [searching, setSearching] = useState(false);
  const name =
    (me?.tenant?.id === tenant ? me.tenant.name : undefined) ??
    me?.tenants.find((candidate) => candidate.id === tenant)?.name ??
    tenant;
  const face = (
    <>
      <span className={styles.swatch} style={{ background: `var(${tokenOfName(tenant)})` }} />
      <span className={styles.name}>{name}</span>
    </>
  );
  if (!me || me.tenantCount < 2)
    return (
      <div className={styles.chip} title={t('app.tenant', { name })}>
        {face}
      </div>
    );
  const section = SECTIONS.find((candidate) => candidate.id === here)?.id ?? 'home';
  const enter = (next: string) => void navigate(sectionTarget(section, next));
  const trigger = (
    <button type="button" className={styles.chip} aria-label={t('app.tenant.switch', { name })}>
      {face}
      <Icon name="chevronDown" size={12} />
    </button>
  );
  if (me.tenantCount > MOST_IN_MENU)
    return (
      <Popover label={t('app.tenants')} open={searching} onOpenChange={setSearching} trigger={trigger}>
        <Suspense>
          <TenantSearch
            current={tenant}
            onChoose={(next) => {
              setSearching(false);
              if (next !== tenant) enter(next);
            }}
          />
        </Suspense>
      </Popover>
    );
  return (
    <Menu trigger={trigger}>
      <MenuChoice<string>
        label={t('app.tenants')}
        value={tenant}
        options={me.tenants.map((candidate) => ({
          value: candidate.id,
          label: (
            <span className={styles.option}>
              <span className={styles.swatch} style={{ background: `var(${tokenOfName(candidate.id)})` }} />
              {candidate.name}
              <span className={styles.mode}>{t(`app.tenant.${candidate.mode}`)}</span>
            </span>
          ),
        }))}
        onChoose={enter}
      />
    </Menu>
  );
}
