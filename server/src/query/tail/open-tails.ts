import type { TenantId } from '@hanok/contract';

/** How many live tails each tenant has open. */
export class OpenTails {
  readonly #open = new Map<TenantId, number>();

  of(tenant: TenantId): number {
    return this.#open.get(tenant) ?? 0;
  }

  /** Until the returned function is called, once, a tail of the tenant is open. */
  enter(tenant: TenantId): () => void {
    this.#open.set(tenant, this.of(tenant) + 1);
    return () => {
      const left = this.of(tenant) - 1;
      if (left > 0) this.#open.set(tenant, left);
      else this.#open.delete(tenant);
    };
  }
}
