// Runs on any Node from 20 up, before anything is installed: plain JavaScript, no dependencies.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const node24 = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');

const say = (text) => console.error(`hanok: ${text}`);

function hashFiles(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path.slice(root.length)).update('\0').update(readFileSync(path));
  return hash.digest('hex');
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && !entry.parentPath.includes('node_modules') && !/\/dist(\/|$)/.test(entry.parentPath),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function run(command, args, what, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
  if (result.status !== 0) {
    say(`${what} failed${result.error ? `: ${result.error.message}` : ` (exit ${result.status})`}`);
    process.exit(result.status || 1);
  }
}

/** Installs exactly what the lock file says, when that has not been done; needs the npm registry that one time. */
export function ensureInstalled() {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    say(
      `Node ${process.versions.node} is too old to start from; 20 or newer is needed (Hanok then brings its own Node 24).`,
    );
    process.exit(1);
  }
  const lock = join(root, 'package-lock.json');
  const stamp = join(root, 'node_modules', '.hanok-installed');
  const wanted = hashFiles([lock]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(node24)) return;
  say('installing dependencies (first run, or the lock file changed) …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci');
  if (!existsSync(node24)) {
    // npm was told to ignore install scripts: the Node binary is fetched by one.
    run('npm', ['rebuild', 'node', '--foreground-scripts', '--ignore-scripts=false'], 'installing Node 24');
  }
  writeFileSync(stamp, wanted);
}

/** Builds the browser's files when their sources changed since the last build. */
export function ensureWebBuilt() {
  const dist = join(root, 'web', 'dist');
  const stamp = join(dist, '.built-from');
  const sources = [
    ...filesUnder(join(root, 'web')),
    ...filesUnder(join(root, 'contract', 'src')),
    join(root, 'package-lock.json'),
  ];
  const wanted = hashFiles(sources);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('building the user interface …');
  run(
    node24,
    [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
    'building the user interface',
    { cwd: join(root, 'web') },
  );
  if (!existsSync(dist) || !statSync(dist).isDirectory()) {
    say('the build left no web/dist');
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}
