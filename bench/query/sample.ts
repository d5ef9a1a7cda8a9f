/** Values to ask for, drawn from what is stored; the same data gives the same values. */
import type { TenantId } from '@hanok/contract';
import { type Engine, rowsOf } from './clients.ts';
import { DATABASE } from './data.ts';

export interface Sample {
  readonly size: { readonly spans: number; readonly logs: number };
  readonly parts: string;
  /** Nanoseconds after the newest record. */
  readonly to: bigint;
  /** Hex digits. */
  readonly traces: readonly string[];
  /** Numbers of customers that a log body names. */
  readonly customers: readonly string[];
}

/** Both sides take values of their own, so each list has two for every round. */
export async function readSample(engine: Engine, tenant: TenantId, rounds: number): Promise<Sample> {
  const count = rounds * 2;
  const one = async (sql: string) => (await rowsOf(engine, sql))[0] ?? {};
  const spans = await one(
    `SELECT count() AS n, toUnixTimestamp64Nano(max(timestamp)) AS t FROM ${DATABASE}.spans WHERE tenant = '${tenant}'`,
  );
  const logs = await one(
    `SELECT count() AS n, toUnixTimestamp64Nano(max(timestamp)) AS t FROM ${DATABASE}.logs WHERE tenant = '${tenant}'`,
  );
  // Every so many hashes: spread over the whole time, whatever the size.
  const traces = await rowsOf(
    engine,
    `SELECT lower(hex(trace_id)) AS id FROM ${DATABASE}.spans
     WHERE tenant = '${tenant}' AND parent_span_id = toFixedString('', 8) ORDER BY cityHash64(trace_id) LIMIT ${count}`,
  );
  const customers = await rowsOf(
    engine,
    `SELECT extract(body, 'customer ([0-9]{6,}) is known') AS id FROM ${DATABASE}.logs
     WHERE tenant = '${tenant}' AND body LIKE '%: customer % is known%' AND id != ''
     ORDER BY cityHash64(body) LIMIT ${count}`,
  );
  const parts = await rowsOf(
    engine,
    `SELECT concat(table, ' ', toString(count())) AS one FROM system.parts
     WHERE active AND database = '${DATABASE}' AND table IN ('logs', 'spans', 'operations', 'trace_hours') GROUP BY table ORDER BY table`,
  );
  if (traces.length < count || customers.length < count)
    throw new Error(
      `too few records: ${traces.length} traces and ${customers.length} customers for ${count} questions`,
    );
  const newest = [spans['t'], logs['t']].map((text) => BigInt(text ?? 0));
  return {
    size: { spans: Number(spans['n']), logs: Number(logs['n']) },
    parts: parts.map((row) => row['one']).join(', '),
    to: (newest[0]! > newest[1]! ? newest[0]! : newest[1]!) + 1n,
    traces: traces.map((row) => row['id']!),
    customers: customers.map((row) => row['id']!),
  };
}
