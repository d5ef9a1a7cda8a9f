import { expect, it } from 'vitest';
import { decideBudget, decideShare } from './decide-budget.ts';
import type { Need } from './decide-life.ts';
import { Places, type Sleeper } from './places.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const SETTINGS = { enginesMemory: 0, enginesAwake: 0, engineMemory: 3 * GIB };

it('derives from the machine what engines may use, so that their limits add up to no more', () => {
  expect(decideBudget(SETTINGS, 4 * GIB)).toEqual({ most: 8, memory: 2 * GIB, largest: 3 * GIB });
  expect(decideBudget(SETTINGS, 64 * GIB)).toMatchObject({ most: 64, memory: 32 * GIB });
  expect(decideBudget(SETTINGS, GIB / 4)).toMatchObject({ most: 1, memory: 256 * MIB });
  expect(decideBudget({ ...SETTINGS, enginesAwake: 8, enginesMemory: 2 * GIB }, GIB)).toMatchObject({ most: 8 });
  // More than the memory is enough for are not awake at once, whatever is asked for.
  expect(decideBudget({ ...SETTINGS, enginesAwake: 8, enginesMemory: GIB }, GIB)).toMatchObject({ most: 4 });
  const budget = decideBudget(SETTINGS, 24 * GIB);
  for (const silos of [0, 1, 2, 7, 50, 5_000]) {
    const share = decideShare(budget, silos);
    expect(share).toBeGreaterThanOrEqual(256 * MIB);
    expect(share * Math.min(budget.most, silos)).toBeLessThanOrEqual(budget.memory);
  }
  expect(decideShare(budget, 2)).toBe(3 * GIB);
});

interface Made extends Sleeper {
  needs: Need;
  askedAt: number;
  idle: number | undefined;
  fell: number;
  leastMemory: number;
}
function sleeper(places: () => Places, askedAt = 0): Made {
  const made: Made = {
    ...{ needs: 'question', askedAt, idle: askedAt, fell: 0, leastMemory: 0 },
    need: () => made.needs,
    idleSince: () => made.idle,
    fall() {
      made.fell++;
      void Promise.resolve().then(() => places().leave(made));
    },
  };
  return made;
}

function setUp(most: number, memory = most * 256 * MIB) {
  const time = { now: 0 };
  const places: Places = new Places(
    { most, memory, largest: 3 * GIB },
    () => time.now,
    () => 100,
  );
  const make = (askedAt = 0) => sleeper(() => places, askedAt);
  return { time, places, make };
}
const state = (promise: Promise<unknown>) =>
  Promise.race([
    promise.then(
      () => 'granted',
      (error: Error) => error.message,
    ),
    new Promise((resolve) => setImmediate(() => resolve('waits'))),
  ]);

it('puts the one to sleep that was asked longest ago, when it has been left alone', async () => {
  const { time, places, make } = setUp(2);
  const [a, b, c] = [make(500), make(300), make()];
  await Promise.all([places.take(a), places.take(b)]);
  const asked = places.take(c);
  time.now = 2_299;
  places.serve();
  expect(await state(asked)).toBe('waits');
  expect(places.waiting).toBe(1);
  time.now = 2_300;
  places.serve();
  expect(await state(asked)).toBe('granted');
  expect([a.fell, b.fell]).toEqual([0, 1]);
  expect(places.awake).toBe(2);
});

it('never puts one to sleep that is at work', async () => {
  const { time, places, make } = setUp(1);
  const a = make();
  a.idle = undefined;
  await places.take(a);
  const asked = places.take(make());
  time.now = 1e9;
  places.serve();
  expect(await state(asked)).toBe('waits');
  a.idle = 0;
  places.serve();
  expect(await state(asked)).toBe('granted');
});

it('serves questions before what is due, and what is due waits longer for what people use', async () => {
  const { time, places, make } = setUp(1);
  const a = make();
  await places.take(a);
  const due = make();
  due.needs = 'due';
  const upkeep = make();
  upkeep.needs = 'upkeep';
  const question = make();
  const waiting = [places.take(upkeep), places.take(due), places.take(question)] as const;
  time.now = 2_000;
  places.serve();
  expect(await Promise.all(waiting.map(state))).toEqual(['waits', 'waits', 'granted']);
  question.idle = 2_000;
  time.now = 31_999;
  places.serve();
  expect(await state(waiting[1])).toBe('waits');
  time.now = 32_000;
  places.serve();
  expect(await state(waiting[1])).toBe('granted');
  time.now = 1e9;
  places.serve();
  expect(await state(waiting[0])).toBe('waits');
  places.leave(due);
  expect(await state(waiting[0])).toBe('granted');
});

it('forgets who is not needed any more', async () => {
  const { places, make } = setUp(1);
  await places.take(make());
  const left = make();
  const asked = state(places.take(left));
  left.needs = 'nothing';
  places.serve();
  expect(await asked).toMatch(/nobody needs it/);
  const closed = state(places.take(make()));
  places.close();
  expect(await closed).toMatch(/being closed/);
});

it('gives one that needs more memory what it needs, with room made for all of it, or everything', async () => {
  const { time, places, make } = setUp(4);
  const others = [make(1), make(2), make(3), make(4)];
  await Promise.all(others.map((one) => places.take(one)));
  const large = make();
  large.leastMemory = 512 * MIB;
  time.now = 10_000;
  expect(await places.take(large)).toBe(512 * MIB);
  expect(others.map(({ fell }) => fell)).toEqual([1, 1, 0, 0]);
  const huge = make();
  huge.leastMemory = 3 * GIB;
  large.idle = 0;
  expect(await places.take(huge)).toBe(3 * GIB);
  expect(places.awake).toBe(1);
});
