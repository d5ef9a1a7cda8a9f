import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useTenant } from '../../api/tenant.ts';
import { t } from '../../i18n/index.ts';
import { usePageTitle } from '../../kit/page-title.ts';
import { useTime } from '../../time/use-time.ts';
import type { TracesSearch } from './search.ts';
import { TracesPage } from './traces-page.tsx';

export function TracesScreen() {
  usePageTitle(t('traces.title'));
  const tenant = useTenant();
  const { range, setRange } = useTime();
  const search = useSearch({ from: '/t/$tenant/traces' });
  const navigate = useNavigate({ from: '/t/$tenant/traces' });
  const onSearch = useCallback(
    (change: Partial<TracesSearch>) =>
      void navigate({ to: '.', search: (previous) => ({ ...previous, ...change }), resetScroll: false }),
    [navigate],
  );
  return (
    <TracesPage
      tenant={tenant}
      range={range}
      search={search}
      onSearch={onSearch}
      onRange={setRange}
      onOpen={({ traceId, spanId, startTime }) =>
        void navigate({
          to: '/t/$tenant/traces/$traceId',
          params: { tenant, traceId },
          search: { span: spanId, ts: startTime },
        })
      }
      onSetUp={() => void navigate({ to: '/t/$tenant/home', params: { tenant } })}
    />
  );
}
