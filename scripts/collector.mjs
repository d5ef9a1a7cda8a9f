// `node scripts/collector.mjs`: prints the path of an OpenTelemetry Collector, making one when none is there;
// `--find`: makes none.
// Made with the Collector's own builder from Go modules, once, and kept in the cache folder. Also a module.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const manifest = join(dirname(fileURLToPath(import.meta.url)), 'collector', 'manifest.yaml');
const exe = process.platform === 'win32' ? '.exe' : '';

/** HANOK_CACHE_DIR, or ~/.cache/hanok. */
function cacheFolder(env = process.env) {
  return env.HANOK_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hanok');
}

const manifestText = () => readFileSync(manifest, 'utf8');
const version = () => /version: ([\d.]+)/.exec(manifestText())[1];

/** A changed manifest is another Collector. */
function builtPath(env) {
  const name = createHash('sha256').update(manifestText()).digest('hex').slice(0, 12);
  return join(cacheFolder(env), `otelcol-${version()}-${name}${exe}`);
}

/** Path of a Collector that is already there: OTELCOL, the cache, the PATH; undefined when there is none. */
export function findCollector(env = process.env) {
  if (env.OTELCOL) {
    if (!existsSync(env.OTELCOL)) throw new Error(`OTELCOL=${env.OTELCOL} does not exist`);
    return env.OTELCOL;
  }
  const built = builtPath(env);
  if (existsSync(built)) return built;
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    // The core distribution has no filelog receiver, so the contrib one is preferred.
    for (const name of ['otelcol-contrib', 'otelcol']) {
      const path = join(folder, name + exe);
      if (folder !== '' && existsSync(path)) return path;
    }
  }
  return undefined;
}

/** Can a Collector be made here? */
export const canBuild = () => spawnSync('go', ['version']).status === 0;

function run(command, args, options, say) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    const take = (bytes) => {
      output += bytes;
      const step = /(Sources created|Getting go modules|Compiling|Compiled)/.exec(String(bytes));
      if (step) say(`collector: ${step[1].toLowerCase()} …`);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args[0]} exited with ${code}:\n${output.slice(-4_000)}`)),
    );
  });
}

/** Makes the Collector of `collector/manifest.yaml` and returns its path. Needs Go and its module proxy. */
export async function buildCollector(say = console.error, env = process.env) {
  const target = builtPath(env);
  if (existsSync(target)) return target;
  const began = Date.now();
  say(`collector: making OpenTelemetry Collector ${version()} with its own builder (once, some minutes) …`);
  const work = mkdtempSync(join(tmpdir(), 'hanok-collector-'));
  try {
    const options = { cwd: work, env: { GOTOOLCHAIN: 'auto', ...env, CGO_ENABLED: '0', GOBIN: join(work, 'bin') } };
    writeFileSync(join(work, 'manifest.yaml'), manifestText());
    await run('go', ['install', `go.opentelemetry.io/collector/cmd/builder@v${version()}`], options, say);
    await run(join(work, 'bin', `builder${exe}`), ['--config', 'manifest.yaml'], options, say);
    mkdirSync(dirname(target), { recursive: true });
    // Another process may have been as fast; renaming over its equal result is harmless.
    const staged = `${target}.${process.pid}`;
    spawnSync('cp', [join(work, `otelcol-hanok${exe}`), staged]);
    renameSync(staged, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  say(`collector: ${target} (${Math.round((Date.now() - began) / 1000)} s)`);
  return target;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const found = findCollector();
  if (process.argv[2] === '--find') {
    if (found !== undefined) console.log(found);
    process.exit(0);
  }
  if (found === undefined && !canBuild()) {
    console.error('collector: none found (OTELCOL, PATH) and no Go to make one with; install Go 1.25 or newer');
    process.exit(1);
  }
  console.log(found ?? (await buildCollector()));
}
