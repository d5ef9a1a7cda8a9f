import { usePageTitle } from '../../app/page-title.ts';
import { t } from '../../i18n/index.ts';

export function HomeScreen() {
  usePageTitle(t('home.title'));
  return null;
}
