import { setTimeout as pause } from 'node:timers/promises';
import type { House } from '../../e2e/house.ts';
import type { Tally } from './tally.ts';

const TABLES = { logs: 'logs', traces: 'spans', metrics: 'samples' } as const;
const DRAINED_WITHIN_MS = 180_000;

/** Rows in the store against records acknowledged, once nothing more comes out of the journals. */
export async function countStored(
  house: House,
  people: readonly { readonly id: string; readonly token: string }[],
  tally: Tally,
): Promise<{ readonly acknowledged: number; readonly lost: number; readonly duplicated: number }> {
  let acknowledged = 0;
  let lost = 0;
  let duplicated = 0;
  for (const { id, token } of people) {
    const until = performance.now() + DRAINED_WITHIN_MS;
    let rows = new Map<string, number>();
    for (;;) {
      const answer = await house.api<{ tables: { table: string; rows: number }[]; journal: { lagRows: number } }>(
        token,
        'GET',
        '/api/v1/storage',
      );
      rows = new Map(answer.tables.map((one) => [one.table, one.rows]));
      if (answer.journal.lagRows === 0 || performance.now() > until) break;
      await pause(500);
    }
    for (const [signal, table] of Object.entries(TABLES)) {
      const count = tally.counts.get(`${id} ${signal}`);
      if (!count) continue;
      const stored = rows.get(table) ?? 0;
      acknowledged += count.acknowledged;
      lost += Math.max(0, count.acknowledged - stored);
      duplicated += Math.max(0, stored - count.acknowledged - count.uncertain);
      console.log(
        `  ${id} ${signal}: acknowledged ${count.acknowledged}, stored ${stored}${count.uncertain > 0 ? `, uncertain ${count.uncertain}` : ''}`,
      );
    }
  }
  return { acknowledged, lost, duplicated };
}
