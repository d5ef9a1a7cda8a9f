import type { InputOf } from '@hanok/contract';
import { queryOptions } from '@tanstack/react-query';
import { ask } from './ask.ts';

/** How people come in: invitations, links, second factors, sessions. */
export const invitationsQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, 'invitations'],
    queryFn: ({ signal }) => ask('GET /api/v1/invitations', {}, { tenant, signal }),
  });

export const invite = (tenant: string, wanted: InputOf<'POST /api/v1/invitations'>) =>
  ask('POST /api/v1/invitations', wanted, { tenant });

export const revokeInvitation = (tenant: string, id: string) =>
  ask('DELETE /api/v1/invitations/:id', { id }, { tenant });

export const makeResetLink = (tenant: string, id: string) =>
  ask('POST /api/v1/users/:id/reset-link', { id }, { tenant });

export const endSessions = (tenant: string, id: string) => ask('DELETE /api/v1/users/:id/sessions', { id }, { tenant });

export const takeSecondFactor = (tenant: string, id: string) =>
  ask('DELETE /api/v1/users/:id/second-factor', { id }, { tenant });

export const tenantSettingsQuery = (tenant: string) =>
  queryOptions({
    queryKey: [tenant, 'tenant-settings'],
    queryFn: ({ signal }) => ask('GET /api/v1/tenant-settings', {}, { tenant, signal }),
  });

export const changeTenantSettings = (tenant: string, patch: InputOf<'PATCH /api/v1/tenant-settings'>) =>
  ask('PATCH /api/v1/tenant-settings', patch, { tenant });

export const mySignInQuery = () =>
  queryOptions({
    queryKey: ['me', 'sign-in'],
    queryFn: ({ signal }) => ask('GET /api/v1/me/sign-in', {}, { signal }),
  });

export const mySessionsQuery = () =>
  queryOptions({
    queryKey: ['me', 'sessions'],
    queryFn: ({ signal }) => ask('GET /api/v1/me/sessions', {}, { signal }),
  });
