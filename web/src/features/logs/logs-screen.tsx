import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useTenant } from '../../api/tenant.ts';
import { t } from '../../i18n/index.ts';
import { usePageTitle } from '../../kit/page-title.ts';
import { useTime } from '../../time/use-time.ts';
import { LogsPage } from './logs-page.tsx';
import type { LogsSearch } from './search.ts';

export function LogsScreen() {
  usePageTitle(t('logs.title'));
  const tenant = useTenant();
  const { range, setRange } = useTime();
  const search = useSearch({ from: '/t/$tenant/logs' });
  const navigate = useNavigate({ from: '/t/$tenant/logs' });
  const onSearch = useCallback(
    (change: Partial<LogsSearch>, replace = false) =>
      void navigate({ to: '.', search: (previous) => ({ ...previous, ...change }), replace, resetScroll: false }),
    [navigate],
  );
  return (
    <LogsPage
      tenant={tenant}
      range={range}
      search={search}
      onSearch={onSearch}
      onRange={setRange}
      onOpenTrace={(traceId, span, ts) =>
        void navigate({
          to: '/t/$tenant/traces/$traceId',
          params: { tenant, traceId },
          search: { ...(span ? { span } : {}), ts },
        })
      }
      onSetUp={() => void navigate({ to: '/t/$tenant/home', params: { tenant } })}
    />
  );
}
