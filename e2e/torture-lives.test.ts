/** The short form of `npm run torture -- --lives`. */
import { expect, it } from 'vitest';
import { torture } from './torture.ts';

it('delivers once what no injury touched, over 200 cases of several lives (npm run torture has more)', {
  timeout: 200_000,
}, async () => {
  const { output } = await torture('lives', ['--cases', '200', '--seed', '4'], 180);
  const closing = /cases 200 broken (\d+) .* (\d+) batches at most, lost besides (\d+) duplicated (\d+)/.exec(output);
  expect(closing, output).not.toBeNull();
  const [broken, spoiled, lost, duplicated] = closing!.slice(1).map(Number);
  expect(spoiled).toBeGreaterThan(0);
  expect({ broken, lost, duplicated }, output).toEqual({ broken: 0, lost: 0, duplicated: 0 });
});
