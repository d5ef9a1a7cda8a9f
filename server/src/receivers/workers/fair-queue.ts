/**
 * First in, first out within a tenant; tenants take turns. Bounded as a whole, and each tenant by half of it, so that one
 * tenant's flood neither fills the queue nor makes another tenant's request wait behind all of it.
 */
export class FairQueue<T> {
  readonly #lanes = new Map<string, T[]>();
  readonly #limit: number;
  readonly #laneLimit: number;
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#laneLimit = Math.ceil(limit / 2);
  }

  get size(): number {
    return this.#size;
  }

  /** False when there is no room. */
  push(tenant: string, item: T): boolean {
    const lane = this.#lanes.get(tenant);
    if (this.#size >= this.#limit || (lane && lane.length >= this.#laneLimit)) return false;
    if (lane) lane.push(item);
    else this.#lanes.set(tenant, [item]);
    this.#size += 1;
    return true;
  }

  shift(): T | undefined {
    for (const [tenant, lane] of this.#lanes) {
      const item = lane.shift();
      // To the end of the round: a Map keeps the order of insertion.
      this.#lanes.delete(tenant);
      if (lane.length > 0) this.#lanes.set(tenant, lane);
      if (item !== undefined) {
        this.#size -= 1;
        return item;
      }
    }
    return undefined;
  }

  /** Takes out everything that `old` says yes to, from the front of each lane. */
  expire(old: (item: T) => boolean): T[] {
    const out: T[] = [];
    for (const [tenant, lane] of this.#lanes) {
      while (lane.length > 0 && old(lane[0]!)) out.push(lane.shift()!);
      if (lane.length === 0) this.#lanes.delete(tenant);
    }
    this.#size -= out.length;
    return out;
  }
}
