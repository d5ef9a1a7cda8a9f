import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useMe, useTenant } from '../api/tenant.ts';
import { t } from '../i18n/index.ts';
import { Icon } from '../kit/icon.tsx';
import { Menu, MenuChoice } from '../kit/menu.tsx';
import { tokenOfName } from '../theme/canvas-colours.ts';
import { SECTIONS, sectionTarget } from './sections.ts';
import styles from './tenant-chip.module.css';

/** Whose instance this is. Always in sight; a person of several instances changes between them here. */
export function TenantChip() {
  const tenant = useTenant();
  const me = useMe();
  const navigate = useNavigate();
  const here = useRouterState({ select: (state) => state.location.pathname.split('/')[3] });
  const name = me?.tenants.find((candidate) => candidate.id === tenant)?.name ?? me?.tenant?.name ?? tenant;
  const face = (
    <>
      <span className={styles.swatch} style={{ background: `var(${tokenOfName(tenant)})` }} />
      <span className={styles.name}>{name}</span>
    </>
  );
  if (!me || me.tenants.length < 2)
    return (
      <div className={styles.chip} title={t('app.tenant', { name })}>
        {face}
      </div>
    );
  const section = SECTIONS.find((candidate) => candidate.id === here)?.id ?? 'home';
  return (
    <Menu
      trigger={
        <button type="button" className={styles.chip} aria-label={t('app.tenant.switch', { name })}>
          {face}
          <Icon name="chevronDown" size={12} />
        </button>
      }
    >
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
        onChoose={(next) => void navigate(sectionTarget(section, next))}
      />
    </Menu>
  );
}
