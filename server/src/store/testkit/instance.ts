import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantId } from '@hanok/contract';
import { type Caller, Meter, silentLog, systemClock } from '#base';
import { STORE_CONFIG, type StoreConfig } from '../config.ts';
import { openStore, type Store } from '../store.ts';

export const TENANT_A = 'tenant-a' as TenantId;
export const TENANT_B = 'tenant-b' as TenantId;

export function callerOf(tenant: TenantId): Caller {
  return { tenant, actor: { kind: 'system', id: 'test' } };
}

export interface TestStore {
  readonly store: Store;
  readonly meter: Meter;
  readonly dataDir: string;
  /** Process id of the pool's engine. */
  pid(): number;
  close(): Promise<void>;
}

/** A store on a directory of its own with the pool open; both tenants are in the pool. */
export async function openTestStore(overrides: Partial<StoreConfig> = {}): Promise<TestStore> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hanok-store-'));
  const meter = new Meter();
  const config = {
    ...(Object.fromEntries(Object.entries(STORE_CONFIG).map(([key, one]) => [key, one.default])) as StoreConfig),
    ...overrides,
  };
  const store = await openStore(config, {
    dataDir,
    clock: systemClock,
    log: silentLog,
    meter,
    placement: () => ({ store: 'pool' }),
    nodePath: process.execPath,
  });
  await store.open('pool');
  return {
    store,
    meter,
    dataDir,
    pid: () => store.engines()[0]!.pid!,
    async close() {
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Polls, because what is waited for happens in another process. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  withinMs = 30_000,
): Promise<void> {
  const end = Date.now() + withinMs;
  for (;;) {
    if (await condition()) return;
    if (Date.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
