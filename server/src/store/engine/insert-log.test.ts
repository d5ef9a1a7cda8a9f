import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { InsertLog, InsertUnclear } from './insert-log.ts';

let engine: string;
let logs: string;
let rollup: string;
let said: string[];
beforeEach(() => {
  engine = mkdtempSync(join(tmpdir(), 'hanok-inserts-'));
  logs = table('aaa/logs');
  rollup = table('bbb/rollup');
  said = [];
});
afterEach(() => rmSync(engine, { recursive: true, force: true }));

function table(name: string): string {
  const path = join(engine, 'data', 'store', name);
  mkdirSync(path, { recursive: true });
  return path;
}
const part = (path: string, name: string) => mkdirSync(join(path, name));
const parts = (path: string) => readdirSync(path).sort();
/** Held, because what a killed process had open would be closed here by the garbage collector. */
const held: InsertLog[] = [];
const open = async () => {
  const log = await InsertLog.open(engine, (what) => said.push(what));
  held.push(log);
  return log;
};
const never = () => new Promise<never>(() => {});

it('runs an insert once per token, also in a later life', async () => {
  let runs = 0;
  const insert = async () => {
    part(logs, `20260101-30_${++runs}_${runs}_0`);
  };
  const log = await open();
  await log.run('a', [logs], insert);
  await log.run('a', [logs], insert);
  await log.close();
  const next = await open();
  await next.run('a', [logs], insert);
  await next.close();
  expect(parts(logs)).toEqual(['20260101-30_1_1_0']);
  expect(said).toEqual([]);
});

it('takes back the parts of an insert that was not finished, in every table it filled', async () => {
  part(logs, '20260101-30_1_1_0');
  part(rollup, '20260101-30_4_4_0');
  const log = await open();
  await new Promise<void>((begun) => {
    void log.run('a', [logs, rollup], async () => {
      part(logs, '20260101-30_2_2_0');
      part(logs, '20260102-30_3_3_0');
      part(rollup, '20260101-30_5_5_1');
      begun();
      await never();
    });
  });
  await open();
  expect(parts(logs)).toEqual(['20260101-30_1_1_0']);
  expect(parts(rollup)).toEqual(['20260101-30_4_4_0']);
  expect(said).toHaveLength(2);
});

it('takes back a part merged with older ones when those are still there, and else leaves it', async () => {
  part(logs, '20260101-30_1_1_0');
  const log = await open();
  await new Promise<void>((begun) => {
    void log.run('a', [logs, rollup], async () => {
      part(logs, '20260101-30_2_2_0');
      part(logs, '20260101-30_1_2_1');
      part(rollup, '20260101-30_0_1_1');
      begun();
      await never();
    });
  });
  await open();
  expect(parts(logs)).toEqual(['20260101-30_1_1_0']);
  expect(parts(rollup)).toEqual(['20260101-30_0_1_1']);
  expect(said.join()).toContain('is gone');
});

it('forgets an insert that failed and left nothing, and leaves its successor alone', async () => {
  const log = await open();
  await expect(
    log.run('a', [logs], async () => {
      throw new Error('refused');
    }),
  ).rejects.toThrow('refused');
  await log.run('b', [logs], async () => part(logs, '20260101-30_1_1_0'));
  await log.close();
  await open();
  expect(parts(logs)).toEqual(['20260101-30_1_1_0']);
});

it('calls a failed insert unclear when something of it is there, and the next life takes it back', async () => {
  const log = await open();
  await expect(
    log.run('a', [logs], async () => {
      part(logs, '20260101-30_1_1_0');
      throw new Error('out of memory');
    }),
  ).rejects.toThrow(InsertUnclear);
  await open();
  expect(parts(logs)).toEqual([]);
});

it('runs inserts into one table one after another, into different ones side by side', async () => {
  const log = await open();
  const order: string[] = [];
  let release = () => {};
  const first = log.run('a', [logs], async () => {
    order.push('a begins');
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    order.push('a ends');
  });
  const second = log.run('b', [logs], async () => {
    order.push('b');
  });
  await log.run('c', [rollup], async () => {
    order.push('c');
  });
  release();
  await Promise.all([first, second]);
  await log.close();
  expect(order.filter((one) => one !== 'c')).toEqual(['a begins', 'a ends', 'b']);
  expect(order.indexOf('c')).toBeLessThan(order.indexOf('a ends'));
});

it('keeps what is before a torn end, and renews itself when it is full', async () => {
  const log = await open();
  for (let i = 0; i < 900; i++) await log.run(`${i}:${'x'.repeat(300)}`, [logs], async () => {});
  await log.close();
  const path = join(engine, 'inserts.log');
  const text = readFileSync(path, 'latin1');
  expect(text.length).toBeLessThan(600_000);
  const end = text.lastIndexOf('\n');
  truncateSync(path, end - 20);
  writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from('torn \0\0')]));
  const next = await open();
  let runs = 0;
  const count = async () => {
    runs++;
  };
  await next.run(`898:${'x'.repeat(300)}`, [logs], count);
  expect(runs).toBe(0);
  // Its last line, that it was done, is the torn one.
  await next.run(`899:${'x'.repeat(300)}`, [logs], count);
  expect(runs).toBe(1);
  await next.close();
});
