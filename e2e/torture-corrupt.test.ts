/** The short form of `npm run torture -- --corrupt`. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { root } from './house.ts';

it('finds, keeps and reports what is damaged, and delivers the rest once (2 rounds; npm run torture has more)', {
  timeout: 240_000,
}, async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, 'torture', 'run.ts'), '--corrupt', '--rounds', '2', '--seed', '3'],
    { cwd: root },
  );
  const [, flips, found, lost, wrong, duplicated] =
    /rounds 2 flips (\d+) found (\d+) .* lost besides (\d+) wrong (\d+) duplicated (\d+)/.exec(stdout)!;
  expect(Number(flips)).toBeGreaterThan(0);
  expect(found).toBe(flips);
  expect([lost, wrong, duplicated]).toEqual(['0', '0', '0']);
});
