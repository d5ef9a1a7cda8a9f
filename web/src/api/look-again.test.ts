import { expect, it } from 'vitest';
import { ApiError } from './client.ts';
import { lookAgain } from './look-again.ts';

const asked = (data: unknown, error: unknown) =>
  ({ state: { data, error } }) as unknown as Parameters<ReturnType<typeof lookAgain>>[0];
const fault = (status: number) => new ApiError(status, { code: 'x', message: 'x' }, '');

it('asks soon again where an old answer is shown because the next one failed for a reason that may pass', () => {
  const never = lookAgain(false);
  expect(never(asked({}, null))).toBe(false);
  expect(never(asked({}, fault(503)))).toBe(5_000);
  expect(never(asked({}, fault(429)))).toBe(5_000);
  // Asking the same again would not help.
  expect(never(asked({}, fault(400)))).toBe(false);
  // The message that stands in place of an answer counts down by itself.
  expect(never(asked(undefined, fault(503)))).toBe(false);
  expect(lookAgain(30_000)(asked({}, null))).toBe(30_000);
  expect(lookAgain(30_000)(asked({}, fault(504)))).toBe(5_000);
});
