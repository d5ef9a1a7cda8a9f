import type { MeResponse, Permission } from '@hanok/contract';
import { Link } from '@tanstack/react-router';
import { t } from '../i18n/index.ts';
import { usePageTitle } from '../kit/page-title.ts';
import { Empty } from '../kit/states.tsx';
import { openSections, sectionTarget } from './sections.ts';

/** In the place of a screen that the reader's role does not allow: which permission it wants, and where they may go. */
export function Denied({ me, missing }: { me: MeResponse; missing: readonly Permission[] }) {
  usePageTitle(t('app.denied.title'));
  const [first] = openSections(me);
  const { tenant } = me;
  if (!tenant) return null;
  return (
    <Empty
      title={t('app.denied.title')}
      why={t('app.denied.why', { name: tenant.name, permissions: missing.join(', ') })}
      action={first && <Link {...sectionTarget(first.id, tenant.id, me)}>{t(first.label)}</Link>}
    />
  );
}
