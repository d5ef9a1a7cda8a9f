/** Starts the real program as a user would, on free ports and a directory of its own, and talks to it from outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE_ENVIRONMENT, NODE_FLAGS } from '../scripts/node-flags.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export interface Bootstrap {
  readonly operator: { readonly email: string; readonly password: string };
  readonly tenants: ReadonlyArray<{
    readonly id: string;
    readonly name: string;
    readonly mode: 'pool' | 'silo';
    readonly ingestKey: string;
    readonly admin: { readonly email: string; readonly password: string };
  }>;
}

export interface Instance {
  readonly url: string;
  readonly otlpHttp: string;
  readonly otlpGrpc: string;
  readonly dataDir: string;
  readonly bootstrap: Bootstrap;
  pid(): number;
  /** Process ids of the engines, found among the children of the main process. */
  enginePids(): number[];
  /** What the process printed so far, both streams. */
  output(): string;
  tenant(id: string): Bootstrap['tenants'][number];
  login(who: { readonly email: string; readonly password: string }): Promise<string>;
  api<T>(token: string, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T>;
  /** Opens a tenant's data to the operator whose token it is, as `admin`. */
  openTenant(operator: string, tenant: string): Promise<void>;
  /** What of the tenant's journal is not in the store yet; a pool's is told to operators in Hanok's own tenant alone. */
  journalLag(tenant: string): Promise<{ readonly lagRows: number; readonly lagSeconds: number }>;
  /** Starts it again after a kill, same ports, same directory. */
  start(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Waits for the end: its exit code, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals | null>;
  /** Ctrl-C and wait for the end; the exit code. */
  stop(): Promise<number | null>;
  /** Stops and removes the directory. */
  dispose(): Promise<void>;
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

const ANSWER_WITHIN_MS = 60_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function openInstance(
  options: {
    readonly env?: Record<string, string>;
    readonly dataDir?: string;
    /** What counts as started: everything ready, or only the process answering. */
    readonly until?: 'ready' | 'live';
    /** A command that runs the program given behind it as its own child or in its own place. */
    readonly under?: readonly string[];
  } = {},
): Promise<Instance> {
  const [http, otlpHttp, otlpGrpc] = await freePorts(3);
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'hanok-instance-'));
  const url = `http://127.0.0.1:${http}`;
  let child: ChildProcess;
  let output = '';
  let bootstrap: Bootstrap | undefined;

  const start = async (): Promise<void> => {
    const [program, ...before] = [...(options.under ?? []), join(root, 'node_modules', '.bin', 'node')];
    child = spawn(program!, [...before, ...NODE_FLAGS, join(root, 'server', 'src', 'main', 'cli.ts'), 'start'], {
      cwd: root,
      env: {
        ...NODE_ENVIRONMENT,
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        HANOK_DATA_DIR: dataDir,
        HANOK_HTTP_PORT: String(http),
        HANOK_OTLP_HTTP_PORT: String(otlpHttp),
        HANOK_OTLP_GRPC_PORT: String(otlpGrpc),
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-400_000);
    };
    child.stdout!.on('data', keep);
    child.stderr!.on('data', keep);
    const deadline = Date.now() + 60_000;
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`hanok exited with ${child.exitCode ?? child.signalCode}:\n${output}`);
      const ready = await fetch(`${url}/health/${options.until ?? 'ready'}`).then(
        (answer) => answer.status === 200,
        () => false,
      );
      if (ready) break;
      if (Date.now() > deadline) throw new Error(`hanok was not ready after 60 s:\n${output}`);
      await pause(50);
    }
    bootstrap = JSON.parse(readFileSync(join(dataDir, 'bootstrap.json'), 'utf8')) as Bootstrap;
  };
  const ended = () =>
    new Promise<number | null>((resolve) =>
      child.exitCode !== null || child.signalCode !== null ? resolve(child.exitCode) : child.once('exit', resolve),
    );

  let operatorToken: string | undefined;
  const instance: Instance = {
    url,
    otlpHttp: `http://127.0.0.1:${otlpHttp}`,
    otlpGrpc: `127.0.0.1:${otlpGrpc}`,
    dataDir,
    get bootstrap() {
      return bootstrap!;
    },
    pid: () => child.pid!,
    enginePids: () => childrenOf(child.pid!).filter((pid) => /engine/.test(commandOf(pid))),
    output: () => output,
    tenant: (id) => bootstrap!.tenants.find((one) => one.id === id)!,
    async login(who) {
      return (
        await instance.api<{ token: string }>('', 'POST', '/api/v1/login', { email: who.email, password: who.password })
      ).token;
    },
    async api<T>(token: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
      const answer = await fetch(url + path, {
        method,
        headers: {
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // No question takes that long; a suite that waits for ever tells nothing.
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      const text = await answer.text();
      if (!answer.ok)
        throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 500)}`), {
          status: answer.status,
        });
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
    async openTenant(operator, tenant) {
      await instance.api(operator, 'POST', `/api/v1/tenants/${tenant}/access`, {
        reason: 'a test of what operators see',
        role: 'admin',
      });
    },
    async journalLag(tenant) {
      operatorToken ??= await instance.login(bootstrap!.operator);
      const { tenants } = await instance.api<{ tenants: Array<{ id: string; mode: string }> }>(
        operatorToken,
        'GET',
        '/api/v1/tenants',
      );
      const own = tenants.find(({ id }) => id === tenant)?.mode === 'silo';
      if (own) await instance.openTenant(operatorToken, tenant);
      const { journal } = await instance.api<{ journal: { lagRows: number; lagSeconds: number } }>(
        operatorToken,
        'GET',
        '/api/v1/storage',
        undefined,
        { 'x-hanok-tenant': own ? tenant : 'hanok' },
      );
      return journal;
    },
    start,
    async kill(signal) {
      child.kill(signal);
      await ended();
    },
    ended: async () => (await ended()) ?? child.signalCode,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
      const code = await ended();
      clearTimeout(late);
      return code;
    },
    async dispose() {
      await instance.stop();
      // Engines end when their parent does; give a killed parent's a moment before their files go.
      for (let i = 0; i < 40 && enginesUsing(dataDir).length > 0; i++) await pause(50);
      for (const pid of enginesUsing(dataDir)) process.kill(pid, 'SIGKILL');
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await start();
  } catch (error) {
    await instance.dispose();
    throw error;
  }
  return instance;
}

const processes = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function childrenOf(parent: number): number[] {
  return processes().filter((pid) => {
    try {
      return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[1]) === parent;
    } catch {
      return false;
    }
  });
}

function enginesUsing(dataDir: string): number[] {
  return existsSync('/proc')
    ? processes().filter((pid) => commandOf(pid).includes(dataDir) && commandOf(pid).includes('engine'))
    : [];
}

/** Polls until `check` gives something; a failed try may throw. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  seconds = 30,
): Promise<T> {
  const deadline = Date.now() + seconds * 1_000;
  let last: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline)
      throw new Error(
        `${what}: not within ${seconds} s (last: ${last instanceof Error ? last.message : JSON.stringify(last)})`,
      );
    await pause(100);
  }
}
