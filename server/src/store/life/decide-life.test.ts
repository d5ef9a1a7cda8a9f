import { expect, it } from 'vitest';
import { decideNeed, decideSleep, type NeedFacts, type SleepFacts, UPKEEP_EVERY_MS } from './decide-life.ts';

const LIMITS = { idleMs: 600_000, wakeBytes: 1_000, wakeAgeMs: 300_000 };
const NOW = 10 * UPKEEP_EVERY_MS;

const needs = (facts: Partial<NeedFacts> & { readonly bytes?: number; readonly oldestMs?: number }) => {
  const { bytes = 0, oldestMs = 0, ...rest } = facts;
  const waiting = { entries: bytes === 0 ? 0 : 1, bytes, oldestMs };
  return decideNeed({ now: NOW, asking: 0, waiting, pressed: false, notBefore: 0, ranAt: NOW, ...rest }, LIMITS);
};

it('says how much a store is needed awake', () => {
  expect(needs({})).toBe('nothing');
  expect(needs({ asking: 1 })).toBe('question');
  expect(needs({ bytes: 999, oldestMs: 299_999 })).toBe('nothing');
  expect(needs({ bytes: 1_000 })).toBe('due');
  expect(needs({ bytes: 1, oldestMs: 300_000 })).toBe('due');
  expect(needs({ bytes: 2_000 })).toBe('pressing');
  expect(needs({ bytes: 1, oldestMs: 600_000 })).toBe('pressing');
  expect(needs({ bytes: 1, pressed: true })).toBe('pressing');
});

it('wakes an engine that slept for a day, unless it never ran', () => {
  expect(needs({ ranAt: NOW - UPKEEP_EVERY_MS })).toBe('upkeep');
  expect(needs({ ranAt: NOW - UPKEEP_EVERY_MS + 1 })).toBe('nothing');
  expect(needs({ ranAt: undefined })).toBe('nothing');
});

it('leaves one alone that could not be woken, but for questions', () => {
  expect(needs({ notBefore: NOW + 1, bytes: 5_000 })).toBe('nothing');
  expect(needs({ notBefore: NOW + 1, asking: 1 })).toBe('question');
});

it('lets an engine sleep when nobody asked for long, nothing is to be done, and its last work has settled', () => {
  const rest: SleepFacts = {
    ...{ now: NOW, need: 'nothing', heavy: false, inserting: false },
    ...{ askedAt: NOW - 600_000, workedAt: NOW - 10_000 },
  };
  const sleeps = (facts: Partial<SleepFacts>) => decideSleep({ ...rest, ...facts }, LIMITS);
  expect(sleeps({})).toBe(true);
  expect(sleeps({ askedAt: Number.NEGATIVE_INFINITY })).toBe(true);
  expect(sleeps({ askedAt: NOW - 599_999 })).toBe(false);
  expect(sleeps({ workedAt: NOW - 9_999 })).toBe(false);
  expect(sleeps({ need: 'due' })).toBe(false);
  expect(sleeps({ need: 'question' })).toBe(false);
  expect(sleeps({ heavy: true })).toBe(false);
  expect(sleeps({ inserting: true })).toBe(false);
});
