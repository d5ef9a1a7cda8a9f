import type { AuditVerifyResponse, InputOf, OutputOf, RetentionRequest } from '@hanok/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ask } from './ask.ts';
import { apiUrl } from './client.ts';

/** Questions and changes about people, roles, keys, tokens and the audit log; the tenant is first in every key. */
export type AuditResponse = OutputOf<'GET /api/v1/audit'>;
export type AuditRow = AuditResponse['rows'][number];

const AUDIT_PAGE = 200;

export const usersQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, 'users'],
    queryFn: ({ signal }) => ask('GET /api/v1/users', {}, { tenant, signal }),
  });

export const rolesQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, 'roles'],
    queryFn: ({ signal }) => ask('GET /api/v1/roles', {}, { tenant, signal }),
  });

export const operatorAccessQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, 'operator-access'],
    queryFn: ({ signal }) => ask('GET /api/v1/operator-access', {}, { tenant, signal }),
    refetchInterval: 15_000,
  });

/** A tenant's own audit log, or the operators', which tells of no tenant in force. */
export type AuditChain = 'tenant' | 'operators';

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
    queryFn: ({ signal, pageParam }) => {
      const page = {
        ...Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)),
        ...(days === undefined ? {} : { from: `${Date.now() - Number(days) * 86_400_000}000000` }),
        limit: AUDIT_PAGE,
        ...(pageParam ? { cursor: pageParam } : {}),
      };
      return chain === 'operators'
        ? ask('GET /api/v1/instance/audit', page, { signal })
        : ask('GET /api/v1/audit', page, { tenant, signal });
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.cursor,
    staleTime: 0,
  });

export const verifyAudit = (tenant: string, chain: AuditChain): Promise<AuditVerifyResponse> =>
  chain === 'operators'
    ? ask('GET /api/v1/instance/audit/verify', {})
    : ask('GET /api/v1/audit/verify', {}, { tenant });

/** Where the browser downloads a chain from. */
export const auditExportUrl = (tenant: string, chain: AuditChain): string =>
  chain === 'operators' ? apiUrl('/instance/audit/export') : apiUrl('/audit/export', { tenant });

export const createKey = (tenant: string, wanted: InputOf<'POST /api/v1/keys'>) =>
  ask('POST /api/v1/keys', wanted, { tenant });

export const rotateKey = (tenant: string, id: string, overlapHours: number) =>
  ask('POST /api/v1/keys/:id/rotate', { id, overlapHours }, { tenant });

export const revokeKey = (tenant: string, id: string) => ask('DELETE /api/v1/keys/:id', { id }, { tenant });

export const limitsQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, 'limits'],
    queryFn: ({ signal }) => ask('GET /api/v1/limits', {}, { tenant, signal }),
    refetchInterval: 10_000,
  });

export const changeRetention = (tenant: string, days: RetentionRequest) =>
  ask('PATCH /api/v1/retention', days, { tenant });

export const jwtIssuersQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, 'jwt-issuers'],
    queryFn: ({ signal }) => ask('GET /api/v1/jwt-issuers', {}, { tenant, signal }),
  });

/** Without an id a new one is made. */
export const saveJwtIssuer = (tenant: string, id: string | undefined, body: InputOf<'POST /api/v1/jwt-issuers'>) =>
  id === undefined
    ? ask('POST /api/v1/jwt-issuers', body, { tenant })
    : ask('PUT /api/v1/jwt-issuers/:id', { ...body, id }, { tenant });

export const removeJwtIssuer = (tenant: string, id: string) =>
  ask('DELETE /api/v1/jwt-issuers/:id', { id }, { tenant });

export const testJwt = (tenant: string, token: string) => ask('POST /api/v1/jwt-issuers/test', { token }, { tenant });

export const createUser = (tenant: string, person: InputOf<'POST /api/v1/users'>) =>
  ask('POST /api/v1/users', person, { tenant });

/** The server makes the password and says it once. */
export const resetPassword = (tenant: string, id: string) => ask('PUT /api/v1/users/:id/password', { id }, { tenant });

export const changeRole = (tenant: string, id: string, role: string) =>
  ask('PATCH /api/v1/users/:id', { id, role }, { tenant });

export const makeOwner = (tenant: string, id: string) => ask('PUT /api/v1/users/:id/owner', { id }, { tenant });

export const takeOwnership = (tenant: string, id: string) => ask('DELETE /api/v1/users/:id/owner', { id }, { tenant });

export const removeUser = (tenant: string, id: string) => ask('DELETE /api/v1/users/:id', { id }, { tenant });

export const endOperatorAccess = (tenant: string, id: string) =>
  ask('DELETE /api/v1/operator-access/:id', { id }, { tenant });

export const openTenant = (tenant: string, wanted: Omit<InputOf<'POST /api/v1/tenants/:tenant/access'>, 'tenant'>) =>
  ask('POST /api/v1/tenants/:tenant/access', { tenant, ...wanted });

export const closeTenant = (tenant: string) => ask('DELETE /api/v1/tenants/:tenant/access', { tenant });

export const changePassword = (current: string, next: string) => ask('PUT /api/v1/me/password', { current, next });
