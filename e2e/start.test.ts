/** `npm start` as people and service managers run it: what it leaves running, and how it ends. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, freePorts, root } from './instance.ts';

/** Closing the edge takes 5 s at most, an engine 10 s; the rest is for npm and a busy machine. */
const CLOSE_WITHIN_MS = 20_000;
/** What npm and a starter may keep beside the server, npm itself aside: nothing but a process of a few pages. */
const MOST_BESIDE_MIB = 10;

interface Started {
  readonly npm: ChildProcess;
  readonly url: string;
  readonly output: () => string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

let dataDir: string;
let ports: number[];
beforeAll(async () => {
  // What there is to install or to build takes minutes on a busy machine; here it is about starting.
  const prepared = spawnSync(process.execPath, [join(root, 'scripts', 'prepare.mjs')], { encoding: 'utf8' });
  expect([prepared.status, prepared.error]).toEqual([0, undefined]);
  dataDir = mkdtempSync(join(tmpdir(), 'hanok-start-'));
  ports = await freePorts(3);
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 }));

async function npmStart(): Promise<Started> {
  const npm = spawn('npm', ['start'], {
    cwd: root,
    // A process group of its own, as a terminal or a service manager gives it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      HANOK_DATA_DIR: dataDir,
      HANOK_HTTP_PORT: String(ports[0]),
      HANOK_OTLP_HTTP_PORT: String(ports[1]),
      HANOK_OTLP_GRPC_PORT: String(ports[2]),
    },
  });
  let output = '';
  for (const stream of [npm.stdout!, npm.stderr!]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    npm.once('close', (code, signal) => resolve({ code, signal })),
  );
  const url = `http://127.0.0.1:${ports[0]}`;
  const ready = () => fetch(`${url}/health/ready`).then(({ status }) => status === 200);
  await eventually('it is ready', ready, 120).catch((error: unknown) => {
    process.kill(-npm.pid!, 'SIGKILL');
    throw new Error(`${String(error)}\n${output}`);
  });
  return { npm, url, output: () => output, ended };
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
const commandOf = (pid: number) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
const parentOf = (pid: number) => Number(read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ')[1] ?? 0);
const pssMiB = (pid: number) => Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1_024;
const processes = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
/** What still works on the data directory. */
const left = () =>
  processes().filter((pid) => read(`/proc/${pid}/environ`).includes(dataDir) || commandOf(pid).includes(dataDir));

function below(pid: number): number[] {
  const all = processes();
  const found = [pid];
  for (const one of found) found.push(...all.filter((other) => parentOf(other) === one));
  return found.slice(1);
}

describe.runIf(process.platform === 'linux')('npm start', () => {
  it('leaves nothing between npm and the server but the shell that starts it again', async () => {
    const { npm, ended } = await npmStart();
    const [shell, server, ...others] = below(npm.pid!);
    expect(commandOf(shell!)).toMatch(/^sh \S*supervise\.sh /);
    expect(commandOf(server!)).toMatch(/^\S*node .*main\/cli\.ts start/);
    expect(others.map(commandOf).filter((command) => !/store\/engine\/process\.ts/.test(command))).toEqual([]);
    const beside = below(npm.pid!).filter((pid) => !/^\S*node .*(main\/cli|store\/engine)/.test(commandOf(pid)));
    expect(beside).toEqual([shell]);
    expect(beside.reduce((sum, pid) => sum + pssMiB(pid), 0)).toBeLessThan(MOST_BESIDE_MIB);
    console.log(`npm itself: ${pssMiB(npm.pid!).toFixed(1)} MiB`);
    process.kill(npm.pid!, 'SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
  });

  it.each<[string, (npm: number) => void]>([
    ['SIGTERM to npm', (npm) => process.kill(npm, 'SIGTERM')],
    ['SIGTERM to all of its processes', (npm) => process.kill(-npm, 'SIGTERM')],
    ['SIGINT to npm', (npm) => process.kill(npm, 'SIGINT')],
    ['Ctrl-C, which is SIGINT to all of its processes', (npm) => process.kill(-npm, 'SIGINT')],
    ['SIGTERM to the shell', (npm) => process.kill(below(npm)[0]!, 'SIGTERM')],
    ['SIGTERM to the server', (npm) => process.kill(below(npm)[1]!, 'SIGTERM')],
  ])('ends in order after %s', async (_, signal) => {
    const { npm, url, output, ended } = await npmStart();
    const { tenants } = JSON.parse(read(join(dataDir, 'bootstrap.json'))) as { tenants: { ingestKey: string }[] };
    // Something to drain.
    const sent = await fetch(`http://127.0.0.1:${ports[1]}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hanok-key': tenants[1]!.ingestKey },
      body: '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"last"}}]}]}]}',
    });
    expect(sent.status).toBe(200);
    const began = performance.now();
    signal(npm.pid!);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(CLOSE_WITHIN_MS);
    expect(output()).toContain('"msg":"closed"');
    expect(output()).not.toMatch(/"level":"error"/);
    expect(left()).toEqual([]);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('starts the server again when it crashed, and says so', async () => {
    const { npm, url, output, ended } = await npmStart();
    const [, server] = below(npm.pid!);
    process.kill(server!, 'SIGKILL');
    await eventually('another server', async () => {
      const ready = await fetch(`${url}/health/ready`).then(({ status }) => status === 200);
      return ready && below(npm.pid!)[1] !== server;
    });
    expect(output()).toContain('the server crashed (signal 9); starting it again in 1 s');
    process.kill(npm.pid!, 'SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(left()).toEqual([]);
  });

  it('has a systemd unit whose command is the server itself, and ends with it', async () => {
    const printed = spawnSync('npm', ['run', '--silent', 'unit'], { cwd: root, encoding: 'utf8' });
    expect([printed.status, printed.stderr]).toEqual([0, '']);
    const lines = printed.stdout.split('\n');
    const value = (name: string) =>
      lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
    // What systemd would run: its quoting of these lines is the shell's, for paths without a dollar sign.
    const environment = Object.fromEntries(
      value('Environment').map((text) => /^"([^=]+)=(.*)"$/.exec(text)!.slice(1) as [string, string]),
    );
    expect(environment).toMatchObject({ UV_THREADPOOL_SIZE: '16', HANOK_DATA_DIR: '/var/lib/hanok' });
    const server = spawn('/bin/sh', ['-c', `exec ${value('ExecStart')[0]}`], {
      cwd: value('WorkingDirectory')[0],
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: '/usr/bin:/bin',
        ...environment,
        HANOK_DATA_DIR: dataDir,
        HANOK_HTTP_PORT: String(ports[0]),
        HANOK_OTLP_HTTP_PORT: String(ports[1]),
        HANOK_OTLP_GRPC_PORT: String(ports[2]),
        HANOK_LOG_LEVEL: 'error',
      },
    });
    const ended = new Promise((resolve) => server.once('close', (code, signal) => resolve({ code, signal })));
    const ready = () => fetch(`http://127.0.0.1:${ports[0]}/health/ready`).then(({ status }) => status === 200);
    await eventually('it is ready', ready, 120);
    expect(commandOf(server.pid!)).toMatch(/main\/cli\.ts start/);
    server.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(left()).toEqual([]);
  });
});
