import { type Route, serve } from '#base';
import type { Snapshot } from '../tenancy/snapshot.ts';
import type { Tenants } from '../tenancy/tenants.ts';
import { actorOf, tenantRowOf } from './rows.ts';

export function tenantRoutes(tenants: Tenants, snapshot: () => Snapshot): Route[] {
  return [
    serve('GET /api/v1/tenants', async () => ({ tenants: snapshot().tenants.map(tenantRowOf) })),
    serve('POST /api/v1/tenants', async (context) => {
      const { tenant, admin, ingestKey } = await tenants.create(actorOf(context), context.input);
      return { tenant: tenantRowOf(tenant), admin, ingestKey };
    }),
    serve('PATCH /api/v1/tenants/:id', async (context) => {
      const { id, ...patch } = context.input;
      return tenantRowOf(await tenants.change(actorOf(context), id, patch));
    }),
  ];
}
