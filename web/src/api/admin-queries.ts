import type {
  AuditVerifyResponse,
  auditResponse,
  keyCreateResponse,
  passwordResetResponse,
  TenantRow,
  UserRow,
  userCreateResponse,
} from '@hanok/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import { apiUrl, callApi } from './client.ts';

/** Questions and changes about people, keys and the audit log; the tenant is first in every key, as in `queries.ts`. */
export type AuditResponse = z.infer<typeof auditResponse>;
export type AuditRow = AuditResponse['rows'][number];

const AUDIT_PAGE = 200;

export const usersQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, 'users'],
    queryFn: ({ signal }) => callApi<{ users: UserRow[] }>('/users', { tenant, signal }),
  });

/** For operators: limits and retention of every tenant. */
export const tenantsQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, 'tenants'],
    queryFn: ({ signal }) => callApi<{ tenants: TenantRow[] }>('/tenants', { signal }),
  });

/** A tenant's own audit log, or the operators', which tells of no tenant in force. */
export type AuditChain = 'tenant' | 'operators';
const auditPath = (chain: AuditChain): string => (chain === 'operators' ? '/instance/audit' : '/audit');
const inForce = (chain: AuditChain, tenant: string) => (chain === 'operators' ? {} : { tenant });

export interface AuditWanted {
  readonly text?: string | undefined;
  /** Beginning of the action. */
  readonly action?: string | undefined;
  readonly outcome?: string | undefined;
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  /** Days back from the moment of asking. */
  readonly days?: string | undefined;
}

export const auditQuery = (tenant: string, chain: AuditChain, { days, ...wanted }: AuditWanted) =>
  infiniteQueryOptions({
    queryKey: [tenant, 'audit', chain, days ?? '', wanted],
    queryFn: ({ signal, pageParam }) =>
      callApi<AuditResponse>(auditPath(chain), {
        ...inForce(chain, tenant),
        signal,
        search: {
          ...wanted,
          ...(days === undefined ? {} : { from: `${Date.now() - Number(days) * 86_400_000}000000` }),
          limit: AUDIT_PAGE,
          cursor: pageParam,
        },
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.cursor,
    staleTime: 0,
  });

export const verifyAudit = (tenant: string, chain: AuditChain) =>
  callApi<AuditVerifyResponse>(`${auditPath(chain)}/verify`, inForce(chain, tenant));

/** Where the browser downloads a chain from. */
export const auditExportUrl = (tenant: string, chain: AuditChain): string =>
  apiUrl(`${auditPath(chain)}/export`, inForce(chain, tenant));

export const createKey = (tenant: string, name: string) =>
  callApi<z.infer<typeof keyCreateResponse>>('/keys', { tenant, body: { name } });

export const revokeKey = (tenant: string, id: string) =>
  callApi(`/keys/${encodeURIComponent(id)}`, { tenant, method: 'DELETE' });

export interface NewPerson {
  readonly email: string;
  readonly role: 'admin' | 'member';
  readonly password?: string;
}

export const createUser = (tenant: string, person: NewPerson) =>
  callApi<z.infer<typeof userCreateResponse>>('/users', { tenant, body: person });

/** The server makes the password and says it once. */
export const resetPassword = (tenant: string, id: string) =>
  callApi<z.infer<typeof passwordResetResponse>>(`/users/${encodeURIComponent(id)}/password`, {
    tenant,
    method: 'PUT',
    body: {},
  });

export const changeRole = (tenant: string, id: string, role: 'admin' | 'member') =>
  callApi(`/users/${encodeURIComponent(id)}`, { tenant, method: 'PATCH', body: { role } });

export const removeUser = (tenant: string, id: string) =>
  callApi(`/users/${encodeURIComponent(id)}`, { tenant, method: 'DELETE' });

export const changePassword = (current: string, next: string) =>
  callApi('/me/password', { method: 'PUT', body: { current, next } });
