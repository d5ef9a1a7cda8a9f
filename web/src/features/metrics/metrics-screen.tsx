import { usePageTitle } from '../../app/page-title.ts';
import { t } from '../../i18n/index.ts';

export function MetricsScreen() {
  usePageTitle(t('metrics.title'));
  return null;
}
