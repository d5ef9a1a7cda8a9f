import { bind, type Fragment, sql } from '#store';

export function unhexed(hex: string, bytes: number): Fragment {
  return sql`toFixedString(unhex(${bind.string(hex)}), ${bind.uint(bytes)})`;
}

/**
 * Logs or spans of a trace. The index has traces together with whose they are, so that its answer does not depend on what
 * neighbours have in the same granules; it is asked by its very expression alone (store/schema/tables.ts).
 */
export function ofTrace(hex: string): Fragment {
  const id = unhexed(hex, 16);
  return sql`(trace_id = ${id} AND cityHash64(tenant, trace_id) = cityHash64(${bind.tenant}, ${id}))`;
}
