import { expect, it } from 'vitest';
import { afterPing, decidePulse, type Pulse } from './pulse.ts';

const LIMIT = 5_000;

type Answer = { kind: 'well' | 'unwell' | 'none'; tookMs: number };

/** Pings an engine that answers as `answer` says; when it was held for silent and when replaced. */
function watch(answer: (now: number) => Answer) {
  let now = 0;
  let pingedAt = 0;
  let pulse: Pulse = { heardAt: 0, spokeAt: 0 };
  let silentAt: number | undefined;
  const due: { at: number; kind: 'well' | 'unwell' }[] = [];
  for (;;) {
    const beat = decidePulse(pulse, now, LIMIT);
    if (beat.silent) silentAt ??= now;
    if (beat.replace !== undefined || now > 60_000) return { silentAt, replacedAt: now, why: beat.replace };
    if (now >= pingedAt + beat.pingEveryMs) {
      pingedAt = now;
      const { kind, tookMs } = answer(now);
      if (kind !== 'none') due.push({ at: now + tookMs, kind });
      due.sort((a, b) => a.at - b.at);
    }
    const next = due[0]?.at ?? Number.POSITIVE_INFINITY;
    now = Math.min(next, now + beat.lookAfterMs, pingedAt + beat.pingEveryMs);
    if (now === next) pulse = afterPing(pulse, due.shift()!.kind, now);
  }
}

it('leaves an engine alone that answers, however slowly, within the limit', () => {
  expect(watch(() => ({ kind: 'well', tookMs: 1 }))).toMatchObject({ why: undefined, silentAt: undefined });
  expect(watch(() => ({ kind: 'well', tookMs: 3_900 })).why).toBeUndefined();
});

it('hears an engine again that swallowed one answer, long before that one is given up', () => {
  const { silentAt, why } = watch((now) => ({ kind: now < 2_000 ? 'none' : 'well', tookMs: 1 }));
  expect({ silentAt, why }).toEqual({ silentAt: undefined, why: undefined });
});

it('holds an engine that says nothing of its own for silent after half of the limit and replaces it at the limit', () => {
  const hanging = watch(() => ({ kind: 'none', tookMs: Number.POSITIVE_INFINITY }));
  expect(hanging).toMatchObject({ silentAt: LIMIT / 2, replacedAt: LIMIT, why: expect.stringMatching(/no answer/) });
});

it('waits longer for one that says it is out of memory, and never holds it for silent', () => {
  const { silentAt, replacedAt, why } = watch(() => ({ kind: 'unwell', tookMs: 1 }));
  expect(why).toMatch(/exception/);
  expect(silentAt).toBeUndefined();
  expect(replacedAt).toBeGreaterThanOrEqual(6 * LIMIT);
});
