import type { TenantBrief } from '@hanok/contract';
import type { Rights, Snapshot, Tenant } from '#control';
import { fail } from '../errors.ts';

export const briefOf = ({ id, name, mode }: Tenant): TenantBrief => ({ id, name, mode });

type Place = Pick<Tenant, 'name' | 'id'>;

const byName = (a: Place, b: { readonly name: string; readonly id: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;

/** Sorted once for each state of the control database; there may be thousands. */
const sorted = new WeakMap<Snapshot, readonly Tenant[]>();

/** Tenants that somebody may act for, by name; who runs the installation sees that all of them are there. */
export function tenantsFor(
  { principal, tenants }: Pick<Rights, 'principal' | 'tenants'>,
  snapshot: Snapshot,
): readonly Tenant[] {
  let all = sorted.get(snapshot);
  if (!all) {
    all = [...snapshot.tenants].sort(byName);
    sorted.set(snapshot, all);
  }
  if (principal.instance.has('tenants.read')) return all;
  return all.filter((tenant) => tenants.has(tenant.id));
}

export interface TenantPage {
  readonly tenants: readonly Tenant[];
  readonly cursor: string | null;
  readonly total: number;
}

/** Throws `edge.invalid-input` for a cursor that is none. */
export function pageOfTenants(
  all: readonly Tenant[],
  { search, cursor, limit }: { readonly search: string; readonly cursor?: string | undefined; readonly limit: number },
): TenantPage {
  const wanted = search.trim().toLowerCase();
  const found =
    wanted === '' ? all : all.filter(({ id, name }) => id.includes(wanted) || name.toLowerCase().includes(wanted));
  const after = cursor === undefined ? undefined : readCursor(cursor);
  const from = after === undefined ? 0 : found.findIndex((tenant) => byName(tenant, after) > 0);
  const page = from < 0 ? [] : found.slice(from, from + limit);
  const last = page.at(-1);
  const more = last !== undefined && from + limit < found.length;
  return { tenants: page, cursor: more ? writeCursor(last) : null, total: found.length };
}

const writeCursor = ({ name, id }: Place): string => Buffer.from(JSON.stringify([name, id])).toString('base64url');

function readCursor(text: string): { readonly name: string; readonly id: string } {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed.length === 2 && parsed.every((one) => typeof one === 'string'))
      return { name: String(parsed[0]), id: String(parsed[1]) };
  } catch {
    // No JSON: said below.
  }
  throw fail('edge.invalid-input', 'this is no cursor', {
    at: 'cursor',
    fix: 'Use the cursor of an earlier answer unchanged.',
  });
}
