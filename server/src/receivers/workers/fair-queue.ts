interface TenantQueue<T> {
  readonly items: { readonly item: T; readonly cost: number }[];
  /** Cost that this queue may still take before the others have their turn. */
  credit: number;
}

/**
 * First in, first out within a tenant; tenants take turns by cost, not by number (deficit round robin): each time round
 * a queue may take one `quantum` more, and what it does not use it keeps until it is empty. So a tenant of small
 * requests waits behind one quantum of a tenant of large ones, not behind one of its requests for each of its own.
 * Bounded as a whole, and each tenant by half of it.
 */
export class FairQueue<T> {
  readonly #queues = new Map<string, TenantQueue<T>>();
  readonly #limit: number;
  readonly #limitPerTenant: number;
  readonly #quantum: number;
  #size = 0;

  /** @param quantum in the unit of `cost`; a request of ordinary size. */
  constructor(limit: number, quantum: number) {
    this.#limit = limit;
    this.#limitPerTenant = Math.ceil(limit / 2);
    this.#quantum = quantum;
  }

  get size(): number {
    return this.#size;
  }

  /** False when there is no room. */
  push(tenant: string, item: T, cost: number): boolean {
    const queue = this.#queues.get(tenant);
    if (this.#size >= this.#limit || (queue && queue.items.length >= this.#limitPerTenant)) return false;
    if (queue) queue.items.push({ item, cost });
    else this.#queues.set(tenant, { items: [{ item, cost }], credit: this.#quantum });
    this.#size += 1;
    return true;
  }

  shift(): T | undefined {
    // Ends: each time round every queue has more credit, and the cheapest first request is of finite cost.
    for (;;) {
      const next = this.#queues.entries().next();
      if (next.done) return undefined;
      const [tenant, queue] = next.value;
      const first = queue.items[0]!;
      if (this.#queues.size > 1 && queue.credit < first.cost) {
        queue.credit += this.#quantum;
        // To the end of the round: a Map keeps the order of insertion.
        this.#queues.delete(tenant);
        this.#queues.set(tenant, queue);
        continue;
      }
      queue.items.shift();
      // Alone a tenant owes nobody anything.
      queue.credit = Math.max(0, queue.credit - first.cost);
      if (queue.items.length === 0) this.#queues.delete(tenant);
      this.#size -= 1;
      return first.item;
    }
  }

  /** Takes out everything that `old` says yes to, from the front of each queue. */
  expire(old: (item: T) => boolean): T[] {
    const out: T[] = [];
    for (const [tenant, { items }] of this.#queues) {
      while (items.length > 0 && old(items[0]!.item)) out.push(items.shift()!.item);
      if (items.length === 0) this.#queues.delete(tenant);
    }
    this.#size -= out.length;
    return out;
  }
}
