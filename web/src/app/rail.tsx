import { Link, useRouterState } from '@tanstack/react-router';
import { useMe, useTenant } from '../api/tenant.ts';
import { t } from '../i18n/index.ts';
import { Icon } from '../kit/icon.tsx';
import { Mark } from '../kit/mark.tsx';
import { AccountMenu } from './account-menu.tsx';
import styles from './rail.module.css';
import { openSections, sectionTarget } from './sections.ts';

export function Rail({ onKeys }: { onKeys: () => void }) {
  const tenant = useTenant();
  const me = useMe();
  const here = useRouterState({ select: (state) => state.location.pathname.split('/')[3] ?? '' });
  return (
    <nav className={styles.rail} aria-label={t('app.nav')}>
      <Link to="/t/$tenant/home" params={{ tenant }} className={styles.mark} aria-label="Hanok">
        <Mark size={30} />
      </Link>
      <ul className={styles.list}>
        {openSections(me).map((section) => (
          <li key={section.id}>
            <Link
              {...sectionTarget(section.id, tenant, me)}
              className={styles.link}
              aria-current={here === section.id ? 'page' : undefined}
            >
              <Icon name={section.icon} size={18} />
              <span>{t(section.label)}</span>
            </Link>
          </li>
        ))}
      </ul>
      <div className={styles.foot}>
        {me?.operatorRole && (
          <Link
            to="/operator/tenants"
            search={{}}
            className={styles.operator}
            aria-label={t('app.operator')}
            title={t('app.operator')}
          >
            <Icon name="tenants" size={18} />
          </Link>
        )}
        <AccountMenu me={me} onKeys={onKeys} />
      </div>
    </nav>
  );
}
