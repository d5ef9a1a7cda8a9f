import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockDirectory } from './directory-lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hanok-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('is held by one process at a time, and free again when that was killed', async () => {
  const module = JSON.stringify(new URL('./directory-lock.ts', import.meta.url).href);
  const holder = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { lockDirectory } = await import(${module}); lockDirectory(${JSON.stringify(dir)}); console.log('held'); setInterval(() => {}, 1000);`,
    ],
    {
      cwd: join(import.meta.dirname, '..', '..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(holder.stdout, 'data');
  expect(() => lockDirectory(dir)).toThrow(expect.objectContaining({ code: 'main.data-dir-in-use' }));
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  lockDirectory(dir).close();
  lockDirectory(dir).close();
});
