export interface Candidate {
  readonly batch: { readonly tenant: string };
  /** Bytes in the segment. */
  readonly size: number;
}

/**
 * What goes out with the next sync, of what waits in order of arrival: everything if it fits. If not, tenants take turns
 * by bytes, each with its oldest first, so that a tenant with little waits for one group and not for all that another
 * has waiting. At least one is taken. Returns what is taken and what goes on waiting, both in order of arrival.
 */
export function pickGroup<T extends Candidate>(
  waiting: readonly T[],
  limits: { readonly bytes: number; readonly entries: number },
): { readonly group: T[]; readonly rest: T[] } {
  let bytes = 0;
  for (const one of waiting) bytes += one.size;
  if (waiting.length <= limits.entries && bytes <= limits.bytes) return { group: [...waiting], rest: [] };

  const lanes = new Map<string, { readonly items: T[]; next: number; taken: number }>();
  for (const one of waiting) {
    const lane = lanes.get(one.batch.tenant);
    if (lane) lane.items.push(one);
    else lanes.set(one.batch.tenant, { items: [one], next: 0, taken: 0 });
  }
  const taken = new Set<T>();
  let left = limits.bytes;
  while (taken.size < limits.entries) {
    // Whoever has least in this group so far; at a tie whoever came first.
    let least: { readonly items: T[]; next: number; taken: number } | undefined;
    for (const lane of lanes.values())
      if (lane.next < lane.items.length && (!least || lane.taken < least.taken)) least = lane;
    const one = least?.items[least.next];
    if (!least || !one) break;
    if (one.size > left && taken.size > 0) {
      // Its turn is over: a later one of the same tenant must not overtake it.
      least.next = least.items.length;
      continue;
    }
    taken.add(one);
    left -= one.size;
    least.next += 1;
    least.taken += one.size;
  }
  return { group: waiting.filter((one) => taken.has(one)), rest: waiting.filter((one) => !taken.has(one)) };
}
