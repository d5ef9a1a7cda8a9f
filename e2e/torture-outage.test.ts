/** The short form of `npm run torture -- --outage`: a small disk fills while one engine is held, and all is well again. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './house.ts';

it('shuts before the disk is full, says so, and recovers without a person', async () => {
  const output = await new Promise<string>((resolve) => {
    const args = [join(root, 'torture', 'outage.ts'), '--minutes', '0.1', '--disk', '128'];
    const child = spawn(process.execPath, args, { cwd: root });
    let heard = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (heard += chunk));
    child.on('close', () => resolve(heard));
  });
  if (/LEFT OUT/.test(output)) console.warn('no small file system could be mounted: only the budget was filled');
  expect(output).not.toMatch(/BROKEN/);
  expect(output).toMatch(
    /acknowledged [1-9]\d*, refused [1-9]\d* with a hint, .*lost 0 duplicated 0, reopened by itself/,
  );
});
