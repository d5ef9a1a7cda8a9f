import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantId } from '@hanok/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Batch, type Caller, encodeRows, LAYOUT_VERSION, Meter, readConfig, silentLog, systemClock } from '#base';
import { JOURNAL_CONFIG } from '#journal';
import { openStore, STORE_CONFIG, type Store } from '#store';
import { openStores, type Stores } from './stores.ts';

const TENANT = 'tenant-a' as TenantId;
const caller: Caller = { tenant: TENANT, actor: { kind: 'system', id: 'test' } };
const { journal, store: storeConfig } = readConfig({ journal: JOURNAL_CONFIG, store: STORE_CONFIG }, {});

let dataDir: string;
let store: Store;
let stores: Stores;
let placed = 'pool';

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hanok-stores-'));
  const deps = { dataDir, clock: systemClock, log: silentLog, meter: new Meter() };
  store = await openStore(storeConfig, { ...deps, placement: () => ({ store: placed }), nodePath: process.execPath });
  stores = openStores({ ...deps, journal, store, storeOf: () => placed });
  await stores.open('pool');
  await stores.open(`silo-${TENANT}`);
});
afterAll(async () => {
  await stores.close();
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const batch = (layoutVersion = LAYOUT_VERSION): Batch => ({
  ...{ tenant: TENANT, signal: 'logs', layoutVersion, records: 1, minTime: 1n, maxTime: 1n },
  blocks: [encodeRows('logs', [{ tenant: TENANT, timestamp: 1_795_132_800_000_000_000n, body: 'x', body_type: 115 }])],
});
const lag = (name: string) => stores.journals().get(name)!.stats().sources['store']!.entries;

it('changes the epoch when an entry is put aside, when an engine is started again, and when a tenant moves', async () => {
  const sink = () => stores.sinkFor(caller);
  const seen = [sink().epoch];
  await sink().append(batch());
  await expect.poll(() => lag('pool'), { timeout: 30_000 }).toBe(0);
  expect(sink().epoch).toBe(seen[0]);
  // A layout that the store cannot know: everything in it is put aside, definitions too.
  await sink().append(batch(99));
  await expect.poll(() => sink().epoch, { timeout: 30_000 }).not.toBe(seen.at(-1));
  seen.push(sink().epoch);
  process.kill(store.engines().find(({ name }) => name === 'pool')!.pid!, 'SIGKILL');
  await expect.poll(() => sink().epoch, { timeout: 30_000 }).not.toBe(seen.at(-1));
  seen.push(sink().epoch);
  placed = `silo-${TENANT}`;
  seen.push(sink().epoch);
  placed = 'pool';
  expect(sink().epoch).toBe(seen[2]);
  expect(new Set(seen).size).toBe(4);
}, 60_000);
