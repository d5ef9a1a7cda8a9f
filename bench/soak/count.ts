import { setTimeout as pause } from 'node:timers/promises';
import type { Instance } from '../../e2e/instance.ts';
import type { Tally } from './tally.ts';

const TABLES = { logs: 'logs', traces: 'spans', metrics: 'samples' } as const;
const DRAINED_WITHIN_MS = 180_000;

interface Storage {
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  readonly journal: { readonly lagRows: number };
}

/** Rows in the store against records acknowledged, once nothing more comes out of the journals. */
export async function countStored(
  instance: Instance,
  people: readonly { readonly id: string; readonly token: string }[],
  tally: Tally,
): Promise<{ readonly acknowledged: number; readonly lost: number; readonly duplicated: number }> {
  let acknowledged = 0;
  let lost = 0;
  let duplicated = 0;
  const operator = await instance.login(instance.bootstrap.operator);
  for (const { id } of people) {
    await instance.openTenant(operator, id);
    const until = performance.now() + DRAINED_WITHIN_MS;
    let rows: ReadonlyMap<string, number> = new Map();
    for (;;) {
      // Busy with what it has yet to take, a store may answer late or not; the count is asked for again.
      const answer = await instance
        .api<Storage>(operator, 'GET', '/api/v1/storage', undefined, { 'x-hanok-tenant': id })
        .catch((error: unknown) => {
          console.log(`  ${id}: not counted yet: ${String(error).slice(0, 200)}`);
          return undefined;
        });
      if (answer) rows = new Map(answer.tables.map((one) => [one.table, one.rows]));
      if (answer?.journal.lagRows === 0 || performance.now() > until) break;
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
