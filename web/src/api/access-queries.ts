import type { InputOf, OperatorRole, TenantPermission } from '@hanok/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ask } from './ask.ts';

/** Questions and changes about who may what: tenants of the reader, roles, API tokens, service accounts, operators. */

const TENANTS_PAGE = 60;

/** Tenants that the reader may act for. About the person, not about a tenant; the first of the key is none. */
export const myTenantsQuery = (search: string) =>
  infiniteQueryOptions({
    queryKey: [null, 'my-tenants', search],
    queryFn: ({ signal, pageParam }) =>
      ask(
        'GET /api/v1/me/tenants',
        { search, limit: TENANTS_PAGE, ...(pageParam ? { cursor: pageParam } : {}) },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.cursor,
  });

export interface RoleWish {
  readonly name: string;
  readonly permissions: TenantPermission[];
}

/** A role without an id is a new one. */
export const saveRole = (tenant: string, id: string | undefined, wish: RoleWish) =>
  id === undefined
    ? ask('POST /api/v1/roles', wish, { tenant })
    : ask('PUT /api/v1/roles/:id', { ...wish, id }, { tenant });

export const removeRole = (tenant: string, id: string) => ask('DELETE /api/v1/roles/:id', { id }, { tenant });

/** API tokens of the tenant, or those of the installation, looked at from this tenant. */
export const tokensQuery = (tenant: string, of: 'tenant' | 'installation') =>
  queryOptions({
    queryKey: [tenant, 'tokens', of],
    queryFn: ({ signal }) =>
      of === 'tenant'
        ? ask('GET /api/v1/tokens', {}, { tenant, signal })
        : ask('GET /api/v1/instance/tokens', {}, { signal }),
  });

export const createToken = (tenant: string, wish: InputOf<'POST /api/v1/tokens'>) =>
  ask('POST /api/v1/tokens', wish, { tenant });

export const createInstanceToken = (wish: InputOf<'POST /api/v1/instance/tokens'>) =>
  ask('POST /api/v1/instance/tokens', wish);

export const revokeToken = (tenant: string, of: 'tenant' | 'installation', id: string) =>
  of === 'tenant'
    ? ask('DELETE /api/v1/tokens/:id', { id }, { tenant })
    : ask('DELETE /api/v1/instance/tokens/:id', { id });

export const serviceAccountsQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, 'service-accounts'],
    queryFn: ({ signal }) => ask('GET /api/v1/service-accounts', {}, { tenant, signal }),
  });

export const createServiceAccount = (tenant: string, wish: InputOf<'POST /api/v1/service-accounts'>) =>
  ask('POST /api/v1/service-accounts', wish, { tenant });

export const removeServiceAccount = (tenant: string, id: string) =>
  ask('DELETE /api/v1/service-accounts/:id', { id }, { tenant });

/** Operators are of the installation; the key has the tenant they are looked at from, so that leaving it drops them. */
export const operatorsQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, 'operators'],
    queryFn: ({ signal }) => ask('GET /api/v1/operators', {}, { signal }),
  });

export const createOperator = (wish: InputOf<'POST /api/v1/operators'>) => ask('POST /api/v1/operators', wish);

export const changeOperatorRole = (id: string, role: OperatorRole) => ask('PATCH /api/v1/operators/:id', { id, role });

export const resetOperatorPassword = (id: string) => ask('PUT /api/v1/operators/:id/password', { id });

export const removeOperator = (id: string) => ask('DELETE /api/v1/operators/:id', { id });
