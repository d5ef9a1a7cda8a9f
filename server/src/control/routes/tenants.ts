import {
  type TenantDeletion,
  type TenantLive,
  type TenantView,
  tenantCreateRequest,
  tenantCreateResponse,
  tenantDeleteRequest,
  tenantPatchRequest,
  tenantRow,
  tenantsRequest,
  tenantsResponse,
  tenantUndeleteRequest,
  tenantView,
} from '@hanok/contract';
import { z } from 'zod';
import { type Route, route } from '#base';
import { fail } from '../errors.ts';
import type { TenantSuspensionsTable } from '../schema.ts';
import type { Deletion, Deletions } from '../tenancy/deletions.ts';
import { listTenants } from '../tenancy/list.ts';
import type { Snapshot, Tenant } from '../tenancy/snapshot.ts';
import type { Tenants } from '../tenancy/tenants.ts';
import { actorOf, instantOf, tenantRowOf } from './rows.ts';

const HOUR = 3_600_000;
const tenantId = z.object({ id: z.string().max(63) });

interface Deps {
  readonly tenants: Tenants;
  readonly deletions: Deletions;
  readonly snapshot: () => Snapshot;
  readonly live: (tenant: Tenant) => TenantLive;
}

function deletionOf({ state, ...deletion }: Deletion): TenantDeletion {
  return {
    state: deletion.beganAt === null ? 'scheduled' : 'removing',
    requestedBy: deletion.requestedBy,
    requestedAt: instantOf(deletion.requestedAt),
    reason: deletion.reason,
    dueAt: instantOf(deletion.dueAt),
    beganAt: deletion.beganAt === null ? null : instantOf(deletion.beganAt),
    progress: { step: state.step, tables: state.tables, journal: state.journal },
    trouble: deletion.trouble,
  };
}

const suspensionOf = (row: TenantSuspensionsTable) => ({
  by: row.suspended_by,
  at: instantOf(row.suspended_at),
  reason: row.reason,
});

export function tenantRoutes({ tenants, deletions, snapshot, live }: Deps): Route[] {
  /** Adds what is not in memory: a query for each, not for each tenant. */
  const viewsOf = async (
    listed: ReadonlyArray<{ readonly tenant: Tenant; readonly live: TenantLive }>,
  ): Promise<TenantView[]> => {
    const [suspensions, underWay] = await Promise.all([deletions.suspensions(), deletions.list()]);
    const suspended = new Map(suspensions.map((row) => [row.tenant, row]));
    const deleting = new Map(underWay.map((deletion) => [deletion.tenant, deletion]));
    return listed.map(({ tenant, live }) => {
      const suspension = suspended.get(tenant.id);
      const deletion = deleting.get(tenant.id);
      return {
        ...tenantRowOf(tenant),
        suspension: suspension ? suspensionOf(suspension) : null,
        deletion: deletion ? deletionOf(deletion) : null,
        live,
      };
    });
  };
  const viewOf = async (id: string): Promise<TenantView> => {
    const tenant = snapshot().tenant(id);
    if (!tenant) {
      const [certificate] = await deletions.certificates({ tenant: id, limit: 1 });
      if (certificate)
        throw fail('control.tenant-gone', 'the tenant was deleted', {
          values: { certificate: certificate.id },
          at: 'id',
        });
      throw fail('control.not-found', 'there is no such tenant', { at: 'id' });
    }
    const [view] = await viewsOf([{ tenant, live: live(tenant) }]);
    return view!;
  };

  return [
    route({
      method: 'GET',
      path: '/api/v1/tenants',
      access: 'operator',
      summary: "Tenants, Hanok's own included, with what they send now, a page at a time",
      input: tenantsRequest,
      output: tenantsResponse,
      async handle({ input }) {
        const { page, total, next } = listTenants(snapshot().tenants, live, input);
        return { tenants: await viewsOf(page), total, next };
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/tenants/:id',
      access: 'operator',
      summary:
        'One tenant; while it is deleted, how far that is, and afterwards the certificate by its id in the error',
      input: tenantId,
      output: tenantView,
      handle: ({ input: { id } }) => viewOf(id),
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
      input: tenantPatchRequest.extend(tenantId.shape),
      output: tenantRow,
      audit: 'tenant.change',
      async handle(context) {
        const { id, ...patch } = context.input;
        return tenantRowOf(await tenants.change(actorOf(context), id, patch));
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/tenants/:id',
      access: 'operator',
      summary: 'Suspend a tenant and remove it with everything it has when the time to change one’s mind is over',
      input: tenantDeleteRequest.extend(tenantId.shape),
      output: tenantView,
      audit: 'tenant.delete',
      async handle(context) {
        const { id, confirm, reason, delayHours, immediately } = context.input;
        const delay = delayHours === undefined ? undefined : Math.round(delayHours * HOUR);
        await deletions.schedule(actorOf(context), id, { confirm, reason, delay, immediately });
        return viewOf(id);
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/tenants/:id/undelete',
      access: 'operator',
      summary: 'Keep a tenant that was to be deleted; it has the status that it had',
      input: tenantUndeleteRequest.extend(tenantId.shape),
      output: tenantView,
      audit: 'tenant.undelete',
      async handle(context) {
        const { id, reason } = context.input;
        await deletions.undo(actorOf(context), id, reason);
        return viewOf(id);
      },
    }),
  ];
}
