import type { MeResponse } from '@hanok/contract';
import { isTenantRole } from '@hanok/contract/access/roles';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ask } from '../api/ask.ts';
import { chooseLocale, t } from '../i18n/index.ts';
import { Kbd } from '../kit/kbd.tsx';
import { Menu, MenuChoice, MenuItem, MenuLine } from '../kit/menu.tsx';
import { toast } from '../kit/toast.tsx';
import { type LocaleName, type ThemeChoice, usePreferences } from '../preferences/preferences.ts';
import styles from './account-menu.module.css';

/** What the person is: of the installation, else of the tenant. A role that the tenant made has a name of its own. */
function roleName({ operatorRole, tenant }: MeResponse): string {
  if (operatorRole) return t(`app.role.${operatorRole}`);
  return tenant?.role && isTenantRole(tenant.role) ? t(`app.role.${tenant.role}`) : t('app.role.custom');
}

/** Who is signed in, theme, language, shortcuts, the way out. */
export function AccountMenu({ me, onKeys }: { me: MeResponse | undefined; onKeys: () => void }) {
  const { theme, locale, set } = usePreferences();
  const navigate = useNavigate();
  const client = useQueryClient();
  const email = me?.email ?? '';

  async function signOut() {
    try {
      await ask('POST /api/v1/logout', {});
    } catch {
      toast(t('app.signOut.failed'), 'bad');
      return;
    }
    client.clear();
    await navigate({ to: '/login', search: {} });
  }

  return (
    <Menu
      side="right"
      align="end"
      trigger={
        <button type="button" className={styles.avatar} aria-label={t('app.account', { email })} title={email}>
          {(email[0] ?? '·').toUpperCase()}
        </button>
      }
    >
      <div className={styles.who}>
        <strong>{email}</strong>
        {me && <span>{roleName(me)}</span>}
      </div>
      <MenuLine />
      <MenuChoice<ThemeChoice>
        label={t('app.theme')}
        value={theme}
        onChoose={(next) => set({ theme: next })}
        options={[
          { value: 'light', label: t('app.theme.light'), icon: 'sun' },
          { value: 'dark', label: t('app.theme.dark'), icon: 'moon' },
          { value: 'system', label: t('app.theme.system'), icon: 'screen' },
        ]}
      />
      <MenuLine />
      <MenuChoice<LocaleName>
        label={t('app.language')}
        value={locale}
        onChoose={(next) => void chooseLocale(next)}
        options={[
          { value: 'ko', label: '한국어' },
          { value: 'en', label: 'English' },
        ]}
      />
      <MenuLine />
      {me?.operatorRole && (
        <MenuItem icon="tenants" onSelect={() => void navigate({ to: '/operator/tenants', search: {} })}>
          {t('app.operator')}
        </MenuItem>
      )}
      {me?.tenant && me.kind === 'person' && (
        <MenuItem
          icon="user"
          onSelect={() => void navigate({ to: '/t/$tenant/account', params: { tenant: me.tenant?.id ?? '' } })}
        >
          {t('app.yourAccount')}
        </MenuItem>
      )}
      <MenuItem icon="keyboard" hint={<Kbd keys="?" />} onSelect={onKeys}>
        {t('app.keys')}
      </MenuItem>
      <MenuItem icon="signOut" onSelect={() => void signOut()}>
        {t('app.signOut')}
      </MenuItem>
    </Menu>
  );
}
