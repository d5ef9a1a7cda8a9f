/** The short form of `npm run torture -- --engine`: a death, a stop and rubbish, one of each, under load. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './house.ts';

/** What it printed, both streams. How long things took is for a quiet machine to judge, so the exit code is not asked. */
function torture(name: string, ...args: string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'torture', `${name}.ts`), ...args], { cwd: root });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('close', () => resolve(output));
  });
}

it('loses nothing, doubles nothing and tells everybody the truth while engines fail', async () => {
  const faults = 'SIGKILL,stopped until replaced,answers half,its socket deleted';
  const output = await torture('engine', '--rounds', '1', '--seed', '5', '--load', '400', '--only', faults);
  expect(output).not.toMatch(/BROKEN/);
  expect(output).toMatch(/faults 5 acknowledged [1-9]\d* lost 0 duplicated 0; wedged replaced within [\d.]+ s/);
});
