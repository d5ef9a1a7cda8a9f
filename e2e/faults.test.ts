/** A fault that nobody caught ends the process; it starts again and has all it acknowledged. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, type Instance, openInstance, root } from './instance.ts';

/**
 * Run before the program. Once the file `fault` is there it throws: out of the callback of a journal's sync, which leaves
 * that group and all later ones unanswered, or out of a promise that nobody waits for. `hang` also leaves a call of
 * libuv's pool that never ends, as a disk does that has stopped answering.
 */
const PRELOAD = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';
const read = () => { try { return fs.readFileSync(process.env.FAULT_FILE, 'utf8'); } catch { return ''; } };
if (isMainThread) {
  const { fdatasync } = fs;
  fs.fdatasync = (fd, done) => fdatasync(fd, (error) => {
    const fault = read();
    if (fault === '') return done(error);
    fs.rmSync(process.env.FAULT_FILE);
    fs.open(process.env.FAULT_FIFO, 'r', () => {});
    if (fault === 'reject') return void Promise.reject(new Error('planted rejection'));
    throw new Error('planted exception');
  });
  syncBuiltinESMExports();
}
`;

let dir: string;
let instance: Instance;
const faultFile = () => join(dir, 'fault');

async function open(under: readonly string[] = []): Promise<void> {
  const preload = join(dir, 'preload.mjs');
  writeFileSync(preload, PRELOAD);
  execFileSync('mkfifo', [join(dir, 'fifo')]);
  instance = await openInstance({
    under,
    env: {
      NODE_OPTIONS: `--import ${pathToFileURL(preload).href}`,
      FAULT_FILE: faultFile(),
      FAULT_FIFO: join(dir, 'fifo'),
    },
  });
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hanok-fault-'));
});
afterEach(async () => {
  await instance.dispose();
  rmSync(dir, { recursive: true });
});

/** Whether it was acknowledged. */
const send = (text: string): Promise<boolean> =>
  fetch(`${instance.otlpHttp}/v1/logs`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${instance.tenant('tenant-b').ingestKey}`,
    },
    body: JSON.stringify({
      resourceLogs: [{ resource: {}, scopeLogs: [{ logRecords: [{ body: { stringValue: text } }] }] }],
    }),
    signal: AbortSignal.timeout(10_000),
  }).then(
    (answer) => answer.ok,
    () => false,
  );

/** Sends until the process ends; what was acknowledged. */
async function sendInto(fault: string): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let i = 0; i < 20; i++) if (await send(`before ${i}`)) acknowledged.push(`before ${i}`);
  expect(acknowledged).toHaveLength(20);
  writeFileSync(faultFile(), fault);
  expect(await send('at the fault')).toBe(false);
  return acknowledged;
}

async function found(): Promise<string[]> {
  const token = await instance.login(instance.tenant('tenant-b').admin);
  const { rows } = await instance.api<{ rows: { body: string }[] }>(token, 'POST', '/api/v1/logs/search', {
    query: 'before',
    limit: 100,
  });
  return rows.map(({ body }) => body).sort();
}

describe('a fault that nobody caught', () => {
  it.each([
    ['throw', 'uncaught exception', 'planted exception'],
    ['reject', 'unhandled rejection', 'planted rejection'],
  ])('%s: ends the process at once and aloud, whatever hangs, and nothing acknowledged is lost', async (...one) => {
    const [fault, said, error] = one;
    await open();
    const acknowledged = await sendInto(fault);
    const began = performance.now();
    expect(await instance.ended()).toBe('SIGKILL');
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(instance.output()).toContain(`${said}: the process ends`);
    expect(instance.output()).toContain(error);
    await instance.start();
    await eventually('all that was acknowledged', async () => (await found()).length >= acknowledged.length);
    expect(await found()).toEqual([...acknowledged].sort());
  });

  it('is followed by a new start, and a clean end is not', async () => {
    await open(['sh', join(root, 'scripts', 'supervise.sh')]);
    const acknowledged = await sendInto('throw');
    await eventually('a new life', async () => send('after'));
    expect(instance.output()).toMatch(/the server crashed \(signal 9\); starting it again in 1 s/);
    await eventually('all that was acknowledged', async () => (await found()).length >= acknowledged.length);
    expect(await found()).toEqual([...acknowledged].sort());
    await instance.kill('SIGTERM');
    expect(await instance.ended()).toBe(0);
    expect(instance.output()).toContain('"closed"');
  });

  it('is not what a refused start is: that is not tried again', async () => {
    await open(['sh', join(root, 'scripts', 'supervise.sh')]);
    const second = openInstance({ dataDir: instance.dataDir, under: ['sh', join(root, 'scripts', 'supervise.sh')] });
    await expect(second).rejects.toThrow(/exited with 1/);
    await instance.kill('SIGTERM');
  });
});
