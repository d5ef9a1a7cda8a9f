import type {
  CertificatesResponse,
  SignedCertificate,
  TenantOrder,
  TenantRow,
  TenantsResponse,
  TenantView,
  tenantCreateResponse,
} from '@hanok/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import { apiUrl, callApi } from './client.ts';

/** Questions and changes about the tenants of the installation, for operators; none of them is about one tenant in force. */
const OPERATOR = 'operator';
const PAGE = 200;
/** Rates are of the last minute. */
const AGAIN_MS = 5_000;
const PROGRESS_MS = 1_000;

export interface TenantsWanted {
  readonly query?: string | undefined;
  readonly status?: 'active' | 'suspended' | 'deleting' | undefined;
  readonly order: TenantOrder;
}

const one = (id: string): string => `/tenants/${encodeURIComponent(id)}`;

export const tenantsQuery = ({ query, status, order }: TenantsWanted) =>
  infiniteQueryOptions({
    queryKey: [OPERATOR, 'tenants', { query, status, order }],
    queryFn: ({ signal, pageParam }) =>
      callApi<TenantsResponse>('/tenants', {
        signal,
        search: { query, status, order, limit: PAGE, cursor: pageParam },
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    refetchInterval: AGAIN_MS,
    placeholderData: (before) => before,
  });

/** Looked at every second while it is removed. A tenant that is gone is an `ApiError` 410 with its certificate. */
export const tenantQuery = (id: string) =>
  queryOptions({
    queryKey: [OPERATOR, 'tenant', id],
    queryFn: ({ signal }) => callApi<TenantView>(one(id), { signal }),
    retry: false,
    refetchInterval: ({ state }) => (state.status === 'error' ? false : state.data?.deletion ? PROGRESS_MS : AGAIN_MS),
  });

export const certificatesQuery = () =>
  infiniteQueryOptions({
    queryKey: [OPERATOR, 'certificates'],
    queryFn: ({ signal, pageParam }) =>
      callApi<CertificatesResponse>('/certificates', { signal, search: { limit: PAGE, cursor: pageParam } }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  });

export const certificateQuery = (id: string) =>
  queryOptions({
    queryKey: [OPERATOR, 'certificate', id],
    queryFn: ({ signal }) => callApi<SignedCertificate>(`/certificates/${encodeURIComponent(id)}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Where the browser downloads it from. */
export const certificateUrl = (id: string): string => apiUrl(`/certificates/${encodeURIComponent(id)}`);

export interface NewTenant {
  readonly id: string;
  readonly name: string;
  readonly mode: 'pool' | 'silo';
  readonly adminEmail: string;
}

export type MadeTenant = z.infer<typeof tenantCreateResponse>;

export const createTenant = (wanted: NewTenant) => callApi<MadeTenant>('/tenants', { body: wanted });

export const renameTenant = (id: string, name: string) =>
  callApi<TenantRow>(one(id), { method: 'PATCH', body: { name } });

export const setTenantStatus = (id: string, status: 'active' | 'suspended', reason: string) =>
  callApi<TenantRow>(one(id), { method: 'PATCH', body: { status, ...(reason ? { reason } : {}) } });

export interface DeleteTenant {
  readonly confirm: string;
  readonly reason: string;
  readonly delayHours: number;
}

export const deleteTenant = (id: string, { confirm, reason, delayHours }: DeleteTenant) =>
  callApi<TenantView>(one(id), {
    method: 'DELETE',
    body: { confirm, reason, delayHours, ...(delayHours === 0 ? { immediately: true } : {}) },
  });

export const undeleteTenant = (id: string) => callApi<TenantView>(`${one(id)}/undelete`, { method: 'POST', body: {} });
