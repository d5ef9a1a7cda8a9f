import type { TenantDeletion, TenantLive, TenantView } from '@hanok/contract';
import { type Route, serve } from '#base';
import { fail } from '../errors.ts';
import type { TenantSuspensionsTable } from '../schema.ts';
import type { Deletion, Deletions } from '../tenancy/deletions.ts';
import { listTenants } from '../tenancy/list.ts';
import type { Snapshot, Tenant } from '../tenancy/snapshot.ts';
import type { Tenants } from '../tenancy/tenants.ts';
import type { UrlOfLink } from './links.ts';
import { actorOf, instantOf, tenantRowOf } from './rows.ts';

const HOUR = 3_600_000;

interface Deps {
  readonly tenants: Tenants;
  readonly deletions: Deletions;
  readonly snapshot: () => Snapshot;
  readonly live: (tenant: Tenant) => TenantLive;
  readonly urlOf: UrlOfLink;
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

export function tenantRoutes({ tenants, deletions, snapshot, live, urlOf }: Deps): Route[] {
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
    serve('GET /api/v1/tenants', async ({ input }) => {
      const { page, total, next } = listTenants(snapshot().tenants, live, input);
      return { tenants: await viewsOf(page), total, next };
    }),
    serve('GET /api/v1/tenants/:id', ({ input: { id } }) => viewOf(id)),
    serve('POST /api/v1/tenants', async (context) => {
      const { tenant, admin, ingestKey } = await tenants.create(actorOf(context), context.input);
      const { link, ...account } = admin;
      return {
        tenant: tenantRowOf(tenant),
        admin: {
          ...account,
          link: { url: urlOf(context.raw.request, link.secret), expiresAt: instantOf(link.expiresAt) },
        },
        ingestKey,
      };
    }),
    serve('PATCH /api/v1/tenants/:id', async (context) => {
      const { id, ...patch } = context.input;
      return tenantRowOf(await tenants.change(actorOf(context), id, patch));
    }),
    serve('DELETE /api/v1/tenants/:id', async (context) => {
      const { id, confirm, reason, delayHours, immediately } = context.input;
      const delay = delayHours === undefined ? undefined : Math.round(delayHours * HOUR);
      await deletions.schedule(actorOf(context), id, { confirm, reason, delay, immediately });
      return viewOf(id);
    }),
    serve('POST /api/v1/tenants/:id/undelete', async (context) => {
      const { id, reason } = context.input;
      await deletions.undo(actorOf(context), id, reason);
      return viewOf(id);
    }),
  ];
}
