import type { TenantId } from '@hanok/contract';

/**
 * Bytes of bodies and batches held by all connections together. Whoever asks for more than is left is refused, never
 * queued: waiting would itself hold memory. A tenant may take a quarter, so that one flood leaves room for the others,
 * here and in the journal, which shuts for everybody when as much as that waits for a slow disk.
 * What is already made (a sealed batch) is counted by `force` even beyond the limit.
 */
export class MemoryBudget {
  readonly #limit: number;
  readonly #tenantLimit: number;
  readonly #perTenant = new Map<TenantId, number>();
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#tenantLimit = Math.ceil(limit / 4);
  }

  get used(): number {
    return this.#used;
  }

  take(tenant: TenantId, bytes: number): boolean {
    const own = this.#perTenant.get(tenant) ?? 0;
    // A body larger than a tenant's share may still come when the tenant holds nothing else.
    if (this.#used + bytes > this.#limit || (own > 0 && own + bytes > this.#tenantLimit)) return false;
    this.force(tenant, bytes);
    return true;
  }

  force(tenant: TenantId, bytes: number): void {
    this.#used += bytes;
    this.#perTenant.set(tenant, (this.#perTenant.get(tenant) ?? 0) + bytes);
  }

  give(tenant: TenantId, bytes: number): void {
    this.#used -= bytes;
    const left = (this.#perTenant.get(tenant) ?? 0) - bytes;
    if (left > 0) this.#perTenant.set(tenant, left);
    else this.#perTenant.delete(tenant);
  }
}
