import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantId } from '@hanok/contract';
import { Meter, silentLog, systemClock } from '../../server/src/base/index.ts';
import { JOURNAL_DEFAULTS, openJournal } from '../../server/src/journal/index.ts';
import { ClickHouse } from '../../server/src/store/clickhouse.ts';
import { openStore, STORE_CONFIG, type StoreConfig } from '../../server/src/store/index.ts';
import { newVerdict, note, type Verdict } from './judge-files.ts';
import { type Load, MARK, SAMPLE_SCALE } from './load.ts';

const storeConfig = {
  ...(Object.fromEntries(
    Object.entries(STORE_CONFIG).map(([key, one]) => [key, one.default]),
  ) as unknown as StoreConfig),
  drainLinger: 0,
  // Everything is taken in at once, though nobody asks.
  engineIdle: 0,
};
const WITHIN_MS = 60_000;
const DATABASE = 'hanok';

/** Tenant by name of the store that keeps it. */
export type Placement = ReadonlyMap<string, string>;

/**
 * Starts journals and engines on what is left, lets them finish what they had begun, and counts every record in the
 * engines' tables.
 */
export async function judgeStore(directory: string, load: Load, at: number, placement: Placement): Promise<Verdict> {
  const due = load.sent.filter((one) => one.acknowledgedAt < at);
  const verdict = newVerdict(due.reduce((sum, one) => sum + one.records, 0));
  const deps = { clock: systemClock, log: silentLog, meter: new Meter() };
  const storeOf = (tenant: TenantId) => ({ store: [...placement].find(([, id]) => id === tenant)?.[0] ?? 'pool' });
  const store = await openStore(storeConfig, {
    ...deps,
    dataDir: directory,
    placement: storeOf,
    nodePath: process.execPath,
    machineMemory: totalmem(),
  });
  const counts = new Map<string, number>();
  const work = [...placement.keys()].map(async (name) => {
    const dir = join(directory, 'journal', name);
    const journal = await openJournal({ ...JOURNAL_DEFAULTS, dir, name, diskReserveBytes: 0 }, deps);
    try {
      const source = await journal.source('store');
      const deadline = Date.now() + WITHIN_MS;
      const opened = await Promise.race([store.open(name).then(() => true), sleep(WITHIN_MS, false)]);
      if (!opened)
        throw new Error(store.engines().find((engine) => engine.name === name)?.lastError ?? 'not ready in time');
      const drainer = store.drain(name, source);
      try {
        while (source.lag().entries > 0 || source.pending()) {
          if (Date.now() > deadline) throw new Error('what was in the journal could not be carried into the store');
          await sleep(20);
        }
      } finally {
        await drainer.close();
      }
      await count(join(directory, 'engines', name, 'engine.sock'), name, counts, verdict);
    } catch (error) {
      verdict.unopened.push(`store ${name}: ${error instanceof Error ? error.message.slice(0, 400) : String(error)}`);
    } finally {
      await journal.close();
    }
  });
  await Promise.allSettled(work);
  await store.close();
  if (verdict.unopened.length > 0) return verdict;
  for (const one of due)
    for (let i = 0; i < one.records; i++) {
      if (counts.has(`${one.tenant}-${one.kind}-${one.number}-${i}`)) continue;
      verdict.lost++;
      note(verdict, `${one.tenant}'s ${one.kind} ${one.number}-${i}, acknowledged at ${one.acknowledgedAt}, is lost`);
    }
  for (const [record, times] of counts)
    if (times > 1) {
      verdict.duplicated += times - 1;
      note(verdict, `${record} is there ${times} times`);
    }
  return verdict;
}

async function count(socketPath: string, name: string, counts: Map<string, number>, verdict: Verdict): Promise<void> {
  const client = new ClickHouse({ socketPath });
  try {
    const add = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
    for (const [kind, column] of [
      ['logs', 'body'],
      ['spans', 'name'],
    ] as const)
      for (const [tenant, text] of await client.rows({ sql: `SELECT tenant, ${column} FROM ${DATABASE}.${kind}` })) {
        const [, owner, request, record] = [...String(text).matchAll(MARK)][0] ?? [];
        if (owner !== tenant) throw new Error(`a record of ${owner} is filed under ${String(tenant)}`);
        add(`${owner}-${kind}-${request}-${record}`);
      }
    for (const [tenant, value] of await client.rows({ sql: `SELECT tenant, value FROM ${DATABASE}.samples` }))
      add(`${String(tenant)}-samples-${Math.floor(Number(value) / SAMPLE_SCALE)}-${Number(value) % SAMPLE_SCALE}`);
    const agree: readonly (readonly [string, string])[] = [
      [
        'the roll-up counts other spans than there are',
        `SELECT (SELECT sum(count) FROM ${DATABASE}.operations) - toInt64((SELECT count() FROM ${DATABASE}.spans))`,
      ],
      ...(['logs', 'spans'] as const).map(
        (table) =>
          [
            `${table} whose resource is lost`,
            `SELECT count() FROM ${DATABASE}.${table} WHERE (tenant, resource_id) NOT IN (SELECT tenant, resource_id FROM ${DATABASE}.resources)`,
          ] as const,
      ),
      [
        'spans that no look for their trace would find',
        `SELECT count() FROM ${DATABASE}.spans WHERE (tenant, toUInt32(cityHash64(trace_id)), toStartOfHour(timestamp))
           NOT IN (SELECT tenant, trace_hash, hour FROM ${DATABASE}.trace_hours)`,
      ],
      [
        'samples whose series is lost',
        `SELECT count() FROM ${DATABASE}.samples WHERE (tenant, series_id) NOT IN (SELECT tenant, series_id FROM ${DATABASE}.series)`,
      ],
    ];
    for (const [what, sql] of agree) {
      const difference = Number((await client.rows({ sql }))[0]?.[0] ?? 0);
      if (difference > 0 && what.startsWith('the roll-up')) verdict.duplicated += difference;
      else verdict.lost += Math.abs(difference);
      if (difference !== 0) note(verdict, `${name}: ${what}: ${difference}`);
    }
  } finally {
    client.close();
  }
}
