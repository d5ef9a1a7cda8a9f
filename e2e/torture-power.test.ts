/** The short form of `npm run torture -- --power`: some power cuts of everything that writes, and the control. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './house.ts';

const NOT_RUN = 3;

it('loses and doubles nothing in a power cut, where an engine by itself does', { timeout: 300_000 }, async (test) => {
  const form = '--states 150 --engines 5 --houses 1 --control 4 --seconds 3'.split(' ');
  const child = spawn(process.execPath, [join(root, 'torture', 'run.ts'), '--power', ...form], { cwd: root });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (status === NOT_RUN) {
    console.error(output.trim());
    if (process.env['HANOK_REQUIRE_ALL'] === '1') throw new Error(`HANOK_REQUIRE_ALL=1 and ${output.trim()}`);
    test.skip(output.trim());
  }
  const closing =
    /states (\d+) acknowledged (\d+) lost (\d+) duplicated (\d+) unopened (\d+); control states 4 lost (\d+)\n$/.exec(
      output,
    );
  expect(closing, output).not.toBeNull();
  const [states, acknowledged, lost, duplicated, unopened, control] = closing!.slice(1).map(Number);
  expect({ status, states, lost, duplicated, unopened }, output).toEqual({
    ...{ status: 0, states: 156, lost: 0, duplicated: 0, unopened: 0 },
  });
  expect(acknowledged).toBeGreaterThan(300);
  expect(control).toBeGreaterThan(0);
});
