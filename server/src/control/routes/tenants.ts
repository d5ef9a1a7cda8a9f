import {
  tenantCreateRequest,
  tenantCreateResponse,
  tenantPatchRequest,
  tenantRow,
  tenantsResponse,
} from '@hanok/contract';
import { z } from 'zod';
import { type Route, route } from '#base';
import type { Snapshot } from '../tenancy/snapshot.ts';
import type { Tenants } from '../tenancy/tenants.ts';
import { actorOf, tenantRowOf } from './rows.ts';

export function tenantRoutes(tenants: Tenants, snapshot: () => Snapshot): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/tenants',
      access: 'operator',
      summary: "All tenants, Hanok's own included",
      input: z.object({}),
      output: tenantsResponse,
      handle: async () => ({ tenants: snapshot().tenants.map(tenantRowOf) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/tenants',
      access: 'operator',
      summary: 'Make a tenant with its first administrator and key; both secrets are shown in this answer only',
      input: tenantCreateRequest,
      output: tenantCreateResponse,
      audit: 'tenant.create',
      async handle(context) {
        const { tenant, admin, ingestKey } = await tenants.create(actorOf(context), context.input);
        return { tenant: tenantRowOf(tenant), admin, ingestKey };
      },
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/tenants/:id',
      access: 'operator',
      summary: "Change a tenant's name, status, limits or retention",
      input: tenantPatchRequest.extend({ id: z.string().max(63) }),
      output: tenantRow,
      audit: 'tenant.change',
      async handle(context) {
        const { id, ...patch } = context.input;
        return tenantRowOf(await tenants.change(actorOf(context), id, patch));
      },
    }),
  ];
}
