import { usePageTitle } from '../../app/page-title.ts';
import { t } from '../../i18n/index.ts';

export function ServiceScreen() {
  usePageTitle(t('service.title'));
  return null;
}
