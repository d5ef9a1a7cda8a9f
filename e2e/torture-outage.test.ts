/** The short form of `npm run torture -- --outage`: a small disk fills while one engine is held, and all is well again. */
import { expect, it } from 'vitest';
import { torture } from './torture.ts';

it('shuts before the disk is full, says so, and recovers without a person', async () => {
  const { output } = await torture('outage', ['--minutes', '0.1', '--disk', '128'], 170);
  if (/LEFT OUT/.test(output)) console.warn('no small file system could be mounted: only the budget was filled');
  expect(output).not.toMatch(/BROKEN/);
  expect(output).toMatch(
    /acknowledged [1-9]\d*, refused [1-9]\d* with a hint, .*lost 0 duplicated 0, reopened by itself/,
  );
});
