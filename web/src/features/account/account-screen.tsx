import { useMe } from '../../api/tenant.ts';
import { t } from '../../i18n/index.ts';
import { usePageTitle } from '../../kit/page-title.ts';
import { Skeleton } from '../../kit/states.tsx';
import styles from './account.module.css';
import { MySessions } from './my-sessions.tsx';
import { OwnPassword } from './own-password.tsx';
import { SecondFactor } from './second-factor.tsx';

/** The reader's own account: password, second factor, where they are signed in. */
export function AccountScreen() {
  const me = useMe();
  usePageTitle(t('account.title'));
  if (!me) return <Skeleton rows={5} />;
  return (
    <div className={styles.page}>
      <OwnPassword email={me.email} />
      <SecondFactor />
      <MySessions />
    </div>
  );
}
