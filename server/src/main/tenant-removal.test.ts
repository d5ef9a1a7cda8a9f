import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeletionCertificate, RemovalStep, TenantId } from '@hanok/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Batch, type Caller, encodeRows, LAYOUT_VERSION, Meter, readConfig, silentLog, systemClock } from '#base';
import { checkCertificate } from '#control';
import { JOURNAL_CONFIG } from '#journal';
import { openStore, STORE_CONFIG, type Store } from '#store';
import { type ControlInstance, openControlInstance } from '../control/testkit/index.ts';
import { openStores, type Stores } from './stores.ts';
import { openTenantRemoval, type TenantRemovalDeps } from './tenant-removal.ts';

const operator = { name: 'operator@hanok.local', tenant: null, remote: '' };
const { journal, store: storeConfig } = readConfig(
  { journal: JOURNAL_CONFIG, store: STORE_CONFIG },
  { HANOK_JOURNAL_RETAIN: '0s' },
);
const DAY_NANOS = 86_400_000_000_000n;
const NOON = 1_795_176_000_000_000_000n; // 2026-11-20T12:00:00Z

let control: ControlInstance;
let store: Store;
let stores: Stores;
const storeOf = (tenant: TenantId) => control.control.snapshot().tenant(tenant)?.store ?? 'pool';

beforeAll(async () => {
  control = await openControlInstance();
  const deps = { dataDir: control.dataDir, clock: systemClock, log: silentLog, meter: new Meter() };
  store = await openStore(storeConfig, {
    ...deps,
    placement: (tenant) => ({ store: storeOf(tenant) }),
    nodePath: process.execPath,
    machineMemory: 8 * 1024 ** 3,
  });
  stores = openStores({ ...deps, journal, store, storeOf });
  for (const { store: name } of control.control.snapshot().tenants) await stores.open(name);
  for (const { id } of control.control.snapshot().tenants) await stores.sinkFor(callerOf(id)).append(batch(id));
}, 60_000);
afterAll(async () => {
  await stores.close();
  await store.close();
  await control.close();
});

const callerOf = (tenant: TenantId): Caller => ({ tenant, actor: { kind: 'system', id: 'test' } });
const batch = (tenant: TenantId): Batch => ({
  ...{ tenant, signal: 'logs', layoutVersion: LAYOUT_VERSION, records: 4, minTime: NOON, maxTime: NOON + DAY_NANOS },
  blocks: [
    encodeRows(
      'logs',
      [0n, 1n, 1n].map((day) => ({
        tenant,
        timestamp: NOON + day * DAY_NANOS,
        body: 'x',
        body_type: 115,
        retention_days: 30,
      })),
    ),
    encodeRows('spans', [{ tenant, timestamp: NOON, name: 'GET /', kind: 2, retention_days: 30 }]),
  ],
});

class Died extends Error {}

/** Removes with a program that dies whenever a step was written down, and is started again; what was seen on the way. */
async function removeWithDeaths(): Promise<{ readonly steps: readonly RemovalStep[]; readonly lives: number }> {
  const { deletions } = control.control;
  const steps: RemovalStep[] = [];
  for (let lives = 1; ; lives++) {
    let died: () => void = () => {};
    const death = new Promise<void>((resolve) => {
      died = resolve;
    });
    const mortal: TenantRemovalDeps['deletions'] = {
      ...deletions,
      async save(id, state) {
        const { state: before } = (await deletions.of(id))!;
        await deletions.save(id, state);
        if (before.step === state.step) return;
        steps.push(state.step);
        died();
        throw new Died();
      },
      async trouble() {
        // The dead write nothing.
      },
    };
    const removal = await openTenantRemoval({
      deletions: mortal,
      access: control.control.access,
      store,
      stores,
      storeOf,
      forget: async () => {},
      dataDir: control.dataDir,
      clock: systemClock,
      log: silentLog,
    });
    const done = (async () => {
      while ((await deletions.list()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    })();
    await Promise.race([death, done]);
    await removal.close();
    if ((await deletions.list()).length === 0) return { steps, lives };
  }
}

const certificateOf = async (tenant: string): Promise<DeletionCertificate> => {
  const [record] = await control.control.deletions.certificates({ tenant, limit: 1 });
  const file = readFileSync(join(control.dataDir, 'certificates', `${record!.id}.json`), 'utf8');
  return checkCertificate(file, control.control.signer.publicKey).certificate;
};
const rowsOf = async (tenant: TenantId) =>
  (await store.removal('pool').count(tenant, new AbortController().signal)).map(({ table, rows }) => [table, rows]);

describe('a removal that is killed after every step', () => {
  it('takes a tenant out of what it shares, and leaves its neighbour’s', async () => {
    const B = 'tenant-b' as TenantId;
    const neighbour = 'hanok' as TenantId;
    const ask = { confirm: B, reason: 'over', delay: 0, immediately: true };
    const sink = stores.sinkFor(callerOf(B));
    await expect.poll(() => rowsOf(B), { timeout: 30_000 }).not.toEqual([]);
    const before = await rowsOf(neighbour);
    await control.control.deletions.schedule(operator, B, ask);
    const { steps, lives } = await removeWithDeaths();
    expect(steps).toEqual(['draining', 'counting', 'removing', 'journal', 'verifying', 'finishing']);
    expect(lives).toBe(7);
    const certificate = await certificateOf(B);
    expect(certificate.store).toEqual({
      name: 'pool',
      counted: true,
      tables: expect.arrayContaining([
        {
          table: 'logs',
          rows: 3,
          days: [
            { day: '2026-11-20', rows: 1 },
            { day: '2026-11-21', rows: 2 },
          ],
        },
        { table: 'spans', rows: 1, days: [{ day: '2026-11-20', rows: 1 }] },
        { table: 'trace_hours', rows: 1, days: [{ day: '2026-11-20', rows: 1 }] },
        { table: 'operations', rows: 1, days: [{ day: '2026-11-20', rows: 1 }] },
      ]),
    });
    expect(certificate.journal.bytes).toBeGreaterThan(0);
    expect(await rowsOf(B)).toEqual([]);
    expect(await rowsOf(neighbour)).toEqual(before);
    // Nothing of it comes in any more, whoever was let in before; the neighbour's does.
    await expect(sink.append(batch(B))).rejects.toMatchObject({ code: 'main.tenant-removed' });
    await stores.sinkFor(callerOf(neighbour)).append(batch(neighbour));
    const segments = readdirSync(join(control.dataDir, 'journal', 'pool')).filter((one) => one.endsWith('.segment'));
    for (const segment of segments)
      expect(readFileSync(join(control.dataDir, 'journal', 'pool', segment)).includes(B)).toBe(false);
  }, 180_000);

  it('deletes a silo with all that it has', async () => {
    const A = 'tenant-a' as TenantId;
    await control.control.deletions.schedule(operator, A, { confirm: A, reason: 'over', delay: 0, immediately: true });
    const { steps } = await removeWithDeaths();
    expect(steps).toEqual(['draining', 'counting', 'removing', 'verifying', 'finishing']);
    expect((await certificateOf(A)).store).toMatchObject({
      name: 'silo-tenant-a',
      counted: true,
      tables: expect.arrayContaining([expect.objectContaining({ table: 'logs', rows: 3 })]),
    });
    for (const folder of ['journal', 'engines'])
      expect(existsSync(join(control.dataDir, folder, 'silo-tenant-a'))).toBe(false);
    expect(store.engines().map(({ name }) => name)).toEqual(['pool']);
  }, 120_000);
});

it('deletes a silo whose engine does not come up, and says that its rows were not counted', async () => {
  const id = 'spoilt' as TenantId;
  const { deletions, tenants } = control.control;
  await tenants.create(operator, { id, name: 'Spoilt', mode: 'silo', adminEmail: 'a@spoilt.example' });
  const dir = join(control.dataDir, 'engines', `silo-${id}`);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'data'), 'not a directory');
  await stores.open(`silo-${id}`);
  await stores.sinkFor(callerOf(id)).append(batch(id));
  // Begun, by the clock of the control database, long ago.
  await deletions.schedule(operator, id, { confirm: id, reason: 'over', delay: 0, immediately: true });
  await removeWithDeaths();
  const { store: kept, journal: left } = await certificateOf(id);
  expect(kept).toEqual({ name: `silo-${id}`, counted: false, tables: [] });
  expect(left.bytes).toBeGreaterThan(0);
  expect(existsSync(dir)).toBe(false);
  expect(existsSync(join(control.dataDir, 'journal', `silo-${id}`))).toBe(false);
}, 60_000);

it('writes a certificate to the data directory that a kill left in the database alone', async () => {
  const { deletions } = control.control;
  await control.control.tenants.create(operator, {
    id: 'brief',
    name: 'Brief',
    mode: 'pool',
    adminEmail: 'a@brief.example',
  });
  await deletions.schedule(operator, 'brief', { confirm: 'brief', reason: 'over', delay: 0, immediately: true });
  await deletions.begin('brief');
  await deletions.save('brief', { ...(await deletions.of('brief'))!.state, step: 'finishing' });
  const { id, document } = await deletions.finish('brief');
  const removal = await openTenantRemoval({
    ...{ deletions, access: control.control.access, store, stores, storeOf, dataDir: control.dataDir },
    forget: async () => {},
    clock: systemClock,
    log: silentLog,
  });
  await removal.close();
  expect(readFileSync(join(control.dataDir, 'certificates', `${id}.json`), 'utf8')).toBe(document);
});
