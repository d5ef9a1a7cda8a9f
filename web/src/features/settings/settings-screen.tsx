import { usePageTitle } from '../../app/page-title.ts';
import { t } from '../../i18n/index.ts';

export function SettingsScreen() {
  usePageTitle(t('settings.title'));
  return null;
}
