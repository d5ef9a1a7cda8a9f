import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useCallback, useEffect, useRef } from 'react';
import { serviceQuery } from '../../api/queries.ts';
import { useTenant } from '../../api/tenant.ts';
import { useTime } from '../../time/use-time.ts';

/** A pointer that only passes over a row asks for nothing. */
const REST_MS = 90;

/** Fetches the code and the data of a service's page when the pointer rests on its row. */
export function usePreloadService(): (service: string, environment?: string) => void {
  const client = useQueryClient();
  const router = useRouter();
  const tenant = useTenant();
  const { range } = useTime();
  const timer = useRef(0);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return useCallback(
    (service, environment) => {
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => {
        void client.prefetchQuery(serviceQuery(tenant, range, service, environment));
        void router.preloadRoute({ to: '/t/$tenant/services/$service', params: { tenant, service }, search: {} });
      }, REST_MS);
    },
    [client, router, tenant, range],
  );
}
