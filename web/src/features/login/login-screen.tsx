import { usePageTitle } from '../../app/page-title.ts';
import { t } from '../../i18n/index.ts';

export function LoginScreen() {
  usePageTitle(t('login.title'));
  return null;
}
