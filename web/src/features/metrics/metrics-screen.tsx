import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useTenant } from '../../api/tenant.ts';
import { t } from '../../i18n/index.ts';
import { usePageTitle } from '../../kit/page-title.ts';
import { absoluteRange, stretchRange } from '../../time/range.ts';
import { useTime } from '../../time/use-time.ts';
import { MetricsPage } from './metrics-page.tsx';
import type { MetricsSearch } from './search.ts';

export function MetricsScreen() {
  usePageTitle(t('metrics.title'));
  const tenant = useTenant();
  const { range, setRange } = useTime();
  const search = useSearch({ from: '/t/$tenant/metrics' });
  const navigate = useNavigate({ from: '/t/$tenant/metrics' });
  const onSearch = useCallback(
    (change: Partial<MetricsSearch>, replace = false) =>
      void navigate({ to: '.', search: (previous) => ({ ...previous, ...change }), resetScroll: false, replace }),
    [navigate],
  );
  return (
    <MetricsPage
      tenant={tenant}
      range={range}
      search={search}
      onSearch={onSearch}
      onRange={useCallback((from: number, to: number) => setRange(absoluteRange(from, to)), [setRange])}
      onStretch={() => setRange(stretchRange(range, 4, Date.now()))}
      onSetUp={() => void navigate({ to: '/t/$tenant/home', params: { tenant } })}
    />
  );
}
