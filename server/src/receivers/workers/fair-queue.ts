interface Lane<T> {
  readonly items: { readonly item: T; readonly cost: number }[];
  /** Cost that this lane may still take before the others have their turn. */
  credit: number;
}

/**
 * First in, first out within a tenant; tenants take turns by cost, not by number (deficit round robin): each time round
 * a lane may take one `quantum` more, and what it does not use it keeps until it is empty. So a tenant of small
 * requests waits behind one quantum of a tenant of large ones, not behind one of its requests for each of its own.
 * Bounded as a whole, and each tenant by half of it.
 */
export class FairQueue<T> {
  readonly #lanes = new Map<string, Lane<T>>();
  readonly #limit: number;
  readonly #laneLimit: number;
  readonly #quantum: number;
  #size = 0;

  /** @param quantum in the unit of `cost`; a request of ordinary size. */
  constructor(limit: number, quantum: number) {
    this.#limit = limit;
    this.#laneLimit = Math.ceil(limit / 2);
    this.#quantum = quantum;
  }

  get size(): number {
    return this.#size;
  }

  /** False when there is no room. */
  push(tenant: string, item: T, cost: number): boolean {
    const lane = this.#lanes.get(tenant);
    if (this.#size >= this.#limit || (lane && lane.items.length >= this.#laneLimit)) return false;
    if (lane) lane.items.push({ item, cost });
    else this.#lanes.set(tenant, { items: [{ item, cost }], credit: this.#quantum });
    this.#size += 1;
    return true;
  }

  shift(): T | undefined {
    // Ends: each time round every lane has more credit, and the cheapest first request is of finite cost.
    for (;;) {
      const next = this.#lanes.entries().next();
      if (next.done) return undefined;
      const [tenant, lane] = next.value;
      const first = lane.items[0]!;
      if (this.#lanes.size > 1 && lane.credit < first.cost) {
        lane.credit += this.#quantum;
        // To the end of the round: a Map keeps the order of insertion.
        this.#lanes.delete(tenant);
        this.#lanes.set(tenant, lane);
        continue;
      }
      lane.items.shift();
      // Alone a tenant owes nobody anything.
      lane.credit = Math.max(0, lane.credit - first.cost);
      if (lane.items.length === 0) this.#lanes.delete(tenant);
      this.#size -= 1;
      return first.item;
    }
  }

  /** Takes out everything that `old` says yes to, from the front of each lane. */
  expire(old: (item: T) => boolean): T[] {
    const out: T[] = [];
    for (const [tenant, { items }] of this.#lanes) {
      while (items.length > 0 && old(items[0]!.item)) out.push(items.shift()!.item);
      if (items.length === 0) this.#lanes.delete(tenant);
    }
    this.#size -= out.length;
    return out;
  }
}
