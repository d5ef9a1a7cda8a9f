import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TenantId } from '@hanok/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Meter, silentLog, systemClock } from '#base';
import { STORE_CONFIG, type StoreConfig } from './config.ts';
import { select } from './plan/select.ts';
import { sql } from './plan/sql.ts';
import { openStore, type Store } from './store.ts';
import { batchOf, logsBlock, spansBlock } from './testkit/batches.ts';
import { callerOf, openTestStore, TENANT_A, TENANT_B, type TestStore, until } from './testkit/instance.ts';
import { MemorySource } from './testkit/memory-source.ts';

const signal = new AbortController().signal;

async function countOf(store: Store, tenant: TenantId, table: 'logs' | 'spans' | 'operations' | 'trace_hours') {
  const answer = await store.select(callerOf(tenant), select({ columns: { n: sql`count()` }, from: table }));
  return Number((await answer.rows())[0]!['n']);
}

describe('in a store that tenants share', () => {
  let test: TestStore;
  beforeAll(async () => {
    test = await openTestStore();
    const source = new MemorySource();
    const drainer = test.store.drain('pool', source);
    for (const tenant of [TENANT_A, TENANT_B])
      source.append(batchOf(tenant, [logsBlock(tenant, 'line', 300), spansBlock(tenant, 'GET /', 200)]));
    await until('all is stored', () => source.lag().entries === 0);
    await drainer.close();
  });
  afterAll(() => test.close());

  it('removes one tenant’s rows from every table, roll-ups included, and leaves its neighbour’s', async () => {
    const { store } = test;
    const removal = store.removal('pool');
    const counted = await removal.count(TENANT_A, signal);
    expect(counted).toContainEqual({ table: 'logs', rows: 300, days: [{ day: '2026-11-20', rows: 300 }] });
    expect(counted.map(({ table }) => table)).toEqual(
      expect.arrayContaining(['logs', 'operations', 'spans', 'trace_hours']),
    );
    const neighbour = await removal.count(TENANT_B, signal);
    const left = new Map<string, number>();
    await removal.remove(TENANT_A, signal, async ({ table, rows }) => void left.set(table, rows));
    expect([...left.keys()].sort()).toEqual(counted.map(({ table }) => table));
    expect([...left.values()].every((rows) => rows === 0)).toBe(true);
    expect(await removal.count(TENANT_A, signal)).toEqual([]);
    expect(await removal.count(TENANT_B, signal)).toEqual(neighbour);
    expect(await countOf(store, TENANT_B, 'logs')).toBe(300);
    expect(await countOf(store, TENANT_A, 'trace_hours')).toBe(0);
    // Again, as after a kill: there is nothing to do.
    await removal.remove(TENANT_A, signal, async () => {
      throw new Error('nothing is removed');
    });
  });

  it('says when the files of the rows that were removed are gone too', async () => {
    const removal = test.store.removal('pool');
    expect(await removal.replacedParts(Date.now(), signal)).toBeGreaterThan(0);
    expect(await removal.replacedParts(Date.now() - 3_600_000, signal)).toBe(0);
  });
});

it('ends the engine of a silo and deletes its directory, and may do so again', async () => {
  const shared = await openTestStore();
  const config = Object.fromEntries(
    Object.entries(STORE_CONFIG).map(([key, one]) => [key, one.default]),
  ) as StoreConfig;
  const store = await openStore(config, {
    dataDir: shared.dataDir,
    clock: systemClock,
    log: silentLog,
    meter: new Meter(),
    placement: () => ({ store: 'silo-tenant-a' }),
    nodePath: process.execPath,
    machineMemory: 8 * 1024 ** 3,
  });
  try {
    await store.open('silo-tenant-a');
    // Wakes its engine.
    await store.removal('silo-tenant-a').count(TENANT_A, new AbortController().signal);
    const dir = join(shared.dataDir, 'engines', 'silo-tenant-a');
    expect(existsSync(dir)).toBe(true);
    const { pid } = store.engines()[0]!;
    await store.discard('silo-tenant-a');
    expect(existsSync(dir)).toBe(false);
    expect(() => process.kill(pid!, 0)).toThrow();
    expect(store.engines()).toEqual([]);
    await store.discard('silo-tenant-a');
    await expect(store.discard('pool')).rejects.toThrow(/alone/);
  } finally {
    await store.close();
    await shared.close();
  }
});
