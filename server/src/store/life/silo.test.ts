import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TenantId } from '@hanok/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { type Log, Meter, silentLog, systemClock } from '#base';
import { STORE_CONFIG, type StoreConfig } from '../config.ts';
import { select } from '../plan/select.ts';
import { sql } from '../plan/sql.ts';
import { openStore, type Store } from '../store.ts';
import { batchOf, logsBlock } from '../testkit/batches.ts';
import { callerOf, until as untilWithin } from '../testkit/instance.ts';
import { MemorySource } from '../testkit/memory-source.ts';

const MIB = 1024 ** 2;
const DEFAULTS = Object.fromEntries(
  Object.entries(STORE_CONFIG).map(([key, one]) => [key, one.default]),
) as unknown as StoreConfig;
const tenantOf = (store: string) => store.slice(5) as TenantId;

const log: Log = { ...silentLog, warn: (_, message) => said.push(message), child: () => log };

/** A crowded machine takes its time to start an engine. */
const until = (what: string, condition: () => Promise<boolean> | boolean, withinMs = 90_000) =>
  untilWithin(what, condition, withinMs);

let dataDir: string | undefined;
let store: Store;
let clock: typeof systemClock & { ahead: number };
let said: string[] = [];
let drainers: { close(): Promise<void> }[] = [];

/** Stores on one directory, each with a source. `ahead` of the clock makes time pass. */
async function open(names: readonly string[], overrides: Partial<StoreConfig> = {}) {
  dataDir ??= mkdtempSync(join(tmpdir(), 'hanok-silo-'));
  clock = {
    ahead: 0,
    now: () => Date.now() + clock.ahead,
    nanos: () => systemClock.nanos(),
    monotonic: () => performance.now() + clock.ahead,
  };
  store = await openStore(
    { ...DEFAULTS, drainLinger: 20, ...overrides },
    {
      ...{ dataDir, clock, log, meter: new Meter(), nodePath: process.execPath, machineMemory: 4096 * MIB },
      placement: (tenant) => ({ store: `silo-${tenant}` }),
    },
  );
  said = [];
  const sources = new Map(names.map((name) => [name, new MemorySource()]));
  for (const [name, source] of sources) {
    await store.open(name);
    drainers.push(store.drain(name, source));
  }
  return sources;
}
async function close() {
  await Promise.all(drainers.map((one) => one.close()));
  drainers = [];
  await store.close();
}
afterEach(async () => {
  await close();
  rmSync(dataDir!, { recursive: true, force: true });
  dataDir = undefined;
});

const stateOf = (name: string) => store.engines().find((one) => one.name === name)!;
async function count(name: string, signal?: AbortSignal) {
  const tenant = tenantOf(name);
  const plan = select({ columns: { n: sql`count()`, d: sql`uniqExact(body)` }, from: 'logs' });
  const [row] = await (await store.select(callerOf(tenant), plan, signal ? { signal } : {})).rows();
  return [Number(row!['n']), Number(row!['d'])];
}
const logs = (name: string, label: string, rows: number) =>
  batchOf(tenantOf(name), [logsBlock(tenantOf(name), label, rows)]);

describe('a silo', { timeout: 180_000 }, () => {
  it('is ready without an engine, and a question starts it and sees what was acknowledged before', async () => {
    const sources = await open(['silo-a']);
    const source = sources.get('silo-a')!;
    expect(stateOf('silo-a')).toMatchObject({ state: 'asleep', pid: undefined });
    expect(store.ready('silo-a')).toBe(true);
    expect(source.following).toBe(false);
    source.append(logs('silo-a', 'x', 30));
    await pause(1_500);
    expect(stateOf('silo-a').state).toBe('asleep');
    expect(store.answersAll('silo-a')).toBe(true);
    expect(await count('silo-a')).toEqual([30, 30]);
    expect(stateOf('silo-a')).toMatchObject({ state: 'ready', restarts: 0 });
    expect(store.answersAll('silo-a')).toBe(false);
    expect(source.following).toBe(true);
    // As long as somebody asks, records are taken in as they come.
    source.append(logs('silo-a', 'y', 5));
    await until('it is drained unasked', () => source.committed === 2n);
  });

  it('sleeps when nobody asks, keeps what comes, and has all of it for the next question', async () => {
    const sources = await open(['silo-a'], { engineIdle: 60_000 });
    const source = sources.get('silo-a')!;
    source.append(logs('silo-a', 'x', 3));
    expect(await count('silo-a')).toEqual([3, 3]);
    const { pid } = stateOf('silo-a');
    await pause(1_500);
    expect(stateOf('silo-a').pid).toBe(pid);
    clock.ahead += 60_000;
    await until('it sleeps', () => stateOf('silo-a').state === 'asleep' && !source.following);
    expect(() => process.kill(pid!, 0)).toThrow();
    expect(store.ready('silo-a')).toBe(true);
    for (let i = 0; i < 10; i++) source.append(logs('silo-a', `y${i} `, 10));
    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 8 }, () => count('silo-a')));
    expect(performance.now() - began).toBeLessThan(5_000);
    for (const answer of answers) expect(answer).toEqual([103, 103]);
    // Its directory is the same, so nothing that senders left out is missing.
    expect(source.doubts).toEqual([]);
  });

  it('has senders repeat their definitions when its directory was replaced while it slept', async () => {
    const sources = await open(['silo-a'], { engineIdle: 60_000 });
    await count('silo-a');
    clock.ahead += 60_000;
    await until('it sleeps', () => stateOf('silo-a').state === 'asleep' && !sources.get('silo-a')!.following);
    utimesSync(join(dataDir!, 'engines', 'silo-a', 'inserts.log'), 1, 1);
    await count('silo-a');
    expect(sources.get('silo-a')!.doubts).toEqual([expect.stringMatching(/replaced while it slept/)]);
  });

  it('is woken when enough waits, or the oldest is old enough', async () => {
    const sources = await open(['silo-a', 'silo-b', 'silo-c'], { engineWakeBytes: MIB, engineWakeAge: 60_000 });
    const [a, b, c] = [...sources.values()];
    for (let i = 0; i < 20; i++) a!.append(logs('silo-a', `a${i} `, 1_000));
    b!.append(logs('silo-b', 'b', 10));
    c!.append(logs('silo-c', 'c', 10), Date.now() - 57_000);
    await until('the one with much is drained', () => a!.committed === 20n);
    expect(stateOf('silo-b').state).toBe('asleep');
    expect(b!.committed).toBe(0n);
    await until('the one with old records is drained', () => c!.committed === 1n);
    expect(b!.committed).toBe(0n);
  });

  it('drains old records, and goes to sleep when it has settled', async () => {
    const sources = await open(['silo-a'], { engineWakeAge: 60_000 });
    const source = sources.get('silo-a')!;
    source.append(logs('silo-a', 'b', 10), Date.now() - 60_000);
    await until('it is drained', () => source.committed === 1n);
    expect(stateOf('silo-a').state).toBe('ready');
    source.append(logs('silo-a', 'c', 10));
    clock.ahead += 10_000;
    await until('it sleeps', () => stateOf('silo-a').state === 'asleep');
    expect(source.committed).toBe(1n);
  });

  it('is woken for room in its journal, and once a day for its merges', async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'hanok-silo-'));
    await open([]);
    const source = new MemorySource();
    let pressed = false;
    await store.open('silo-a');
    drainers.push(store.drain('silo-a', source, () => pressed));
    source.append(logs('silo-a', 'b', 10));
    await pause(1_500);
    expect(stateOf('silo-a').state).toBe('asleep');
    pressed = true;
    await until('it is drained', () => source.committed === 1n);
    pressed = false;
    clock.ahead += 10_000;
    await until('it sleeps', () => stateOf('silo-a').state === 'asleep');
    await close();
    const day = new Date(Date.now() - 25 * 3_600_000);
    utimesSync(join(dataDir, 'engines', 'silo-a', 'inserts.log'), day, day);
    await open(['silo-a']);
    await until('it is up', () => stateOf('silo-a').state === 'ready');
  });

  it('makes room for another that is needed, the one asked longest ago first', async () => {
    await open(['silo-a', 'silo-b', 'silo-c'], { enginesAwake: 2 });
    await count('silo-a');
    await count('silo-b');
    expect(stateOf('silo-a').state).toBe('ready');
    const asked = count('silo-c');
    await until('it waits for its turn', () => stateOf('silo-c').state === 'waiting', 1_000);
    expect(store.ready('silo-c')).toBe(true);
    clock.ahead += 2_000;
    expect(await asked).toEqual([0, 0]);
    expect(store.engines().map(({ name, state }) => [name, state])).toEqual([
      ['silo-a', 'asleep'],
      ['silo-b', 'ready'],
      ['silo-c', 'ready'],
    ]);
  });

  it('takes in what was begun before it was killed, once', async () => {
    const sources = await open(['silo-a']);
    const source = sources.get('silo-a')!;
    source.append(logs('silo-a', 'x', 30));
    source.append(logs('silo-a', 'y', 30));
    // The insert happens, and the place in the journal is not noted.
    source.beforeCommit = () => Promise.reject(new Error('killed'));
    await count('silo-a');
    process.kill(stateOf('silo-a').pid!, 'SIGKILL');
    await close();
    source.beforeCommit = async () => undefined;
    expect(source.pending()).toMatchObject({ first: 1n, last: 2n });
    await open([]);
    await store.open('silo-a');
    drainers.push(store.drain('silo-a', source));
    expect(await count('silo-a')).toEqual([60, 60]);
    expect(source.committed).toBe(2n);
  });

  it('starts again with more memory when an insert does not fit', async () => {
    const sources = await open(['silo-a'], { enginesMemory: 256 * MIB });
    const source = sources.get('silo-a')!;
    let bytes = 0;
    const blocks = [];
    while (bytes < 72 * MIB) {
      const block = logsBlock(tenantOf('silo-a'), `${blocks.length} ${'lorem ipsum dolor '.repeat(20)}`, 10_000);
      bytes += block.bytes.byteLength;
      blocks.push(block);
    }
    source.append(batchOf(tenantOf('silo-a'), blocks));
    const rows = blocks.length * 10_000;
    await until('it is asked', async () => (await count('silo-a').catch(() => [0]))[0] === rows, 90_000);
    expect(source.committed).toBe(1n);
    expect(said).toContain('an insert needs more memory: the engine starts again with it');
  });

  it('loses and doubles nothing when its engine is killed while it falls asleep and while it wakes', async () => {
    const sources = await open(['silo-a'], { engineIdle: 60_000 });
    const source = sources.get('silo-a')!;
    let rows = 0;
    for (let cycle = 0; cycle < 6; cycle++) {
      source.append(logs('silo-a', `${cycle} `, 100));
      rows += 100;
      const asked = count('silo-a');
      if (cycle % 2 === 1) {
        await until('its engine starts', () => stateOf('silo-a').pid !== undefined);
        await pause(cycle * 120);
        process.kill(stateOf('silo-a').pid!, 'SIGKILL');
      }
      // Whoever asks may be told to come again, and never something wrong.
      const answer = await asked.catch((error: { code?: string }) => error.code);
      expect([[rows, rows], 'store.unavailable']).toContainEqual(answer);
      await until('it answers', () =>
        count('silo-a')
          .then(([n]) => n === rows)
          .catch(() => false),
      );
      source.append(logs('silo-a', `${cycle} later `, 10));
      rows += 10;
      const { pid } = stateOf('silo-a');
      clock.ahead += 60_000;
      await until('it falls asleep', () => stateOf('silo-a').state === 'asleep');
      if (cycle % 2 === 0) process.kill(pid!, 'SIGKILL');
    }
    expect(await count('silo-a')).toEqual([rows, rows]);
  });

  it('lets go of whoever leaves while it is woken', async () => {
    await open(['silo-a']);
    const left = new AbortController();
    const asked = count('silo-a', left.signal);
    left.abort();
    await expect(asked).rejects.toMatchObject({ code: 'store.cancelled' });
    await until('it is up all the same', () => stateOf('silo-a').state === 'ready');
  });

  it('closes while it is woken', async () => {
    const sources = await open(['silo-a']);
    sources.get('silo-a')!.append(logs('silo-a', 'x', 30));
    const asked = count('silo-a');
    asked.catch(() => undefined);
    await pause(100);
    await close();
    await expect(asked).rejects.toMatchObject({ code: 'store.unavailable' });
    await open(['silo-a']);
  });
});
