import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '#base';
import { until } from '../testkit/instance.ts';
import { Supervisor } from './supervisor.ts';

let dir: string;
let engine: Supervisor;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hanok-engine-'));
  engine = new Supervisor({
    name: 'test',
    dir,
    nodePath: process.execPath,
    querySessions: 1,
    memoryLimit: 1024 ** 3,
    log: silentLog,
    wedgedAfterMs: 2_000,
  });
  await engine.ready();
});
afterEach(async () => {
  await engine.close();
  rmSync(dir, { recursive: true, force: true });
});

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('starts a killed engine again, with its data, and says so', async () => {
  await engine.client.execute({ sql: 'CREATE DATABASE d' });
  const { pid } = engine.state();
  process.kill(pid!, 'SIGKILL');
  await until('it is seen', () => engine.state().restarts === 1);
  await expect(engine.client.rows({ sql: 'SELECT 1' })).rejects.toThrow(/not ready/);
  await engine.ready();
  expect(engine.state()).toMatchObject({ state: 'ready', restarts: 1, lastError: expect.stringMatching(/SIGKILL/) });
  expect(engine.state().pid).not.toBe(pid);
  expect(await engine.client.rows({ sql: "SELECT name FROM system.databases WHERE name = 'd'" })).toEqual([['d']]);
});

it('replaces an engine that is stopped and does not answer', async () => {
  const { pid } = engine.state();
  process.kill(pid!, 'SIGSTOP');
  const asked = engine.client.rows({ sql: 'SELECT 1' });
  await expect(asked).rejects.toThrow(/not reached/);
  await engine.ready();
  expect(engine.state()).toMatchObject({ restarts: 1, lastError: expect.stringMatching(/no answer to a ping/) });
  expect(alive(pid!)).toBe(false);
  expect(await engine.client.rows({ sql: 'SELECT 1' })).toEqual([[1]]);
});

it('waits when no file handle is left to start the engine, says so, and starts it once there is one', async () => {
  const { pid } = engine.state();
  const taken: number[] = [];
  const takeAll = () => {
    try {
      while (taken.length < 200_000) taken.push(openSync('/dev/null', 'r'));
    } catch {
      // None is left.
    }
  };
  takeAll();
  // What the dead engine's pipes and sockets give back is taken as well.
  const taking = setInterval(takeAll, 1);
  try {
    process.kill(pid!, 'SIGKILL');
    await until('it waits', () => /no file handles are left/.test(engine.state().lastError ?? ''));
    expect(engine.state()).toMatchObject({ state: 'down', restarts: 1 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    // One end of a process was counted, however often a start was tried.
    expect(engine.state()).toMatchObject({ state: 'down', restarts: 1 });
  } finally {
    clearInterval(taking);
    for (const one of taken) closeSync(one);
  }
  await engine.ready();
  expect(await engine.client.rows({ sql: 'SELECT 1' })).toEqual([[1]]);
});

it('closes while a query runs, and leaves no process behind', async () => {
  const { pid } = engine.state();
  const running = engine.client.rows({
    sql: 'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))',
  });
  running.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await engine.close();
  expect(engine.state()).toMatchObject({ state: 'down', restarts: 0 });
  expect(alive(pid!)).toBe(false);
  await expect(running).rejects.toThrow();
});

it('does not take its own standing still for the engine’s silence', async () => {
  for (let bout = 0; bout < 6; bout++) {
    for (const until = performance.now() + 1_700; performance.now() < until; );
    // One turn of the event loop, as between two pieces of a long piece of work.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until('it answers', async () => (await engine.client.rows({ sql: 'SELECT 1' }).catch(() => [])).length === 1);
  expect(engine.state()).toMatchObject({ restarts: 0 });
});
