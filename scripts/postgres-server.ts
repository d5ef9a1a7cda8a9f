/** A real PostgreSQL for tests: its own directory, reached by a Unix socket alone, gone afterwards. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

export interface PostgresServer {
  /** Of a database on it; the one that is there from the first is `postgres`. */
  url(database?: string): string;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its directory. */
  dispose(): Promise<void>;
}

/** 15 is the oldest that is supported. */
const OLDEST = 15;
const START_MS = 30_000;

/** The folder of `initdb` and `postgres`: POSTGRES_BIN, the PATH's, or the newest that Debian installed. */
export function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env['POSTGRES_BIN'] ? [process.env['POSTGRES_BIN']] : []),
    ...(process.env['PATH'] ?? '').split(':'),
    ...versions.map((version) => join(debian, version, 'bin')),
  ];
  return folders.find((folder) => {
    if (!existsSync(join(folder, 'initdb')) || !existsSync(join(folder, 'postgres'))) return false;
    const { stdout } = spawnSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' });
    return Number(/\d+/.exec(stdout ?? '')?.[0]) >= OLDEST;
  });
}

/** PostgreSQL refuses to run as root, so root runs it as whom Debian made for it, or as nobody. */
function runAs(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const { status, stdout } = spawnSync('id', ['-u', name], { encoding: 'utf8' });
    if (status === 0) {
      const gid = execFileSync('id', ['-g', name], { encoding: 'utf8' });
      return { uid: Number(stdout), gid: Number(gid) };
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is no user postgres or nobody');
}

export async function openPostgresServer(bin: string): Promise<PostgresServer> {
  // The path of a Unix socket has at most 107 bytes.
  const folder = mkdtempSync(join(tmpdir(), 'hanok-pg-'));
  const user = runAs();
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid!);
  chmodSync(folder, 0o700);
  const data = join(folder, 'data');
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'hanok', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const url = (database = 'postgres') => `postgres://hanok@localhost/${database}?host=${encodeURIComponent(folder)}`;
  let child: ChildProcess | undefined;
  let output = '';
  const ended = async () => {
    const running = child;
    if (running && running.exitCode === null && running.signalCode === null)
      await new Promise((resolve) => running.once('exit', resolve));
  };
  const start = async (): Promise<void> => {
    // Without fsync: nothing here outlives the test, and a kill of the process alone loses nothing.
    const settings = { listen_addresses: '', unix_socket_directories: folder, fsync: 'off', max_connections: '200' };
    child = spawn(
      join(bin, 'postgres'),
      ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    child.stderr!.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
    });
    const deadline = Date.now() + START_MS;
    for (;;) {
      const client = new pg.Client({ connectionString: url() });
      try {
        await client.connect();
        return;
      } catch {
        // Not yet.
      } finally {
        await client.end();
      }
      if (child.exitCode !== null || Date.now() > deadline) {
        child.kill('SIGQUIT');
        throw new Error(`PostgreSQL did not start:\n${output}`);
      }
      await pause(50);
    }
  };
  await start();
  return {
    url,
    async kill() {
      // Immediate shutdown: every session is cut, the next start recovers. SIGKILL would leave its children behind.
      child?.kill('SIGQUIT');
      await ended();
    },
    start,
    async dispose() {
      child?.kill('SIGQUIT');
      await ended();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
