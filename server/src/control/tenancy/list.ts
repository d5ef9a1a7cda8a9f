import type { TenantLive, TenantOrder } from '@hanok/contract';
import { fail } from '../errors.ts';
import type { Tenant } from './snapshot.ts';

export interface Wanted {
  readonly query?: string | undefined;
  readonly status?: Tenant['status'] | undefined;
  readonly order: TenantOrder;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Listed {
  readonly tenant: Tenant;
  readonly live: TenantLive;
}

export interface TenantPage {
  readonly page: readonly Listed[];
  readonly total: number;
  readonly next: string | null;
}

const fold = (text: string): string => text.normalize('NFKC').toLowerCase();

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const ORDERS: Readonly<Record<TenantOrder, (a: Listed, b: Listed) => number>> = {
  id: () => 0,
  name: (a, b) => compare(fold(a.tenant.name), fold(b.tenant.name)),
  created: (a, b) => b.tenant.createdAt - a.tenant.createdAt,
  noisiest: (a, b) =>
    b.live.ingest.recordsPerSecond - a.live.ingest.recordsPerSecond ||
    b.live.ingest.refused - a.live.ingest.refused ||
    compare(b.live.ingest.lastAt ?? '', a.live.ingest.lastAt ?? ''),
};

/**
 * One page of what fits. The cursor is a place in the order: some orders change while one looks, and a tenant that moves may
 * then be seen twice or not at all; its id is the last word where an order calls two equal.
 */
export function listTenants(
  tenants: readonly Tenant[],
  liveOf: (tenant: Tenant) => TenantLive,
  { query, status, order, limit, cursor }: Wanted,
): TenantPage {
  const from = cursor === undefined ? 0 : placeOf(cursor);
  const part = fold(query?.trim() ?? '');
  const fitting = tenants.filter(
    (tenant) =>
      (status === undefined || tenant.status === status) &&
      (part === '' || tenant.id.includes(part) || fold(tenant.name).includes(part)),
  );
  const listed = fitting
    .map((tenant): Listed => ({ tenant, live: liveOf(tenant) }))
    .sort((a, b) => ORDERS[order](a, b) || compare(a.tenant.id, b.tenant.id));
  const page = listed.slice(from, from + limit);
  return { page, total: listed.length, next: from + page.length < listed.length ? String(from + page.length) : null };
}

function placeOf(cursor: string): number {
  if (!/^\d{1,9}$/.test(cursor))
    throw fail('control.invalid-cursor', 'the cursor is not one of ours', { at: 'cursor' });
  return Number(cursor);
}
