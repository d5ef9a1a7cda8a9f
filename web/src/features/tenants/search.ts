import { TENANT_ORDERS, type TenantOrder } from '@hanok/contract';
import { readChoice, readText } from '../../format/search-codec.ts';

export const TENANT_STATUSES = ['active', 'suspended', 'deleting'] as const;

export interface TenantsSearch {
  readonly view?: 'certificates' | undefined;
  /** Part of an id or a name. */
  readonly find?: string | undefined;
  readonly status?: (typeof TENANT_STATUSES)[number] | undefined;
  /** `noisiest` when absent. */
  readonly order?: TenantOrder | undefined;
  /** Whose details are open. */
  readonly tenant?: string | undefined;
}

export function readTenantsSearch(raw: Record<string, unknown>): TenantsSearch {
  const view = readChoice(raw['view'], ['certificates'] as const);
  const find = readText(raw['find']);
  const status = readChoice(raw['status'], TENANT_STATUSES);
  const order = readChoice(raw['order'], TENANT_ORDERS);
  const tenant = readText(raw['tenant']);
  return {
    ...(view ? { view } : {}),
    ...(find ? { find } : {}),
    ...(status ? { status } : {}),
    ...(order ? { order } : {}),
    ...(tenant ? { tenant } : {}),
  };
}
