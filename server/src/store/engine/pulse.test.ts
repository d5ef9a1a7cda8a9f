import { expect, it } from 'vitest';
import { afterPing, decidePulse, type Pulse } from './pulse.ts';

const LIMIT = 5_000;

/** Asks an engine that answers as `answer` says; when it was held for silent and when replaced. */
function watch(answer: (now: number) => { kind: 'well' | 'unwell' | 'none'; tookMs: number }) {
  let now = 0;
  let pulse: Pulse = { heardAt: 0, spokeAt: 0 };
  let silentAt: number | undefined;
  for (;;) {
    const beat = decidePulse(pulse, now, LIMIT);
    if (beat.silent) silentAt ??= now;
    if (beat.replace !== undefined || now > 60_000) return { silentAt, replacedAt: now, why: beat.replace };
    now += beat.pauseMs;
    const { kind, tookMs } = answer(now);
    const waited = Math.min(tookMs, beat.patienceMs);
    if (waited > beat.doubtAfterMs) silentAt ??= now + beat.doubtAfterMs;
    now += waited;
    pulse = afterPing(pulse, tookMs > beat.patienceMs ? 'none' : kind, now);
  }
}

it('leaves an engine alone that answers, however slowly, within the limit', () => {
  expect(watch(() => ({ kind: 'well', tookMs: 1 }))).toMatchObject({ why: undefined, silentAt: undefined });
  expect(watch(() => ({ kind: 'well', tookMs: 3_900 })).why).toBeUndefined();
});

it('holds a hanging engine for silent after half of the limit and replaces it at the limit', () => {
  const hanging = watch(() => ({ kind: 'none', tookMs: Number.POSITIVE_INFINITY }));
  expect(hanging).toMatchObject({ silentAt: LIMIT / 2, replacedAt: LIMIT, why: expect.stringMatching(/no answer/) });
});

it('gives an engine that answers rubbish at once the same time', () => {
  const { silentAt, replacedAt, why } = watch(() => ({ kind: 'none', tookMs: 1 }));
  expect(why).toMatch(/no answer/);
  expect(silentAt).toBeGreaterThanOrEqual(LIMIT / 2);
  expect(replacedAt).toBeGreaterThanOrEqual(LIMIT);
  expect(replacedAt).toBeLessThan(LIMIT + 500);
});

it('waits longer for one that says it is out of memory, and never holds it for silent', () => {
  const { silentAt, replacedAt, why } = watch(() => ({ kind: 'unwell', tookMs: 1 }));
  expect(why).toMatch(/exception/);
  expect(silentAt).toBeUndefined();
  expect(replacedAt).toBeGreaterThanOrEqual(6 * LIMIT);
});

it('forgives a single rubbish answer', () => {
  const { silentAt, why } = watch((now) => ({ kind: now < 2_000 ? 'none' : 'well', tookMs: 1 }));
  expect({ silentAt, why }).toEqual({ silentAt: undefined, why: undefined });
});
