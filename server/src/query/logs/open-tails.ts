import type { TenantId } from '@hanok/contract';

/**
 * Which tails are open, and the event loop's time that they take together, shared out by the second: whoever looks at a
 * stream that never ends must not keep others from being answered. A tail that has used its share waits for the next
 * second; what its queue cannot hold meanwhile is told to it as unseen.
 */
export class OpenTails {
  readonly #msPerSecond: number;
  readonly #open = new Map<TenantId, number>();

  /** @param share of the event loop's time, 0 to 1 */
  constructor(share: number) {
    this.#msPerSecond = share * 1_000;
  }

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

  /** Milliseconds a second for each open tail. */
  get share(): number {
    let all = 0;
    for (const open of this.#open.values()) all += open;
    return this.#msPerSecond / Math.max(1, all);
  }
}
