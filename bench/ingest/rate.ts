import { openEngineSide } from './engine-side.ts';
import { openBenchInstance, TENANT } from './instance.ts';
import { type Generator, makeBodies, type Signal, targetOf, withoutGenerator } from './load.ts';
import { median, quantile, rounded } from './numbers.ts';
import { CORES, type PeakMemory, watchMemory } from './processes.ts';

/** Records a second, the load generator's CPU time taken out (see withoutGenerator). */
export interface Rate {
  readonly signal: Signal;
  /** Acknowledged in the two best seconds: mostly intake into the journal. */
  readonly burst: number;
  /** Acknowledged over the whole time of sending, draining going on all along. */
  readonly acknowledged: number;
  /** Over the time until the last was queryable: what can be kept up without end. */
  readonly sustained: number;
  /** Nothing taken out: what this machine did with the generator on it. */
  readonly sustainedHere: number;
  readonly generatorCores: number;
  readonly ackP99Ms: number;
  readonly memory: PeakMemory;
  /** At 85 % of what was sustained here, on a schedule: the journal's lag must not grow. */
  readonly held: { readonly rate: number; readonly lagSecondsMid: number; readonly lagSecondsEnd: number };
}

type Flood = Pick<Rate, 'burst' | 'acknowledged' | 'sustained' | 'sustainedHere' | 'generatorCores'> & {
  readonly p99: number;
};

interface Sizes {
  readonly seconds: number;
  readonly perRequest: number;
  readonly runs: number;
  readonly lanes: number;
}

const DIFFERENT_REQUESTS = 200;
const HELD_SHARE = 0.85;

export async function measureRate(signal: Signal, sizes: Sizes, generator: Generator): Promise<Rate> {
  const { perRequest, seconds, lanes } = sizes;
  const bodies = makeBodies(signal, DIFFERENT_REQUESTS, perRequest, BigInt(Date.now()) * 1_000_000n);
  const set = `rate ${signal}`;
  await generator.give(set, bodies);
  const instance = await openBenchInstance();
  const engine = await openEngineSide(instance);
  try {
    const target = targetOf(instance, TENANT, signal, 'http');
    const flood = { set, transport: 'http', target, lanes } as const;
    const warm = await generator.run({ ...flood, requests: 100 });
    await engine.reach(signal, warm.acknowledged * perRequest, 60);
    const watch = watchMemory(instance);
    const runs: Flood[] = [];
    for (let run = 0; run < sizes.runs; run++) {
      await engine.empty(signal);
      await engine.settle();
      const began = performance.now();
      const outcome = await generator.run({ ...flood, seconds });
      await engine.reach(signal, outcome.acknowledged * perRequest, 600);
      const wall = (performance.now() - began) / 1_000;
      const records = outcome.acknowledged * perRequest;
      const whole = outcome.perSecond.slice(0, Math.max(1, Math.floor(outcome.seconds)));
      const best = Math.max(...whole.map((one, i) => (one + (whole[i + 1] ?? one)) / 2)) * perRequest;
      runs.push({
        burst: withoutGenerator(best, 1, outcome.cpu / outcome.seconds, CORES),
        acknowledged: withoutGenerator(records, outcome.seconds, outcome.cpu, CORES),
        sustained: withoutGenerator(records, wall, outcome.cpu, CORES),
        sustainedHere: records / wall,
        generatorCores: outcome.cpu / outcome.seconds,
        p99: quantile(outcome.latencies, 0.99),
      });
    }
    const memory = watch.stop();
    const of = (pick: (run: Flood) => number) => median(runs.map(pick));
    const here = of((run) => run.sustainedHere);

    await engine.empty(signal);
    await engine.settle();
    const lag = async () => (await instance.journalLag(TENANT)).lagSeconds;
    const rate = (here * HELD_SHARE) / perRequest;
    const lags: { readonly at: number; readonly lag: number }[] = [];
    const began = performance.now();
    const timer = setInterval(
      () =>
        void lag().then(
          (now) => lags.push({ at: (performance.now() - began) / 1_000, lag: now }),
          () => undefined,
        ),
      250,
    );
    const held = await generator.run({ ...flood, rate, seconds });
    clearInterval(timer);
    await engine.reach(signal, held.acknowledged * perRequest, 600);
    // Inserts come in strides, so that a single look says little: the worst of a third of the time.
    const worst = (from: number, to: number) =>
      Math.max(0, ...lags.filter(({ at }) => at >= from * seconds && at < to * seconds).map((look) => look.lag));
    return {
      signal,
      burst: Math.round(of((run) => run.burst)),
      acknowledged: Math.round(of((run) => run.acknowledged)),
      sustained: Math.round(of((run) => run.sustained)),
      sustainedHere: Math.round(here),
      generatorCores: rounded(
        of((run) => run.generatorCores),
        3,
      ),
      ackP99Ms: rounded(
        of((run) => run.p99),
        1,
      ),
      memory,
      held: {
        rate: Math.round(rate * perRequest),
        lagSecondsMid: rounded(worst(1 / 3, 2 / 3), 2),
        lagSecondsEnd: rounded(worst(2 / 3, 1), 2),
      },
    };
  } finally {
    engine.close();
    await instance.dispose();
  }
}
