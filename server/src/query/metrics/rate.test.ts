import type { MetricsQueryRequest, MetricsQueryResponse } from '@hanok/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchBuilder, SECOND, START } from '../testkit/data.ts';
import { openTestInstance, TENANT_A, type TestInstance } from '../testkit/instance.ts';
import { extrapolatedIncrease, type Sample, withZeroSamples } from '../testkit/promql-rate.ts';

/** Seconds after `START` to nanoseconds. */
const nanos = (seconds: number): bigint => START + BigInt(Math.round(seconds * 1e9));

type Points = ReadonlyArray<readonly [at: number, value: number, start?: number]>;
interface Case {
  readonly name: string;
  readonly points: Points;
  readonly temporality?: 'cumulative' | 'delta';
  /** Seconds. */
  readonly step: number;
  readonly window?: number;
  readonly to: number;
  readonly rate: ReadonlyArray<number | null>;
  readonly increase: ReadonlyArray<number | null>;
}

/** Every 15 s from `from` to `to`, one more a second. */
const growing = (from: number, to: number, value = 0, start?: number): Points =>
  Array.from({ length: (to - from) / 15 + 1 }, (_, i) =>
    start === undefined
      ? ([from + i * 15, value + i * 15] as const)
      : ([from + i * 15, value + i * 15, start] as const),
  );

const CASES: readonly Case[] = [
  {
    name: 'one more a second is 1/s in every window, the first and last included',
    points: growing(-60, 240, 1_000),
    step: 60,
    window: 60,
    to: 240,
    rate: [1, 1, 1, 1],
    increase: [60, 60, 60, 60],
  },
  {
    // (0, 60]: 5 (at 5) to 50 (at 50), 45 in 45 s, gaps of 15; 5 s before and 10 s behind are near: 45 · 60 / 45.
    name: 'extrapolates to both ends of a window',
    points: [5, 20, 35, 50].map((at) => [at, 1_000 + at] as const),
    step: 60,
    window: 60,
    to: 60,
    rate: [1],
    increase: [60],
  },
  {
    // (0, 120]: 30 to 60, gap 15; 30 s before and 60 s behind are far: half a gap each. 30 · (30 + 7.5 + 7.5) / 30.
    name: 'extrapolates by half a gap where the series begins or ends within the window',
    points: [30, 45, 60].map((at) => [at, 1_000 + at] as const),
    step: 120,
    window: 120,
    to: 120,
    rate: [45 / 120],
    increase: [45],
  },
  {
    // (0, 60]: 2 at 10 to 47 at 55. Zero would have been 2 s before 10, not 10 s.
    name: 'does not extrapolate below zero',
    points: [10, 25, 40, 55].map((at) => [at, at - 8] as const),
    step: 60,
    window: 60,
    to: 60,
    rate: [52 / 60],
    increase: [52],
  },
  {
    name: 'a counter at a million, first seen within the range, adds nothing by being seen',
    points: [100, 115, 130, 145, 160, 175].map((at) => [at, 1_000_000, -500_000] as const),
    step: 60,
    window: 60,
    to: 180,
    rate: [null, 0, 0],
    increase: [null, 0, 0],
  },
  {
    name: 'a start equal to its point is unknown, at the first point and at every other',
    points: [15, 30, 45, 60, 75, 90, 105, 120].map((at) => [at, 1_000_000 + at, at] as const),
    step: 60,
    window: 60,
    to: 120,
    rate: [1, 1],
    increase: [60, 60],
  },
  {
    name: 'a start equal to the first point, kept by those behind it, is unknown',
    points: growing(15, 120, 1_000_000, 15),
    step: 60,
    window: 60,
    to: 120,
    rate: [1, 1],
    increase: [60, 60],
  },
  {
    // Zero at 65, 100 at 70, 115, 130, 145 every 15: (60, 120] is 0 at 65 to 145 at 115, mean gap 50 / 4 = 12.5.
    // 5 s are left behind (near), and nothing before zero: 145 · 55 / 50. No 1/s before it, and no bar of a step.
    name: 'a known start is a sample of zero at that time',
    points: [70, 85, 100, 115].map((at) => [at, 100 + (at - 70), 65] as const),
    step: 60,
    window: 60,
    to: 120,
    rate: [null, (145 * 55) / 50 / 60],
    increase: [null, (145 * 55) / 50],
  },
  {
    name: 'one point with a known start is two samples: what it has since then',
    points: [[50, 25, 25]],
    step: 60,
    window: 60,
    to: 60,
    // 25 in 25 s; 10 s to the end are near (27.5), nothing before zero.
    rate: [35 / 60],
    increase: [35],
  },
  {
    name: 'one point without a start is nothing',
    points: [[30, 7]],
    step: 60,
    window: 60,
    to: 60,
    rate: [null],
    increase: [null],
  },
  {
    // 100, 115 | reset | 5, 20: 15 + 5 + 15 = 35 in 45 s, to both ends 7.5: 35 · 60 / 45.
    name: 'a falling value has begun again at zero',
    points: [
      [7.5, 100],
      [22.5, 115],
      [37.5, 5],
      [52.5, 20],
    ],
    step: 60,
    window: 60,
    to: 60,
    rate: [(35 * 60) / 45 / 60],
    increase: [(35 * 60) / 45],
  },
  {
    // 100, 115 | zero at 30 | 200, 215: 15 + 200 + 15 in 45 s with five samples: gap 11.25, limit 12.375.
    name: 'a restart that only its start tells is one',
    points: [
      [7.5, 100, -900],
      [22.5, 115, -900],
      [37.5, 200, 30],
      [52.5, 215, 30],
    ],
    step: 60,
    window: 60,
    to: 60,
    rate: [(230 * 60) / 45 / 60],
    increase: [(230 * 60) / 45],
  },
  {
    name: 'windows longer than the step overlap, and a gap longer than the window is a gap',
    points: [...growing(-105, 60, 1_000), ...growing(300, 360, 1_300)],
    step: 60,
    window: 120,
    to: 360,
    // (60, 180]: no sample; (0, 120]: 15 to 60, gap 15, near the start, far from the end: (45 + 15 + 7.5).
    // (180, 300]: one sample. (240, 360]: 300 to 360 (60 s), far from the start: 60 + 7.5.
    rate: [1, (45 + 15 + 7.5) / 120, null, null, null, (60 + 7.5) / 120],
    increase: [120, 45 + 15 + 7.5, null, null, null, 60 + 7.5],
  },
  {
    name: 'points that were sent twice count once',
    points: [...growing(-15, 120, 1_000), ...growing(30, 60, 1_045)],
    step: 60,
    window: 60,
    to: 120,
    rate: [1, 1],
    increase: [60, 60],
  },
  {
    name: 'deltas are added up and nothing is extrapolated',
    temporality: 'delta',
    points: [
      [10, 5],
      [60, 7],
      [61, 100],
      [170, 1],
    ],
    step: 60,
    window: 60,
    to: 180,
    rate: [12 / 60, 100 / 60, 1 / 60],
    increase: [12, 100, 1],
  },
];

/** Random counters: irregular gaps, restarts told by value, start or both, lost stretches, unknown starts. */
const randomSeries = fc
  .record({
    first: fc.integer({ min: -300, max: 300 }),
    interval: fc.constantFrom(5, 15, 30, 60),
    starts: fc.constantFrom('none' as const, 'known' as const, 'equal' as const),
    base: fc.constantFrom(0, 3, 1_000_000),
    steps: fc.array(
      fc.record({
        jitter: fc.integer({ min: -30, max: 30 }).map((percent) => percent / 100),
        grew: fc.oneof(
          fc.constant(0),
          fc.integer({ min: 0, max: 50_000 }).map((cents) => cents / 100),
        ),
        restart: fc.boolean(),
        rare: fc.integer({ min: 0, max: 9 }),
      }),
      { minLength: 10, maxLength: 60, size: 'max' },
    ),
  })
  .map(({ first, interval, starts, base, steps }): Sample[] => {
    let at = first;
    let value = base;
    let began = first - interval / 2;
    return steps.map((step) => {
      at += interval * (1 + step.jitter) * (step.rare === 1 ? 8 : 1);
      // Milliseconds, so that both sides see the same numbers.
      at = Math.round(at * 1_000) / 1_000;
      if (step.rare === 0) {
        began = Math.round((at - interval * 0.4) * 1_000) / 1_000;
        value = step.restart ? 0 : value;
      }
      value += step.grew;
      return { at, value, start: starts === 'none' ? undefined : starts === 'equal' ? at : began };
    });
  });

const RUNS = fc.sample(fc.array(randomSeries, { minLength: 1, maxLength: 4, size: 'max' }), {
  numRuns: 24,
  seed: 20_261_201,
});
/** Step and window in seconds, each asked of a share of the runs at once. */
const CUTS = [
  [20, 20],
  [20, 80],
  [60, 120],
  [60, 240],
  [200, 200],
  [200, 600],
] as const;
const SAMPLES = CUTS.map((_, cut) =>
  RUNS.filter((_run, i) => i % CUTS.length === cut).flatMap((all) => [
    ...all,
    // What several processes make of one series when nothing tells them apart; no two points at one time.
    all.flatMap((samples, process) => samples.map((one) => ({ ...one, at: one.at + process / 10_000 }))),
  ]),
);
const RANDOM_TO = 1_200;

let instance: TestInstance;
beforeAll(async () => {
  instance = await openTestInstance();
  const rows = new BatchBuilder(TENANT_A);
  const counter = (metric: string, attributes: Record<string, number>, points: Points, temporality = 'cumulative') => {
    const histogram = metric.endsWith('histogram');
    const id = rows.series({
      metric,
      type: histogram ? 'histogram' : 'sum',
      temporality: temporality === 'delta' ? 'delta' : 'cumulative',
      monotonic: !histogram,
      attributes,
    });
    for (const [at, value, start] of points) {
      const point = {
        metric,
        series_id: id,
        timestamp: nanos(at),
        start_time: start === undefined ? 0n : nanos(start),
      };
      if (histogram) rows.row('histograms', { ...point, kind: 1, count: BigInt(Math.round(value)) });
      else rows.row('samples', { ...point, value });
    }
  };
  for (const [i, { points, temporality }] of CASES.entries())
    for (const metric of [`case.${i}`, `case.${i}.histogram`]) counter(metric, {}, points, temporality);
  for (const [i, all] of SAMPLES.entries())
    for (const [process, samples] of all.entries())
      counter(
        `random.${i}`,
        { process },
        samples.map(({ at, value, start }) => (start === undefined ? [at, value] : [at, value, start])),
      );
  await instance.insert(rows.batch('metrics'));
});
afterAll(() => instance.close());

const ask = (metric: string, to: number, more: Partial<MetricsQueryRequest>) =>
  instance.call<MetricsQueryResponse>(TENANT_A, 'POST', '/api/v1/metrics/query', {
    from: String(START),
    to: String(nanos(to)),
    metric,
    ...more,
  });

const close = (found: ReadonlyArray<number | null>, expected: ReadonlyArray<number | null>) => {
  expect(found.map((value) => value === null)).toEqual(expected.map((value) => value === null));
  found.forEach((value, i) => {
    const wanted = expected[i] ?? 0;
    // 2⁻³⁰ of a counter at a million is what adding doubles in another order may cost.
    if (value !== null)
      expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(wanted)) + 1e-8);
  });
};

describe('rate and increase', () => {
  it.each(CASES.map((one, i) => ({ ...one, i })))('$name', async ({ i, step, window, to, rate, increase }) => {
    const cut = { step: String(BigInt(step) * SECOND), window: String(BigInt(window ?? step) * SECOND) };
    for (const metric of [`case.${i}`, `case.${i}.histogram`])
      for (const [aggregate, expected] of [
        ['rate', rate],
        ['increase', increase],
      ] as const) {
        const { series } = await ask(metric, to, { ...cut, aggregate });
        close(series[0]?.values ?? expected.map(() => null), expected);
      }
  });

  it('are what a plain reference says of random series, one by one and together', async () => {
    let compared = 0;
    for (const [i, all] of SAMPLES.entries()) {
      const [step, window] = CUTS[i]!;
      const expected = all.map((samples) => {
        // What comes after the range is not known to it, zeros included.
        const known = withZeroSamples(samples.filter(({ at }) => at <= RANDOM_TO));
        return Array.from({ length: RANDOM_TO / step }, (_, cell) => {
          const end = (cell + 1) * step;
          const increase = extrapolatedIncrease(known, end - window, end);
          return increase === null ? null : increase / window;
        });
      });
      const cut = {
        step: String(BigInt(step) * SECOND),
        window: String(BigInt(window) * SECOND),
        aggregate: 'rate' as const,
      };
      const apart = await ask(`random.${i}`, RANDOM_TO, { ...cut, groupBy: ['process'], limit: 500 });
      for (const [process, values] of expected.entries()) {
        const found = apart.series.find((one) => one.labels['process'] === String(process));
        close(found?.values ?? values.map(() => null), values);
        compared += values.filter((value) => value !== null).length;
      }
      const together = await ask(`random.${i}`, RANDOM_TO, { ...cut, groupBy: [] });
      const sums = expected[0]!.map((_, cell) => {
        const known = expected.flatMap((values) => values[cell] ?? []);
        return known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
      });
      close(together.series[0]?.values ?? sums.map(() => null), sums);
      for (const one of apart.series) for (const value of one.values) expect(value ?? 0).toBeGreaterThanOrEqual(0);
    }
    // The generator must not have made nothing but empty windows.
    expect(compared).toBeGreaterThan(500);
  });
});

describe('windows', () => {
  it('are the step and at least four intervals; increases are cut into steps as long', async () => {
    const rate = await ask('case.0', 240, { points: 2_000 });
    expect([rate.interval, rate.step, rate.window]).toEqual(['15000000000', '15000000000', '60000000000']);
    close(
      rate.series[0]!.values,
      Array.from({ length: 16 }, () => 1),
    );
    const increase = await ask('case.0', 240, { points: 2_000, aggregate: 'increase' });
    expect([increase.step, increase.window]).toEqual(['60000000000', '60000000000']);
    close(increase.series[0]!.values, [60, 60, 60, 60]);
  });

  it('say which step has not ended, and end where the range does', async () => {
    const cut = await ask('case.0', 210, { step: String(60n * SECOND), window: String(60n * SECOND) });
    expect(cut.incompleteFrom).toBe(3);
    close(cut.series[0]!.values, [1, 1, 1, 1]);
    const so = await ask('case.0', 210, { step: String(60n * SECOND), aggregate: 'increase' });
    close(so.series[0]!.values, [60, 60, 60, 30]);
  });

  it('tell when points of one series come from several processes at once', async () => {
    expect((await ask('case.0', 240, {})).mixedWriters).toBe(false);
    const rows = new BatchBuilder(TENANT_A);
    const id = rows.series({ metric: 'mixed.writers', type: 'sum', temporality: 'cumulative', monotonic: true });
    for (let at = 0; at < 120; at += 10)
      for (const [lag, start, base] of [
        [0, -50, 1_000],
        [5, -20, 10],
      ] as const)
        rows.row('samples', {
          metric: 'mixed.writers',
          series_id: id,
          timestamp: nanos(at + lag),
          start_time: nanos(start),
          value: base + at,
        });
    await instance.insert(rows.batch('metrics'));
    expect((await ask('mixed.writers', 120, {})).mixedWriters).toBe(true);
  });
});
