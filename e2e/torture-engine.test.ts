/** The short form of `npm run torture -- --engine`: a death, a stop and rubbish, one of each, under load. */
import { expect, it } from 'vitest';
import { torture } from './torture.ts';

it('loses nothing, doubles nothing and tells everybody the truth while engines fail', async () => {
  const faults = 'SIGKILL,stopped until replaced,answers half,its socket deleted';
  // How long things took is for a quiet machine to judge, so the exit code is not asked.
  const { output } = await torture('engine', ['--rounds', '1', '--seed', '5', '--load', '400', '--only', faults], 170);
  expect(output).not.toMatch(/BROKEN/);
  expect(output).toMatch(/faults 5 acknowledged [1-9]\d* lost 0 duplicated 0; wedged replaced within [\d.]+ s/);
});
