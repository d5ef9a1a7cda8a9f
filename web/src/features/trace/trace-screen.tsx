import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useTenant } from '../../api/tenant.ts';
import { t } from '../../i18n/index.ts';
import { usePageTitle } from '../../kit/page-title.ts';
import { absoluteRange } from '../../time/range.ts';
import type { TraceSearch } from './search.ts';
import { TracePage } from './trace-page.tsx';

const MARGIN_MS = 900_000;

/** Searches started from a trace look a quarter of an hour to both sides of it. */
function around(nanos: string): { readonly from: string; readonly to: string } {
  const at = Number(BigInt(nanos) / 1_000_000n);
  return absoluteRange(at - MARGIN_MS, at + MARGIN_MS);
}

export function TraceScreen() {
  const tenant = useTenant();
  const { traceId } = useParams({ from: '/t/$tenant/traces/$traceId' });
  usePageTitle(traceId.slice(0, 8), { label: t('traces.title'), to: '/t/$tenant/traces' });
  const search = useSearch({ from: '/t/$tenant/traces/$traceId' });
  const navigate = useNavigate({ from: '/t/$tenant/traces/$traceId' });
  const onSearch = useCallback(
    (change: Partial<TraceSearch>, replace: boolean) =>
      void navigate({ to: '.', search: (previous) => ({ ...previous, ...change }), replace, resetScroll: false }),
    [navigate],
  );
  return (
    <TracePage
      key={traceId}
      tenant={tenant}
      traceId={traceId}
      search={search}
      onSearch={onSearch}
      onFindSpans={(query, at) =>
        void navigate({ to: '/t/$tenant/traces', params: { tenant }, search: { ...around(at), query, view: 'spans' } })
      }
      onOpenLogs={(query, at) =>
        void navigate({ to: '/t/$tenant/logs', params: { tenant }, search: { ...around(at), query } })
      }
      onOpenTrace={(id, span) =>
        void navigate({ to: '/t/$tenant/traces/$traceId', params: { tenant, traceId: id }, search: { span } })
      }
    />
  );
}
