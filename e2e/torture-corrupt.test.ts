/** The short form of `npm run torture -- --corrupt`. */
import { expect, it } from 'vitest';
import { torture } from './torture.ts';

it('finds, keeps and reports what is damaged, and delivers the rest once (2 rounds; npm run torture has more)', {
  timeout: 240_000,
}, async () => {
  const { output } = await torture('corrupt', ['--rounds', '2', '--seed', '3'], 220);
  const closing = /rounds 2 flips (\d+) found (\d+) .* lost besides (\d+) wrong (\d+) duplicated (\d+)/.exec(output);
  expect(closing, output).not.toBeNull();
  const [flips, found, lost, wrong, duplicated] = closing!.slice(1).map(Number);
  expect(flips).toBeGreaterThan(0);
  expect({ found, lost, wrong, duplicated }, output).toEqual({ found: flips, lost: 0, wrong: 0, duplicated: 0 });
});
