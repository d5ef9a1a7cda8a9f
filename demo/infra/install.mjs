/** Installs the shop's own dependencies, exactly as its lock file says, when that has not been done. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const demo = dirname(dirname(fileURLToPath(import.meta.url)));

export function installShop(say = console.error) {
  const wanted = createHash('sha256')
    .update(readFileSync(join(demo, 'package-lock.json')))
    .digest('hex');
  const stamp = join(demo, 'node_modules', '.installed-from');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('installing the shop (first run) …');
  const result = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: demo,
    stdio: ['ignore', 2, 2],
    // `npm run` sets variables that would point this npm at the outer package.
    env: Object.fromEntries(
      Object.entries(process.env).filter(([key]) => !/^npm_(package|config_local|lifecycle)/.test(key)),
    ),
  });
  if (result.status !== 0)
    throw new Error(`npm ci in demo/ failed (${result.error?.message ?? `exit ${result.status}`})`);
  writeFileSync(stamp, wanted);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) installShop();
