/** The short form of `npm run torture -- --power`: some power cuts of everything that writes, and the control. */
import { expect, it } from 'vitest';
import { torture } from './torture.ts';

const NOT_RUN = 3;

it('loses and doubles nothing in a power cut, where an engine by itself does', { timeout: 300_000 }, async (test) => {
  const form = '--states 150 --engines 5 --instances 1 --control 4 --seconds 3'.split(' ');
  const { status, output } = await torture('power', form, 290);
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
