import { usePageTitle } from '../../app/page-title.ts';
import { t } from '../../i18n/index.ts';

export function ServicesScreen() {
  usePageTitle(t('services.title'));
  return null;
}
