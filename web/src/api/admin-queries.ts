import type {
  AuditVerifyResponse,
  auditResponse,
  keyCreateResponse,
  passwordResetResponse,
  UserRow,
  userCreateResponse,
} from '@hanok/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import { callApi } from './client.ts';

/** Questions and changes about people, keys and the audit log; the tenant is first in every key, as in `queries.ts`. */
export type AuditResponse = z.infer<typeof auditResponse>;
export type AuditRow = AuditResponse['rows'][number];

const AUDIT_PAGE = 200;

export const usersQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, 'users'],
    queryFn: ({ signal }) => callApi<{ users: UserRow[] }>('/users', { tenant, signal }),
  });

/** `everywhere` leaves the tenant out, which operators may. */
export const auditQuery = (tenant: string, everywhere: boolean) =>
  infiniteQueryOptions({
    queryKey: [tenant, 'audit', everywhere],
    queryFn: ({ signal, pageParam }) =>
      callApi<AuditResponse>('/audit', {
        ...(everywhere ? {} : { tenant }),
        signal,
        search: { limit: AUDIT_PAGE, cursor: pageParam },
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.cursor,
    staleTime: 0,
  });

export const verifyAudit = () => callApi<AuditVerifyResponse>('/audit/verify');

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
